-- What was wished before an end is told by versions: clocks of services may differ.
-- depends: 20261128_60_audit_chain

-- migrate: apply

ALTER TABLE option_end ADD COLUMN version bigint;
COMMENT ON COLUMN option_end.version IS
    'newest fact that ended it; NULL: from before it was noted, then ended_at decides';
ALTER TABLE wish ADD COLUMN option_version bigint;
COMMENT ON COLUMN wish.option_version IS
    'newest fact on the option that was known when it was asked; NULL: asked_at';

-- migrate: rollback

ALTER TABLE wish DROP COLUMN option_version;
ALTER TABLE option_end DROP COLUMN version;
