-- Ids follow time, so pages and windows go by id alone.

CREATE TABLE component (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE line (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  level       INTEGER NOT NULL,       -- as in log/slog: -4 debug, 0 info, 4 warning, 8 error
  component   INTEGER NOT NULL REFERENCES component,
  message     TEXT NOT NULL,
  fields      TEXT NOT NULL,          -- JSON object, or empty
  correlation TEXT NOT NULL
) STRICT;
CREATE INDEX line_warning           ON line (id) WHERE level >= 4;
CREATE INDEX line_error             ON line (id) WHERE level >= 8;
CREATE INDEX line_component         ON line (component, id);
CREATE INDEX line_component_warning ON line (component, id) WHERE level >= 4;
CREATE INDEX line_component_error   ON line (component, id) WHERE level >= 8;
CREATE INDEX line_correlation       ON line (correlation, id) WHERE correlation <> '';

CREATE TABLE traffic (
  id          INTEGER PRIMARY KEY,
  at          INTEGER NOT NULL,
  command     TEXT NOT NULL,          -- secrets masked
  path        TEXT NOT NULL,
  priority    TEXT NOT NULL,
  waited      INTEGER NOT NULL,       -- microseconds for the rate budget
  took        INTEGER NOT NULL,       -- microseconds from sending to the result
  status      INTEGER NOT NULL,       -- of HTTP; 0 without an answer
  outcome     TEXT NOT NULL,
  service_id  TEXT NOT NULL,
  problem     TEXT NOT NULL,
  correlation TEXT NOT NULL
) STRICT;
CREATE INDEX traffic_correlation ON traffic (correlation, id) WHERE correlation <> '';
