-- How long it took until Kafka had an event, for those that are timed.
-- depends: 20261128_60_seals

-- migrate: apply

ALTER TABLE outbox ADD COLUMN awaited_since timestamptz;
COMMENT ON COLUMN outbox.awaited_since IS
    'since when the event is awaited; its age is measured when Kafka acknowledges it';

-- migrate: rollback

ALTER TABLE outbox DROP COLUMN awaited_since;
