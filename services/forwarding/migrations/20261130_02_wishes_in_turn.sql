-- Wishes that wait are looked at in the order in which they came, whatever clocks said.
-- depends: 20261130_01_unbroken

-- migrate: apply
ALTER TABLE early_wish ADD COLUMN place bigint GENERATED ALWAYS AS IDENTITY;

-- migrate: rollback
ALTER TABLE early_wish DROP COLUMN place;
