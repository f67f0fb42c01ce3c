-- The trace of an outage: that of the first signal that told of it.
-- depends: 20261128_01_operations

-- migrate: apply

ALTER TABLE outage ADD COLUMN traceparent text;

-- migrate: rollback

ALTER TABLE outage DROP COLUMN traceparent;
