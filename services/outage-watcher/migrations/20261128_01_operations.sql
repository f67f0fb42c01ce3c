-- Proof of clears, topology, storms, blind eyes, maintenance windows, and the audit.
-- depends: 20261123_01_initial

-- migrate: apply

ALTER TABLE outage
    ADD COLUMN unproved   boolean NOT NULL DEFAULT false,
    ADD COLUMN uncertain  boolean NOT NULL DEFAULT false,
    ADD COLUMN root_cause text;
CREATE INDEX outage_element ON outage (element)
    WHERE state <> 'over' AND element IS NOT NULL;
CREATE INDEX outage_root_cause ON outage (root_cause)
    WHERE state <> 'over' AND root_cause IS NOT NULL;

ALTER TABLE evidence
    ADD COLUMN held_from timestamptz,
    ADD COLUMN aged      boolean NOT NULL DEFAULT false,
    ADD COLUMN absent    integer NOT NULL DEFAULT 0,
    ADD COLUMN flapping  boolean NOT NULL DEFAULT false;
UPDATE evidence SET held_from = heard_at;
CREATE INDEX evidence_down ON evidence (source, heard_at) WHERE is_down;

ALTER TABLE source
    ADD COLUMN noted_lost boolean NOT NULL DEFAULT false;

CREATE TABLE eye (
    source          text        NOT NULL,
    name            text        NOT NULL,
    told_at         timestamptz NOT NULL,
    blind_since     timestamptz,
    PRIMARY KEY (source, name)
);

CREATE TABLE storm (
    source          text        PRIMARY KEY,
    until           timestamptz NOT NULL
);

CREATE TABLE asked (
    source          text        PRIMARY KEY,
    answered_at     timestamptz,
    next_at         timestamptz,
    wanted          boolean     NOT NULL DEFAULT false
);

CREATE TABLE line (
    line            text        PRIMARY KEY,
    elements        text[]      NOT NULL,
    version         integer     NOT NULL,
    gone            boolean     NOT NULL DEFAULT false
);
CREATE INDEX line_elements ON line USING gin (elements);
CREATE TABLE element (
    element         text        PRIMARY KEY,
    lines           integer     NOT NULL
);

CREATE TABLE maintenance (
    id              text        PRIMARY KEY,
    version         integer     NOT NULL,
    phase           text        NOT NULL
                    CHECK (phase IN ('planned', 'running', 'over', 'cancelled')),
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    takes_service   boolean     NOT NULL,
    planned_by      text        NOT NULL,
    external        boolean     NOT NULL,
    element         text,
    lines           text[]      NOT NULL,
    kind            text        NOT NULL,
    voice_reachable boolean,
    estimated_end   timestamptz,
    note            text
);
CREATE INDEX maintenance_open ON maintenance (phase, starts_at, ends_at)
    WHERE phase IN ('planned', 'running');

-- What happened to an outage, one row a move.
CREATE TABLE history (
    id              bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    outage_id       text        NOT NULL,
    at              timestamptz NOT NULL,
    before          text        NOT NULL,
    after           text        NOT NULL,
    cause           text        NOT NULL,
    version         integer     NOT NULL
);
CREATE INDEX history_outage_id ON history (outage_id, id);

-- Who did what, and why; the id of a command makes its repeat harmless.
CREATE TABLE command (
    id              text        PRIMARY KEY,
    at              timestamptz NOT NULL,
    action          text        NOT NULL,
    subject         text        NOT NULL,
    said            jsonb       NOT NULL,
    commanded_by    text        NOT NULL,
    because         text        NOT NULL,
    answer          jsonb       NOT NULL,
    outage_id       text,
    window_id       text
);
CREATE INDEX command_outage_id ON command (outage_id, at) WHERE outage_id IS NOT NULL;
CREATE INDEX command_window_id ON command (window_id, at) WHERE window_id IS NOT NULL;

-- migrate: rollback

DROP TABLE command;
DROP TABLE history;
DROP TABLE maintenance;
DROP TABLE element;
DROP TABLE line;
DROP TABLE asked;
DROP TABLE storm;
DROP TABLE eye;
ALTER TABLE source DROP COLUMN noted_lost;
DROP INDEX evidence_down;
ALTER TABLE evidence
    DROP COLUMN flapping, DROP COLUMN absent, DROP COLUMN aged, DROP COLUMN held_from;
DROP INDEX outage_root_cause;
DROP INDEX outage_element;
ALTER TABLE outage
    DROP COLUMN root_cause, DROP COLUMN uncertain, DROP COLUMN unproved;
