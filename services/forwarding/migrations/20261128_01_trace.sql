-- The trace of the request that waits for the switch.
-- depends: 20261123_02_initial

-- migrate: apply

ALTER TABLE arming ADD COLUMN traceparent text;
ALTER TABLE cause ADD COLUMN traceparent text;
COMMENT ON COLUMN arming.traceparent IS 'of what made it pending; null once acknowledged';

-- migrate: rollback

ALTER TABLE cause DROP COLUMN traceparent;
ALTER TABLE arming DROP COLUMN traceparent;
