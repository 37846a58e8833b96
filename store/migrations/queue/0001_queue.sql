-- Times are microseconds since 1970 UTC. A time that may be missing is NULL,
-- except due: a request without a due date has the greatest integer there, so
-- that it sorts last and pages need no special case.
-- CHECK constraints hold the states of DESIGN 3 and nothing else.

CREATE TABLE counter (
  prefix TEXT PRIMARY KEY,
  next   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- People.

CREATE TABLE person (
  id         TEXT PRIMARY KEY CHECK (id <> ''),
  login      TEXT UNIQUE,
  name       TEXT NOT NULL,
  email      TEXT NOT NULL,
  email_key  TEXT UNIQUE,            -- the address in lower case
  active     INTEGER NOT NULL CHECK (active IN (0, 1)),
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE person_role (
  person TEXT NOT NULL REFERENCES person,
  role   TEXT NOT NULL CHECK (role IN ('requestor', 'approver', 'admin', 'support')),
  PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE person_key (
  line   TEXT PRIMARY KEY,           -- one key opens one person's console
  person TEXT NOT NULL REFERENCES person
) STRICT, WITHOUT ROWID;
CREATE INDEX person_key_person ON person_key (person);

CREATE TABLE grp (
  name       TEXT PRIMARY KEY CHECK (name <> ''),
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE grp_member (
  grp    TEXT NOT NULL REFERENCES grp,
  person TEXT NOT NULL REFERENCES person,
  PRIMARY KEY (grp, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX grp_member_person ON grp_member (person, grp);

CREATE TABLE delegation (
  id          INTEGER PRIMARY KEY,
  from_person TEXT NOT NULL REFERENCES person,
  to_person   TEXT NOT NULL REFERENCES person,
  starts_at   INTEGER NOT NULL,
  ends_at     INTEGER NOT NULL,
  CHECK (ends_at > starts_at),
  CHECK (from_person <> to_person)
) STRICT;
CREATE INDEX delegation_to   ON delegation (to_person, ends_at);
CREATE INDEX delegation_from ON delegation (from_person, ends_at);

-- Requests.

CREATE TABLE request (
  id            INTEGER PRIMARY KEY,  -- grows with time: creation order
  number        TEXT NOT NULL UNIQUE,
  item          TEXT NOT NULL,
  requested_by  TEXT NOT NULL REFERENCES person,
  requested_for TEXT NOT NULL,
  for_key       TEXT NOT NULL,        -- the address in lower case
  justification TEXT NOT NULL,
  target_kind   TEXT NOT NULL CHECK (target_kind IN ('', 'record', 'folder')),
  target_uid    TEXT NOT NULL,
  target_title  TEXT NOT NULL,
  target_type   TEXT NOT NULL,
  target_words  TEXT NOT NULL,        -- what is wanted, described
  label         TEXT NOT NULL,        -- the shortest text for the target, for lists and the word search
  asked_right   TEXT NOT NULL,
  asked_limit   INTEGER NOT NULL,     -- 0 permanent, above 0 a length, below 0 an end; microseconds
  allowed_right TEXT NOT NULL,
  allowed_limit INTEGER NOT NULL,
  answers       TEXT NOT NULL,        -- JSON; sealed ones are in table sealed
  state         TEXT NOT NULL CHECK (state IN ('requested', 'in_process', 'closed_complete',
                  'closed_incomplete', 'closed_skipped', 'closed_rejected', 'closed_cancelled', 'closed_expired')),
  needs_info    INTEGER NOT NULL CHECK (needs_info IN (0, 1)),
  due           INTEGER NOT NULL,
  source        TEXT NOT NULL,
  external_id   TEXT,                 -- the source's own id: told twice, one row
  refers_to     TEXT NOT NULL,
  policy        TEXT NOT NULL,        -- JSON, as it was at submission
  fulfil_grp    TEXT NOT NULL,        -- the policy's, so that a group's requests page by it
  fulfilment    TEXT NOT NULL,        -- the policy's
  correlation   TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  closed_at     INTEGER,
  outcome       TEXT NOT NULL,
  who           TEXT NOT NULL,        -- the requestor's login, name and address, for the word search
  CHECK ((closed_at IS NULL) = (state IN ('requested', 'in_process')))
) STRICT;
CREATE UNIQUE INDEX request_external ON request (source, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX request_state ON request (state, id);
CREATE INDEX request_due   ON request (due, id) WHERE state = 'requested';
CREATE INDEX request_by    ON request (requested_by, id);
CREATE INDEX request_for   ON request (for_key, id);
CREATE INDEX request_grp   ON request (fulfil_grp, id);
CREATE INDEX request_correlation ON request (correlation);

-- Words of requests. The index reads its text from table request, so a row has
-- to be taken out before the text changes and put in after.
CREATE VIRTUAL TABLE request_words USING fts4 (
  content="request", number, label, requested_for, who, justification, tokenize=unicode61, order=desc);
-- Merge a little with each insert, rather than much with a few of them.
INSERT INTO request_words (request_words) VALUES ('automerge=8');
CREATE TRIGGER request_words_insert AFTER INSERT ON request BEGIN
  INSERT INTO request_words (docid, number, label, requested_for, who, justification)
  VALUES (new.id, new.number, new.label, new.requested_for, new.who, new.justification);
END;
CREATE TRIGGER request_words_before BEFORE UPDATE ON request
WHEN old.label <> new.label OR old.requested_for <> new.requested_for OR old.who <> new.who OR old.justification <> new.justification
BEGIN
  DELETE FROM request_words WHERE docid = old.id;
END;
CREATE TRIGGER request_words_after AFTER UPDATE ON request
WHEN old.label <> new.label OR old.requested_for <> new.requested_for OR old.who <> new.who OR old.justification <> new.justification
BEGIN
  INSERT INTO request_words (docid, number, label, requested_for, who, justification)
  VALUES (new.id, new.number, new.label, new.requested_for, new.who, new.justification);
END;
CREATE TRIGGER request_words_delete BEFORE DELETE ON request BEGIN
  DELETE FROM request_words WHERE docid = old.id;
END;

CREATE TABLE sealed (
  id         INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL REFERENCES request,
  field      TEXT NOT NULL,
  commitment TEXT NOT NULL,
  key_id     TEXT NOT NULL,           -- which of the worker's keys it is sealed to
  body       BLOB,
  wipe_due   INTEGER,
  wiped_at   INTEGER,
  UNIQUE (request_id, field),
  CHECK (wiped_at IS NULL OR body IS NULL)
) STRICT;
CREATE INDEX sealed_wipe ON sealed (wipe_due) WHERE wipe_due IS NOT NULL AND wiped_at IS NULL;

CREATE TABLE approval (
  id         INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL REFERENCES request,
  step       INTEGER NOT NULL CHECK (step >= 1),
  grp        TEXT NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'rejected', 'cancelled', 'not_required')),
  due        INTEGER NOT NULL,        -- the request's, so that a group's open steps page by it
  revision   INTEGER NOT NULL,
  decided_at INTEGER,
  UNIQUE (request_id, step),
  CHECK ((decided_at IS NULL) = (state = 'requested'))
) STRICT;
-- Open and closed steps have no index in common, so that those who look for the
-- few that are open can never walk the many that are closed.
CREATE INDEX approval_due     ON approval (grp, due, request_id) WHERE decided_at IS NULL;
CREATE INDEX approval_open    ON approval (grp, request_id) WHERE decided_at IS NULL;
CREATE INDEX approval_closed  ON approval (grp, request_id) WHERE decided_at IS NOT NULL;
CREATE INDEX approval_decided ON approval (grp, decided_at, request_id) WHERE decided_at IS NOT NULL;

-- The due date is the request's; open steps follow it.
CREATE TRIGGER approval_follows_due AFTER UPDATE OF due ON request WHEN old.due <> new.due BEGIN
  UPDATE approval SET due = new.due WHERE request_id = new.id AND decided_at IS NULL;
END;

CREATE TABLE vote (
  id            INTEGER PRIMARY KEY,
  approval_id   INTEGER NOT NULL REFERENCES approval,
  voter         TEXT NOT NULL REFERENCES person,  -- at the keyboard
  seat          TEXT NOT NULL REFERENCES person,  -- whose say it is
  verdict       TEXT NOT NULL CHECK (verdict IN ('approve', 'deny')),
  digest        TEXT NOT NULL,
  allowed_right TEXT NOT NULL,
  allowed_limit INTEGER NOT NULL,
  comment       TEXT NOT NULL,
  at            INTEGER NOT NULL,
  UNIQUE (approval_id, voter),        -- two votes are two people
  UNIQUE (approval_id, seat)          -- and two seats
) STRICT;

-- Work.

CREATE TABLE task (
  id          INTEGER PRIMARY KEY,
  number      TEXT NOT NULL UNIQUE,
  request_id  INTEGER NOT NULL REFERENCES request,
  kind        TEXT NOT NULL CHECK (kind IN ('fulfil', 'revoke')),
  grp         TEXT NOT NULL,
  assignee    TEXT REFERENCES person,
  state       INTEGER NOT NULL CHECK (state IN (-5, 1, 2, 3, 4, 7)),
  picked      TEXT NOT NULL,          -- JSON
  revision    INTEGER NOT NULL,
  correlation TEXT NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  closed_at   INTEGER,
  close_notes TEXT NOT NULL,
  CHECK ((closed_at IS NULL) = (state IN (-5, 1, 2)))
) STRICT;
CREATE INDEX task_request    ON task (request_id);
CREATE INDEX task_open       ON task (grp, id) WHERE closed_at IS NULL;
CREATE INDEX task_open_all   ON task (id) WHERE closed_at IS NULL;
CREATE INDEX task_mine       ON task (assignee, id) WHERE closed_at IS NULL AND assignee IS NOT NULL;
CREATE INDEX task_closed     ON task (grp, closed_at, id) WHERE closed_at IS NOT NULL;
CREATE INDEX task_closed_all ON task (closed_at, id) WHERE closed_at IS NOT NULL;

CREATE TABLE access_grant (
  id         INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL REFERENCES request,
  person     TEXT REFERENCES person,
  email      TEXT NOT NULL,
  email_key  TEXT NOT NULL,
  target     TEXT NOT NULL,           -- JSON
  target_uid TEXT NOT NULL,
  rights     TEXT NOT NULL,
  since      INTEGER NOT NULL,
  until      INTEGER NOT NULL,        -- the greatest integer where there is no end
  standing   TEXT NOT NULL,           -- JSON
  state      TEXT NOT NULL CHECK (state IN ('pending_invitation', 'active', 'ended', 'revoked')),
  revision   INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  note       TEXT NOT NULL,
  open       INTEGER NOT NULL CHECK (open IN (0, 1)),
  CHECK ((open = 1) = (state IN ('pending_invitation', 'active')))
) STRICT;
CREATE INDEX access_grant_request ON access_grant (request_id);
CREATE INDEX access_grant_until   ON access_grant (until, id) WHERE open = 1;
CREATE INDEX access_grant_person  ON access_grant (email_key, until, id) WHERE open = 1;
CREATE INDEX access_grant_ended   ON access_grant (email_key, id) WHERE open = 0;
CREATE INDEX access_grant_target  ON access_grant (target_uid, email_key) WHERE open = 1;

CREATE TABLE endpoint (
  id            INTEGER PRIMARY KEY,
  uid           TEXT NOT NULL UNIQUE,
  kind          TEXT NOT NULL,
  state         TEXT NOT NULL CHECK (state IN ('pending', 'approving', 'denying', 'approved', 'denied',
                  'expired', 'escalated', 'decided_elsewhere')),
  agent         TEXT NOT NULL,
  account       TEXT NOT NULL,        -- the user on the machine
  machine       TEXT NOT NULL,
  what          TEXT NOT NULL,
  facts         TEXT NOT NULL,        -- JSON
  justification TEXT NOT NULL,
  complete      INTEGER NOT NULL CHECK (complete IN (0, 1)),
  created_at    INTEGER NOT NULL,
  minutes       INTEGER NOT NULL,
  expires_at    INTEGER NOT NULL,     -- the greatest integer where it is not known
  seen_at       INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL,
  ended_at      INTEGER,
  outcome       TEXT NOT NULL,
  incident      TEXT NOT NULL,
  revision      INTEGER NOT NULL,
  CHECK ((ended_at IS NULL) = (state IN ('pending', 'approving', 'denying')))
) STRICT;
CREATE INDEX endpoint_expires ON endpoint (expires_at, id) WHERE ended_at IS NULL;
CREATE INDEX endpoint_open    ON endpoint (created_at, id) WHERE ended_at IS NULL;
CREATE INDEX endpoint_created ON endpoint (created_at, id);
CREATE INDEX endpoint_ended   ON endpoint (ended_at, id) WHERE ended_at IS NOT NULL;

CREATE TABLE device (
  id         INTEGER PRIMARY KEY,
  device_id  TEXT NOT NULL,
  email      TEXT NOT NULL,
  name       TEXT NOT NULL,
  type       TEXT NOT NULL,
  ip         TEXT NOT NULL,
  client     TEXT NOT NULL,
  location   TEXT NOT NULL,
  asked_at   INTEGER NOT NULL,
  state      TEXT NOT NULL CHECK (state IN ('pending', 'approving', 'denying', 'approved', 'denied',
               'expired', 'escalated', 'decided_elsewhere')),
  seen_at    INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  ended_at   INTEGER,
  revision   INTEGER NOT NULL,
  UNIQUE (device_id, asked_at),
  CHECK ((ended_at IS NULL) = (state IN ('pending', 'approving', 'denying')))
) STRICT;
CREATE INDEX device_open ON device (asked_at, id) WHERE ended_at IS NULL;

CREATE TABLE incident (
  id          INTEGER PRIMARY KEY,
  number      TEXT NOT NULL UNIQUE,
  endpoint_id INTEGER NOT NULL UNIQUE REFERENCES endpoint,
  state       INTEGER NOT NULL CHECK (state IN (10, 16, 18, 19, 20, 100, 3, 7)),
  priority    INTEGER NOT NULL CHECK (priority BETWEEN 1 AND 5),
  short       TEXT NOT NULL,
  assignee    TEXT REFERENCES person,
  correlation TEXT NOT NULL,
  revision    INTEGER NOT NULL,
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  closed_at   INTEGER,
  close_notes TEXT NOT NULL,
  CHECK ((closed_at IS NULL) = (state NOT IN (3, 7)))
) STRICT;
CREATE INDEX incident_open ON incident (id) WHERE closed_at IS NULL;

CREATE TABLE operation (
  id           INTEGER PRIMARY KEY,
  request_id   INTEGER REFERENCES request,
  task_id      INTEGER REFERENCES task,
  grant_id     INTEGER REFERENCES access_grant,
  endpoint_id  INTEGER REFERENCES endpoint,
  device_id    INTEGER REFERENCES device,
  plan         TEXT NOT NULL,
  seq          INTEGER NOT NULL,
  kind         TEXT NOT NULL,
  intent       TEXT NOT NULL,         -- JSON; never a secret
  state        TEXT NOT NULL CHECK (state IN ('scheduled', 'queued', 'sent', 'done', 'refused', 'unknown', 'cancelled')),
  not_before   INTEGER NOT NULL,
  attempts     INTEGER NOT NULL,
  service_id   TEXT NOT NULL,
  fence        INTEGER NOT NULL,
  sent_at      INTEGER,
  ended_at     INTEGER,
  next_look    INTEGER NOT NULL,
  looking_for  TEXT NOT NULL,
  evidence     TEXT NOT NULL,
  reason       TEXT NOT NULL,
  correlation  TEXT NOT NULL,
  requested_by TEXT NOT NULL,         -- a person, or "system"
  created_at   INTEGER NOT NULL,
  updated_at   INTEGER NOT NULL,
  UNIQUE (plan, seq),                 -- one operation for one step of a plan
  CHECK ((ended_at IS NULL) = (state NOT IN ('done', 'refused', 'cancelled')))
) STRICT;
CREATE INDEX operation_request  ON operation (request_id);
CREATE INDEX operation_queue    ON operation (not_before, id) WHERE state = 'queued';
CREATE INDEX operation_schedule ON operation (not_before, id) WHERE state = 'scheduled';
CREATE INDEX operation_sent     ON operation (id) WHERE state = 'sent';
CREATE INDEX operation_unknown  ON operation (id) WHERE state = 'unknown';
CREATE INDEX operation_grant    ON operation (grant_id) WHERE grant_id IS NOT NULL;

CREATE TABLE lease (
  name       TEXT PRIMARY KEY,
  holder     TEXT NOT NULL,
  fence      INTEGER NOT NULL,        -- grows with every change of holder
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  id     INTEGER PRIMARY KEY,
  object TEXT NOT NULL,               -- number of a request, a task or an incident
  at     INTEGER NOT NULL,
  author TEXT NOT NULL,               -- a person, or "system"
  kind   TEXT NOT NULL CHECK (kind IN ('event', 'comment', 'note')),
  text   TEXT NOT NULL
) STRICT;
CREATE INDEX journal_object ON journal (object, id);

-- What belongs to one person or to the program.

CREATE TABLE draft (
  person     TEXT NOT NULL REFERENCES person,
  item       TEXT NOT NULL,
  body       TEXT NOT NULL,           -- JSON; never a secret field
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (person, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
  person TEXT NOT NULL REFERENCES person,
  screen TEXT NOT NULL,
  name   TEXT NOT NULL,
  query  TEXT NOT NULL,
  PRIMARY KEY (person, screen, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
  key        TEXT PRIMARY KEY,
  value      TEXT NOT NULL,
  version    INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Audit.
-- The chain holds no personal text, only salted commitments to it; the text is
-- in audit_text and can be erased without breaking the chain (DESIGN 4).

CREATE TABLE audit (
  seq         INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  actor       TEXT NOT NULL,
  action      TEXT NOT NULL,
  object      TEXT NOT NULL,
  detail      TEXT NOT NULL,
  texts       TEXT NOT NULL,          -- JSON: names and commitments
  correlation TEXT NOT NULL,
  prev        BLOB NOT NULL,
  hash        BLOB NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);
CREATE INDEX audit_actor  ON audit (actor, seq);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;

CREATE TABLE audit_text (
  seq  INTEGER NOT NULL REFERENCES audit,
  name TEXT NOT NULL,
  salt BLOB NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (seq, name)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER audit_text_no_update BEFORE UPDATE ON audit_text BEGIN SELECT raise(ABORT, 'audit texts are erased, never changed'); END;
