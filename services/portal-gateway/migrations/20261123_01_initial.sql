-- Accounts and letters, wishes, the read model of the portal, and the audit.
-- depends:

-- migrate: apply

CREATE TABLE customer (
    customer_number   text PRIMARY KEY,
    name              text        NOT NULL,
    address           text        NOT NULL,
    allowed_countries text[]      NOT NULL DEFAULT '{DE}',
    created_by        text        NOT NULL,
    created_at        timestamptz NOT NULL
);

CREATE TABLE account (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    role             text NOT NULL CHECK (role IN ('customer', 'agent')),
    customer_number  text UNIQUE REFERENCES customer,
    username         text,
    username_key     text UNIQUE,
    password_hash    text,
    posted_hash      text,
    posted_until     timestamptz,
    created_at       timestamptz NOT NULL,
    CHECK ((role = 'customer') = (customer_number IS NOT NULL))
);
COMMENT ON COLUMN account.posted_hash IS
    'Hash of the password in the letter; it opens nothing but the change form';

CREATE TABLE session (
    token_hash   bytea PRIMARY KEY,
    account_id   bigint      NOT NULL REFERENCES account ON DELETE CASCADE,
    must_change  boolean     NOT NULL,
    name_tries   integer     NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    seen_at      timestamptz NOT NULL
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_seen_at ON session (seen_at);

CREATE TABLE letter (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_number text        NOT NULL REFERENCES customer,
    reason          text        NOT NULL CHECK (reason IN ('first', 'forgotten')),
    file_name       text        NOT NULL,
    written_at      timestamptz NOT NULL,
    valid_until     timestamptz NOT NULL
);
CREATE INDEX letter_customer ON letter (customer_number, written_at);

CREATE TABLE login_failure (
    bucket    text        NOT NULL,
    failed_at timestamptz NOT NULL
);
CREATE INDEX login_failure_bucket ON login_failure (bucket, failed_at);
CREATE INDEX login_failure_failed_at ON login_failure (failed_at);

CREATE TABLE idempotency (
    account_id bigint      NOT NULL REFERENCES account ON DELETE CASCADE,
    key_hash   bytea       NOT NULL,
    body_mac   bytea       NOT NULL,
    status     integer,
    headers    jsonb       NOT NULL DEFAULT '{}',
    body       bytea,
    started_at timestamptz NOT NULL,
    instance   integer,
    effect     text,
    PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX idempotency_started_at ON idempotency (started_at);
CREATE INDEX idempotency_at_work ON idempotency (instance) WHERE status IS NULL;
COMMENT ON COLUMN idempotency.instance IS 'who is at work on it; null: who was ended before';
COMMENT ON COLUMN idempotency.effect IS 'what the call did, noted in the same transaction';

CREATE TABLE audit (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    customer_number text COLLATE "C",
    actor           text        NOT NULL,
    action          text        NOT NULL,
    number          text,
    last            text,
    detail          jsonb       NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_customer ON audit (customer_number, at DESC, id DESC);

CREATE TABLE product_order (
    order_id         text PRIMARY KEY,
    customer_number  text        NOT NULL,
    product          text        NOT NULL,
    positions        jsonb       NOT NULL,
    option           boolean     NOT NULL,
    extends_order_id text,
    channel          text        NOT NULL,
    placed_by        text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    state            text        NOT NULL DEFAULT 'placed',
    code             text,
    reason           text,
    confirmed_at     timestamptz,
    cancelled_at     timestamptz
);
CREATE INDEX product_order_customer ON product_order (customer_number, placed_at);
COMMENT ON COLUMN product_order.cancelled_at IS 'When the customer gave it back';

CREATE TABLE planned_number (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    direction       text        NOT NULL,
    order_id        text,
    line            text        NOT NULL,
    extension       text,
    effective_on    date        NOT NULL,
    told_at         timestamptz NOT NULL,
    PRIMARY KEY (number, last, customer_number, direction)
);
CREATE INDEX planned_number_customer ON planned_number (customer_number);

CREATE TABLE number_option (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    order_id        text        NOT NULL,
    enabled         boolean     NOT NULL,
    product         text,
    line            text,
    extension       text,
    opened_on       date,
    reason          text,
    version         bigint      NOT NULL,
    PRIMARY KEY (number, last)
);
CREATE INDEX number_option_customer ON number_option (customer_number);
CREATE INDEX number_option_line ON number_option (line);

CREATE TABLE option_end (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    ended_at        timestamptz NOT NULL,
    PRIMARY KEY (number, last, customer_number)
);
CREATE INDEX option_end_customer ON option_end (customer_number);
COMMENT ON TABLE option_end IS
    'Newest end of the option: what its owner wished before it counts no more';

CREATE TABLE line (
    line            text PRIMARY KEY,
    customer_number text   NOT NULL,
    elements        text[] NOT NULL,
    version         bigint NOT NULL
);

CREATE TABLE wish (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    version         bigint      NOT NULL,
    wished          jsonb,
    asked_at        timestamptz NOT NULL,
    asked_by        text        NOT NULL,
    settled_version bigint      NOT NULL DEFAULT 0,
    settled_at      timestamptz,
    in_force        jsonb,
    outcome         text,
    code            text,
    chain           text[]      NOT NULL DEFAULT '{}',
    PRIMARY KEY (number, last)
);
CREATE INDEX wish_customer ON wish (customer_number);
COMMENT ON TABLE wish IS
    'What the customer last asked for a number, and what forwarding said is in force';

CREATE TABLE started_cause (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    cause           text        NOT NULL,
    customer_number text        NOT NULL,
    running         boolean     NOT NULL,
    id              text        NOT NULL,
    since           timestamptz NOT NULL,
    ends_at         timestamptz,
    version         bigint      NOT NULL,
    PRIMARY KEY (number, last, cause)
);
CREATE INDEX started_cause_customer ON started_cause (customer_number) WHERE running;

CREATE TABLE applied (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    line            text        NOT NULL,
    target          text,
    keep_extension  boolean     NOT NULL,
    in_effect       boolean     NOT NULL,
    causes          jsonb       NOT NULL,
    version         bigint      NOT NULL,
    applied_at      timestamptz NOT NULL,
    PRIMARY KEY (number, last)
);
CREATE INDEX applied_customer ON applied (customer_number);

CREATE TABLE diversion (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    version         bigint      NOT NULL,
    customer_number text        NOT NULL,
    target          text,
    rule            text        NOT NULL,
    in_effect       boolean     NOT NULL,
    outage_id       text,
    reason          text        NOT NULL,
    applied_at      timestamptz NOT NULL,
    PRIMARY KEY (number, last, version)
);
CREATE INDEX diversion_customer ON diversion (customer_number, applied_at DESC);
COMMENT ON TABLE diversion IS 'Every flip of a number there was: the history';

CREATE TABLE failed (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    code            text        NOT NULL,
    attempts        integer     NOT NULL,
    version         bigint      NOT NULL,
    failed_at       timestamptz NOT NULL,
    PRIMARY KEY (number, last)
);
CREATE INDEX failed_customer ON failed (customer_number);

CREATE TABLE outage (
    outage_id        text PRIMARY KEY,
    detected_version bigint  NOT NULL DEFAULT 0,
    cleared_version  bigint  NOT NULL DEFAULT 0,
    kind             text,
    voice_reachable  boolean,
    takes_voice      boolean,
    occurred_at      timestamptz,
    detected_at      timestamptz,
    estimated_end    timestamptz,
    note             text,
    places           text[]  NOT NULL DEFAULT '{}',
    touched          text[]  NOT NULL DEFAULT '{}',
    reason           text,
    cleared_at       timestamptz,
    is_open          boolean GENERATED ALWAYS AS
                         (detected_version > cleared_version) STORED
);
CREATE INDEX outage_open ON outage (outage_id) WHERE is_open;
CREATE INDEX outage_touched ON outage USING gin (touched);

-- migrate: rollback

DROP TABLE outage, failed, diversion, applied, started_cause, wish, line, option_end,
           number_option, planned_number, product_order, audit, idempotency,
           login_failure, letter, session, account, customer;
