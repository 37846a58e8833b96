-- The words of the lines are indexed in parts, each in a table of its own that the
-- program makes in the background and drops with its lines: line_words_N has those
-- of a range of ids, up to line_part.upto.
CREATE TABLE line_part (
  part INTEGER PRIMARY KEY,
  upto INTEGER NOT NULL,
  full INTEGER NOT NULL DEFAULT 0     -- 1 once it is in as few pieces as it will be
) STRICT;
