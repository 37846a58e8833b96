-- Nothing here has to last. Everything has an end, and the file may be deleted.

CREATE TABLE heartbeat (
  name TEXT PRIMARY KEY,              -- one a process and kind
  kind TEXT NOT NULL,
  host TEXT NOT NULL,
  pid  INTEGER NOT NULL,
  at   INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE health (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  at   INTEGER NOT NULL,
  body TEXT NOT NULL                  -- JSON
) STRICT;

CREATE TABLE lookup (
  id          INTEGER PRIMARY KEY,    -- random: a new file must not give the same one again
  kind        TEXT NOT NULL,
  args        BLOB NOT NULL,
  recipient   TEXT NOT NULL,          -- the asking console's ephemeral key
  state       TEXT NOT NULL CHECK (state IN ('asked', 'taken', 'answered', 'failed')),
  answer      BLOB,
  problem     TEXT NOT NULL,
  correlation TEXT NOT NULL,
  asked_at    INTEGER NOT NULL,
  expires_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX lookup_asked   ON lookup (asked_at, id) WHERE state = 'asked';
CREATE INDEX lookup_expires ON lookup (expires_at);
