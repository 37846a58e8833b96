-- What access through one-time links and of teams needs, and what the vault was
-- last seen to hold of a grant.
ALTER TABLE access_grant ADD COLUMN link TEXT NOT NULL DEFAULT '';           -- id of a one-time link
ALTER TABLE access_grant ADD COLUMN team TEXT NOT NULL DEFAULT '';           -- name, where the address is a team's UID
ALTER TABLE access_grant ADD COLUMN checked_at INTEGER NOT NULL DEFAULT 0;   -- when it was compared with the vault
ALTER TABLE access_grant ADD COLUMN drift TEXT NOT NULL DEFAULT '';          -- what the vault shows instead
CREATE INDEX access_grant_check ON access_grant (checked_at, id) WHERE open = 1;
