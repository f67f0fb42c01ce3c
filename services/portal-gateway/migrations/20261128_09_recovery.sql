-- When an outage that works again will be over: outage-watcher waits out its hold.
-- depends: 20261128_05_notices_and_imports

-- migrate: apply

ALTER TABLE outage
    ADD COLUMN clears_at timestamptz,
    ADD COLUMN recovery_noticed_at timestamptz;

-- migrate: rollback

ALTER TABLE outage DROP COLUMN clears_at, DROP COLUMN recovery_noticed_at;
