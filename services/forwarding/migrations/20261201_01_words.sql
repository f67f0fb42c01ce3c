-- What changes nothing for calls is not told again.
-- depends: 20261130_03_lengthened_apart

-- migrate: apply

-- All that was told of a pending entry while it was in effect; null: not known.
ALTER TABLE arming ADD COLUMN words text;

-- migrate: rollback

ALTER TABLE arming DROP COLUMN words;
