-- Words of the lines, filled in the background: lines up to line_indexed.upto are
-- in it. It reads its text from table line, so a line leaves it before the table.
CREATE VIRTUAL TABLE line_words USING fts4 (
  content="line", message, fields, tokenize=unicode61, order=desc, matchinfo=fts3);
-- Merge a little with each insert, rather than much with a few of them.
INSERT INTO line_words (line_words) VALUES ('automerge=8');

CREATE TABLE line_indexed (
  one  INTEGER PRIMARY KEY CHECK (one = 1),
  upto INTEGER NOT NULL
) STRICT;
INSERT INTO line_indexed (one, upto) VALUES (1, 0);
