-- Customers who are to be erased as soon as what is theirs is over.
-- depends: 20261128_72_awaited_since

-- migrate: apply

CREATE TABLE erasure_waiting (
    customer_number text        PRIMARY KEY,
    pseudonym       text        NOT NULL,
    erased_at       timestamptz NOT NULL
);
COMMENT ON TABLE erasure_waiting IS 'who is erased once his last fact here is over';

-- migrate: rollback

DROP TABLE erasure_waiting;
