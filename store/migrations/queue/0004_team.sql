-- Many people: approval policies, delegation, the console over SSH, privacy.

-- Approval policies.
-- A step can be opened more than once: in a new round after the requestor has told
-- more, or for another group. step counts the openings, level is the policy's step.
ALTER TABLE approval ADD COLUMN level INTEGER NOT NULL DEFAULT 1;
ALTER TABLE approval ADD COLUMN round INTEGER NOT NULL DEFAULT 1;
ALTER TABLE approval ADD COLUMN moved_by TEXT NOT NULL DEFAULT '';          -- who gave it to this group; 'system' for the program
UPDATE approval SET level = step;
-- With the step, so that counting what waits for somebody reads the index alone.
DROP INDEX approval_open;
CREATE INDEX approval_open ON approval (grp, request_id, step) WHERE decided_at IS NULL;
-- Who it is for, as far as they were known at the time: an address can change.
ALTER TABLE request ADD COLUMN for_person TEXT NOT NULL DEFAULT '';
UPDATE request SET for_person = coalesce((SELECT p.id FROM person p WHERE p.email_key = request.for_key), '');
-- For whom it is in no list but that of all they may see: who can approve it alone.
ALTER TABLE request ADD COLUMN emergency_grp TEXT NOT NULL DEFAULT '';
CREATE INDEX request_emergency ON request (emergency_grp, id) WHERE emergency_grp <> '';
-- How long a question stops the clock at most, in microseconds; 0 for as long as it waits.
ALTER TABLE request ADD COLUMN answer_in INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vote ADD COLUMN emergency INTEGER NOT NULL DEFAULT 0 CHECK (emergency IN (0, 1));
CREATE TABLE inquiry (
  request_id  INTEGER NOT NULL REFERENCES request,
  seq         INTEGER NOT NULL,
  asked_by    TEXT NOT NULL REFERENCES person,
  asked_at    INTEGER NOT NULL,
  question    TEXT NOT NULL,
  answered_by TEXT REFERENCES person,
  answered_at INTEGER,
  answer      TEXT NOT NULL,
  PRIMARY KEY (request_id, seq),
  CHECK ((answered_at IS NULL) = (answered_by IS NULL))
) STRICT;
-- Emergency approvals, and who has looked at them afterwards.
CREATE TABLE review (
  id         INTEGER PRIMARY KEY,
  request_id INTEGER NOT NULL UNIQUE REFERENCES request,
  used_by    TEXT NOT NULL REFERENCES person,
  used_at    INTEGER NOT NULL,
  reason     TEXT NOT NULL,
  done_by    TEXT REFERENCES person,
  done_at    INTEGER,
  comment    TEXT NOT NULL,
  CHECK ((done_at IS NULL) = (done_by IS NULL)),
  CHECK (done_by IS NULL OR done_by <> used_by)
) STRICT;
CREATE INDEX review_open ON review (id) WHERE done_at IS NULL;
CREATE INDEX review_done ON review (id) WHERE done_at IS NOT NULL;
-- What somebody is told beside what waits for them, until they have seen it.
CREATE TABLE notice (
  id      INTEGER PRIMARY KEY,
  person  TEXT NOT NULL REFERENCES person,
  at      INTEGER NOT NULL,
  object  TEXT NOT NULL,             -- number of a request, '' where it is about none
  text    TEXT NOT NULL
) STRICT;
CREATE INDEX notice_person ON notice (person, id);
ALTER TABLE delegation ADD COLUMN made_by TEXT NOT NULL DEFAULT '';
ALTER TABLE delegation ADD COLUMN made_at INTEGER NOT NULL DEFAULT 0;

-- Keys and sessions.
-- A key is found by kind and data alone; what its owner calls it stands beside it.
-- Where two people had the same key, it stays the first one's.
ALTER TABLE person_key ADD COLUMN note TEXT NOT NULL DEFAULT '';
UPDATE OR IGNORE person_key SET
  note = trim(substr(line, instr(line, ' ') + instr(substr(line, instr(line, ' ') + 1), ' ') + 1)),
  line = substr(line, 1, instr(line, ' ') + instr(substr(line, instr(line, ' ') + 1), ' ') - 1)
WHERE instr(substr(line, instr(line, ' ') + 1), ' ') > 0;

-- Logs, checkpoints and privacy.

-- Events that a program is told of ([notify] of the configuration).
CREATE TABLE event (
  id       INTEGER PRIMARY KEY,
  key      TEXT NOT NULL UNIQUE,       -- what has happened, so that it is one event however often it is found
  body     TEXT NOT NULL,              -- JSON, as the program gets it
  at       INTEGER NOT NULL,
  next_at  INTEGER NOT NULL,           -- when to tell it
  attempts INTEGER NOT NULL,
  problem  TEXT NOT NULL,              -- why it could not be told; foreign text
  ended_at INTEGER,                    -- told, or given up
  told     INTEGER NOT NULL CHECK (told IN (0, 1))
) STRICT;
CREATE INDEX event_open  ON event (next_at, id) WHERE ended_at IS NULL;
CREATE INDEX event_ended ON event (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX event_bad   ON event (told, id) WHERE problem <> '';
