-- Lines that are tried first; who is in charge of the switch; what it held before us.
-- depends: 20261123_02_initial

-- migrate: apply

ALTER TABLE rule ADD COLUMN line_first boolean NOT NULL DEFAULT false;

-- Shown to the switch with every write; of two databases that speak to one switch the
-- higher one is in charge. Raised by an operator alone.
CREATE TABLE switch_fence (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    fence integer NOT NULL
);
INSERT INTO switch_fence (fence) VALUES (1);

-- Where a customer has one slot for a forwarding at the switch and may use it himself:
-- what stood there before we first wrote to it, until it is given back.
CREATE TABLE switch_slot (
    backend text COLLATE "C" NOT NULL,
    number  text COLLATE "C" NOT NULL,
    before  jsonb       NOT NULL,
    ours    jsonb       NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (backend, number)
);
COMMENT ON COLUMN switch_slot.before IS 'what is written back when our diversion ends';
COMMENT ON COLUMN switch_slot.ours IS 'what we wrote; anything else there now is not ours';

-- migrate: rollback

DROP TABLE switch_slot, switch_fence;
ALTER TABLE rule DROP COLUMN line_first;
