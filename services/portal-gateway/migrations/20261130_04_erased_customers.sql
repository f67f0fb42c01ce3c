-- What is told late of a customer who is erased does not bring him back.
-- depends: 20261130_03_second_step

-- migrate: apply

CREATE TABLE erased_customer (
    digest    bytea       PRIMARY KEY,
    erased_at timestamptz NOT NULL
);
COMMENT ON COLUMN erased_customer.digest IS 'SHA-256 of the customer number';

-- migrate: rollback

DROP TABLE erased_customer;
