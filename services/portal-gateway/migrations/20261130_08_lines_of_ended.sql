-- The line of a number that left is kept, whichever of its events comes first.
-- depends: 20261130_07_customer_numbers

-- migrate: apply

ALTER TABLE number_option ADD COLUMN opened_version bigint;
COMMENT ON COLUMN number_option.opened_version IS
    'The OptionEnabled that told line, product and extension; NULL: told before this';

-- migrate: rollback

ALTER TABLE number_option DROP COLUMN opened_version;
