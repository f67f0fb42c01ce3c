-- Outages, what the sources say of them, and when a source was last alive.
-- depends:

-- migrate: apply

CREATE TABLE outage (
    id              text        PRIMARY KEY,
    state           text        NOT NULL
                    CHECK (state IN ('suspect', 'down', 'recovering', 'over')),
    since           timestamptz NOT NULL,
    due_at          timestamptz,
    version         integer     NOT NULL,
    opened_at       timestamptz NOT NULL,
    occurred_at     timestamptz NOT NULL,
    detected_at     timestamptz,
    cleared_at      timestamptz,
    reason          text,
    reported_by     text        NOT NULL,
    place_key       text        NOT NULL,
    element         text,
    lines           text[]      NOT NULL,
    kind            text        NOT NULL,
    voice_reachable boolean,
    estimated_end   timestamptz,
    note            text,
    flaps           timestamptz[] NOT NULL,
    flapping        boolean     NOT NULL,
    correction      jsonb       NOT NULL
);
CREATE INDEX outage_due_at ON outage (due_at) WHERE state <> 'over';
CREATE INDEX outage_place_key ON outage (place_key) WHERE state <> 'over';
CREATE INDEX outage_cleared_at ON outage (cleared_at) WHERE state = 'over';

CREATE TABLE evidence (
    source          text        NOT NULL,
    alarm_id        text        NOT NULL,
    outage_id       text        REFERENCES outage,
    is_down         boolean     NOT NULL,
    down_at         timestamptz,
    up_at           timestamptz,
    unknown_at      timestamptz,
    heard_at        timestamptz NOT NULL,
    confirmed_at    timestamptz NOT NULL,
    confirmed       boolean     NOT NULL,
    element         text,
    lines           text[]      NOT NULL,
    kind            text        NOT NULL,
    voice_reachable boolean,
    estimated_end   timestamptz,
    note            text,
    PRIMARY KEY (source, alarm_id)
);
CREATE INDEX evidence_outage_id ON evidence (outage_id) WHERE outage_id IS NOT NULL;
CREATE INDEX evidence_confirmed_at ON evidence (confirmed_at) WHERE outage_id IS NULL;

CREATE TABLE source (
    name            text        PRIMARY KEY,
    heartbeat_at    timestamptz NOT NULL,
    silent_at       timestamptz NOT NULL
);

-- migrate: rollback

DROP TABLE source;
DROP TABLE evidence;
DROP TABLE outage;
