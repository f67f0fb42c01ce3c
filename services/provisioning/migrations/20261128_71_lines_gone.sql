-- A line that no number is on any more, as readers were told.
-- depends: 20261123_01_initial

-- migrate: apply

ALTER TABLE line ADD COLUMN gone boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN line.gone IS 'the last number left it; the next that comes takes it back';
CREATE INDEX movement_line ON movement (line)
    WHERE direction = 'in' AND status IN ('live', 'contested');

-- migrate: rollback

DROP INDEX movement_line;
ALTER TABLE line DROP COLUMN gone;
