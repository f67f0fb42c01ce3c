-- A customer number is typed as it comes: k-1001 is K-1001.
-- depends: 20261130_06_flags

-- migrate: apply

CREATE INDEX account_customer_number_typed ON account (lower(customer_number));

-- migrate: rollback

DROP INDEX account_customer_number_typed;
