-- What access through one-time links and of teams needs, and what the vault was
-- last seen to hold of a grant.
ALTER TABLE access_grant ADD COLUMN link TEXT NOT NULL DEFAULT '';           -- id of a one-time link
ALTER TABLE access_grant ADD COLUMN team TEXT NOT NULL DEFAULT '';           -- name, where the address is a team's UID
ALTER TABLE access_grant ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0;   -- when it was compared with the vault
ALTER TABLE access_grant ADD COLUMN drift TEXT NOT NULL DEFAULT '';          -- what the vault shows instead
CREATE INDEX access_grant_check ON access_grant (checked_at, id) WHERE open = 1;
ALTER TABLE access_grant ADD COLUMN opened_at INTEGER;                       -- when somebody first used a one-time link
-- A rotation of keys seals anew; the commitment stays the one that was approved.
ALTER TABLE sealed ADD COLUMN resealed TEXT NOT NULL DEFAULT '';             -- commitment of body, where it was sealed anew
ALTER TABLE sealed ADD COLUMN shown_at INTEGER;                              -- when who it is for had seen it
CREATE INDEX access_grant_links ON access_grant (checked_at, id) WHERE open = 1 AND link <> '';
CREATE INDEX sealed_pending ON sealed (key_id, id) WHERE body IS NOT NULL;
-- What an admin sent as the answer to a search, as the vault listed it then.
CREATE TABLE found (
  request_id  INTEGER NOT NULL REFERENCES request,
  seq         INTEGER NOT NULL,      -- the best first
  uid         TEXT NOT NULL,
  kind        TEXT NOT NULL CHECK (kind IN ('record', 'folder')),
  title       TEXT NOT NULL,
  type        TEXT NOT NULL,
  description TEXT NOT NULL,
  nested      INTEGER NOT NULL CHECK (nested IN (0, 1)),
  PRIMARY KEY (request_id, seq)
) STRICT;
CREATE INDEX found_uid ON found (uid);
CREATE INDEX request_target ON request (target_uid) WHERE target_uid <> '';   -- who decides about it
-- The ledger of access: by what it is on, and newest first.
ALTER TABLE access_grant ADD COLUMN kind TEXT NOT NULL DEFAULT 'record';     -- of the target
ALTER TABLE access_grant ADD COLUMN title TEXT NOT NULL DEFAULT '';          -- of the target, as it was when the access was given
UPDATE access_grant SET title = coalesce(json_extract(target, '$.title'), ''), kind = coalesce(json_extract(target, '$.kind'), 'record');
CREATE INDEX access_grant_newest ON access_grant (id) WHERE open = 1;
CREATE INDEX access_grant_over   ON access_grant (id) WHERE open = 0;
CREATE INDEX access_grant_person_newest ON access_grant (email_key, id) WHERE open = 1;
CREATE INDEX access_grant_object ON access_grant (target_uid, until, id) WHERE open = 1;
CREATE INDEX access_grant_object_newest ON access_grant (target_uid, id);
