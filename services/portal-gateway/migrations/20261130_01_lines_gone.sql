-- A line that no number is on any more touches nobody.
-- depends: 20261129_01_ends_by_version

-- migrate: apply

ALTER TABLE line ADD COLUMN gone boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN line.gone IS
    'its last number left: what fails there is nothing to its customer any more';

-- migrate: rollback

ALTER TABLE line DROP COLUMN gone;
