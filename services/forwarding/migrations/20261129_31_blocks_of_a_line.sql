-- Whether a target hangs on the same line is seen without reading all of its numbers.
-- depends: 20261129_22_ends

-- migrate: apply

CREATE INDEX option_block_line ON option (line) WHERE number <> last;

-- migrate: rollback

DROP INDEX option_block_line;
