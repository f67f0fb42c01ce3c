-- A target that is held off stays so whatever else is answered of its number.
-- depends: 20261130_05_block_targets

-- migrate: apply

ALTER TABLE wish ADD COLUMN flag text;
UPDATE wish SET flag = code WHERE outcome = 'flagged';
COMMENT ON COLUMN wish.flag IS 'why the rule in force may not stand, if it may not';

-- migrate: rollback

ALTER TABLE wish DROP COLUMN flag;
