-- Targets and customers whose forwardings are held off.
-- depends: 20261128_13_switch 20261128_01_cheaper_flips 20261128_01_trace

-- migrate: apply

-- `hold` stays the one switch for all. A rule that a hold concerns is flagged, one
-- page of rules after the other, so that an outage never waits behind a large customer.
CREATE TABLE held (
    subject    text    NOT NULL CHECK (subject IN ('target', 'customer', 'all')),
    number     text COLLATE "C" NOT NULL,
    last       text COLLATE "C" NOT NULL,
    held       boolean NOT NULL,
    version    integer NOT NULL,
    held_by    text    NOT NULL,
    at_number  text COLLATE "C",
    at_last    text COLLATE "C",
    PRIMARY KEY (subject, number, last)
);
CREATE INDEX held_pending ON held (subject) WHERE at_number IS NOT NULL;
COMMENT ON COLUMN held.number IS 'of a target the first number, of a customer his; else empty';
COMMENT ON COLUMN held.at_number IS
    'the last rule that was looked at since; null: all rules are as they should be';

-- migrate: rollback

DROP TABLE held;
