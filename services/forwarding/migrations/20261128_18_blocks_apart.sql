-- Blocks are found without reading all numbers: a save costs the same however many.
-- depends: 20261128_13_switch

-- migrate: apply

CREATE INDEX rule_block ON rule (number, last) WHERE number < last;
CREATE INDEX option_block ON option (number, last) WHERE number <> last;

-- migrate: rollback

DROP INDEX option_block;
DROP INDEX rule_block;
