-- Wishes that wait for forwarding's answer, found without reading all others.
-- depends: 20261123_01_initial

-- migrate: apply

CREATE INDEX wish_waiting ON wish (asked_at) WHERE settled_version < version;

-- migrate: rollback

DROP INDEX wish_waiting;
