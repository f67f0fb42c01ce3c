-- Outbox, inbox and dead letters: the fate of every message of a service.
-- depends:

-- migrate: apply

CREATE TABLE outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text        NOT NULL,
    key         bytea,
    value       bytea       NOT NULL,
    headers     jsonb       NOT NULL DEFAULT '{}',
    added_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE inbox (
    topic       text        NOT NULL,
    event_id    text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, event_id)
);
CREATE INDEX inbox_received_at ON inbox (received_at);

CREATE TABLE dead_letter (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic       text        NOT NULL,
    partition   integer     NOT NULL,
    "offset"    bigint      NOT NULL,
    key         bytea,
    value       bytea,
    headers     jsonb       NOT NULL DEFAULT '[]',
    code        text        NOT NULL,
    reason      text        NOT NULL,
    parked_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    resent_at   timestamptz,
    UNIQUE (topic, partition, "offset")
);

-- migrate: rollback

DROP TABLE dead_letter;
DROP TABLE inbox;
DROP TABLE outbox;
