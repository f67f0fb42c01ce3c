-- A code of the second factor that is sent twice lets in with both answers.
-- depends: 20261130_02_plans

-- migrate: apply

ALTER TABLE session ADD COLUMN half_hash bytea;
ALTER TABLE session ADD COLUMN let_in_by bytea;
COMMENT ON COLUMN session.half_hash IS
    'secret before the second step; for some seconds it still opens this step alone';
COMMENT ON COLUMN session.let_in_by IS 'digest of the code that was used up for it';
CREATE INDEX session_half_hash ON session (half_hash);

-- migrate: rollback

DROP INDEX session_half_hash;
ALTER TABLE session DROP COLUMN let_in_by;
ALTER TABLE session DROP COLUMN half_hash;
