-- What was set before an end is told by versions: clocks of services may differ.
-- depends: 20261129_31_blocks_of_a_line

-- migrate: apply

ALTER TABLE option_end ADD COLUMN version bigint;
COMMENT ON COLUMN option_end.version IS
    'newest fact that ended it; NULL: from before it was noted, then ended_at decides';
ALTER TABLE rule ADD COLUMN option_version bigint;
COMMENT ON COLUMN rule.option_version IS
    'newest fact on the option that was known when it was wished; NULL: wished_at';

-- migrate: rollback

ALTER TABLE rule DROP COLUMN option_version;
ALTER TABLE option_end DROP COLUMN version;
