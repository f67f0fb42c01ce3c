-- Alarms that fail at lines that are gone, to be found when those come back.
-- depends: 20261128_60_command_chain

-- migrate: apply

CREATE INDEX evidence_unplaced ON evidence (source)
    WHERE is_down AND outage_id IS NULL;

-- migrate: rollback

DROP INDEX evidence_unplaced;
