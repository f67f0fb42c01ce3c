-- Catalogue, orders, numbers on their lines, and what was told of the option.
-- depends:

-- migrate: apply

CREATE TABLE product (
    key           text PRIMARY KEY,
    name          text    NOT NULL UNIQUE,
    eligible      boolean NOT NULL,
    shapes        text[]  NOT NULL
        CHECK (shapes <@ ARRAY['single', 'block', 'extension']),
    several_sites boolean NOT NULL DEFAULT false
);
COMMENT ON COLUMN product.eligible IS 'the option can be ordered with it';
COMMENT ON COLUMN product.shapes IS 'what its numbers look like';

INSERT INTO product (key, name, eligible, shapes, several_sites) VALUES
    ('sip-account-2.0',    'ecotel sipAccount 2.0',    true,  '{single}',        false),
    ('sip-trunk-2.0',      'ecotel sipTrunk 2.0',      true,  '{block}',         false),
    ('sip-trunk-2.0-pro',  'ecotel sipTrunk 2.0 Pro',  true,  '{block}',         true),
    ('jubilaeumstarif',    'ecotel Jubiläumstarif',    true,  '{block}',         false),
    ('office-flat-ngn',    'ecotel office-flat NGN',   true,  '{single,block}',  false),
    ('voice-direct-ngn',   'ecotel voice-direct NGN',  true,  '{single,block}',  false),
    ('pmx-ngn',            'ecotel PMX NGN',           true,  '{block}',         false),
    ('pmx-ngn-option',     'ecotel PMX NGN Option',    true,  '{block}',         false),
    ('centrex-premium',    'ecotel centrex Premium',   true,  '{extension}',     true),
    ('mobile-business',    'Mobilfunk Geschäftstarif', false, '{single}',        false),
    ('fax-to-mail',        'Fax-to-Mail',              false, '{single}',        false),
    ('ethernet-access',    'Ethernet-Anschluss',       false, '{}',              true);

CREATE TABLE customer_order (
    order_id         text PRIMARY KEY,
    customer_number  text        NOT NULL,
    product          text        NOT NULL,
    option           boolean     NOT NULL,
    extends_order_id text,
    channel          text        NOT NULL,
    placed_by        text        NOT NULL,
    placed_at        timestamptz NOT NULL,
    refusal_code     text,
    refusal_reason   text,
    settled_at       timestamptz NOT NULL
);
CREATE INDEX customer_order_customer ON customer_order (customer_number);
COMMENT ON COLUMN customer_order.product IS 'as ordered: a refused one may be in no catalogue';
COMMENT ON COLUMN customer_order.refusal_code IS 'null: accepted';

CREATE TABLE order_position (
    order_id text    NOT NULL REFERENCES customer_order,
    place    integer NOT NULL,
    name     text    NOT NULL,
    quantity integer NOT NULL,
    PRIMARY KEY (order_id, place)
);

CREATE TABLE cancellation (
    order_id        text        NOT NULL,
    customer_number text        NOT NULL,
    channel         text        NOT NULL,
    cancelled_by    text        NOT NULL,
    cancelled_at    timestamptz NOT NULL,
    PRIMARY KEY (order_id, customer_number)
);
COMMENT ON TABLE cancellation IS 'may come before its order, hence no foreign key';

CREATE TABLE movement (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number          text        NOT NULL,
    last            text        NOT NULL,
    span            int8range   GENERATED ALWAYS AS (
        int8range(substr(number, 2)::bigint, substr(last, 2)::bigint, '[]')) STORED,
    direction       text        NOT NULL CHECK (direction IN ('in', 'out')),
    ported          boolean     NOT NULL,
    customer_number text        NOT NULL,
    order_id        text,
    line            text        NOT NULL,
    elements        text[]      NOT NULL,
    extension       text,
    effective_on    date        NOT NULL,
    due_at          timestamptz NOT NULL,
    told_at         timestamptz NOT NULL,
    received_at     timestamptz NOT NULL,
    opened_at       timestamptz,
    status          text        NOT NULL CHECK (status IN (
        'planned', 'replaced', 'live', 'contested', 'ended', 'done'))
);
CREATE INDEX movement_span ON movement USING gist (span);
CREATE INDEX movement_customer ON movement (customer_number);
CREATE INDEX movement_due ON movement (due_at) WHERE status = 'planned';
CREATE INDEX movement_current ON movement (status) WHERE status IN ('live', 'contested');
COMMENT ON TABLE movement IS 'facts: a number or block came to a line, or left';
COMMENT ON COLUMN movement.last IS 'equal to number for a single number';
COMMENT ON COLUMN movement.opened_at IS 'when its numbers first were live';
COMMENT ON COLUMN movement.status IS 'derived from all facts, kept for the calendar and for people';

CREATE TABLE line (
    line            text PRIMARY KEY,
    customer_number text        NOT NULL,
    elements        text[]      NOT NULL,
    version         integer     NOT NULL,
    effective_on    date        NOT NULL,
    told_at         timestamptz NOT NULL
);
COMMENT ON COLUMN line.effective_on IS 'of the fact that named the elements; an older one changes nothing';

CREATE TABLE option_change (
    number          text        NOT NULL,
    last            text        NOT NULL,
    version         integer     NOT NULL,
    span            int8range   GENERATED ALWAYS AS (
        int8range(substr(number, 2)::bigint, substr(last, 2)::bigint, '[]')) STORED,
    customer_number text        NOT NULL,
    order_id        text        NOT NULL,
    product         text        NOT NULL,
    line            text        NOT NULL,
    extension       text,
    opened_on       date        NOT NULL,
    ended           text,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (number, last, version)
);
CREATE INDEX option_change_span ON option_change USING gist (span);
COMMENT ON TABLE option_change IS 'what was told, never changed; the highest version is true';
COMMENT ON COLUMN option_change.ended IS 'why the option ended; null: it began or moved';

-- migrate: rollback

DROP TABLE option_change;
DROP TABLE line;
DROP TABLE movement;
DROP TABLE cancellation;
DROP TABLE order_position;
DROP TABLE customer_order;
DROP TABLE product;
