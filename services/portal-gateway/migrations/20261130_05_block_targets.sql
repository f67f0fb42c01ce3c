-- The history knows whether a block rang at a block, and so which one.
-- depends: 20261130_04_erased_customers

-- migrate: apply

ALTER TABLE diversion ADD COLUMN keep_extension boolean NOT NULL DEFAULT false;

-- migrate: rollback

ALTER TABLE diversion DROP COLUMN keep_extension;
