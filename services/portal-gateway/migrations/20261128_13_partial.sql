-- A diversion that a part of the network may not have yet; lines that are tried first.
-- depends: 20261123_01_initial

-- migrate: apply

ALTER TABLE applied ADD COLUMN partial boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN applied.partial IS 'a node of the switch was away when it was told';

-- migrate: rollback

ALTER TABLE applied DROP COLUMN partial;
