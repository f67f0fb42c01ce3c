-- Contacts and the notices that go to them, imports of rules, failures as history.
-- depends: 20261128_01_people

-- migrate: apply

CREATE TABLE contact (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_number text        NOT NULL REFERENCES customer,
    channel         text        NOT NULL CHECK (channel IN ('email', 'sms')),
    address         text        NOT NULL,
    label           text        NOT NULL DEFAULT '',
    language        text        NOT NULL CHECK (language IN ('de', 'en')),
    kinds           text[]      NOT NULL,
    is_on           boolean     NOT NULL DEFAULT true,
    confirmed_at    timestamptz,
    code_hash       bytea,
    code_until      timestamptz,
    code_tries      integer     NOT NULL DEFAULT 0,
    refused_at      timestamptz,
    refused_why     text,
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    UNIQUE (customer_number, channel, address)
);
COMMENT ON COLUMN contact.refused_at IS
    'The provider said that the address does not exist: nothing is sent until it is '
    'confirmed anew';

CREATE TABLE notice (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contact_id      bigint      NOT NULL REFERENCES contact ON DELETE CASCADE,
    customer_number text        NOT NULL,
    kind            text        NOT NULL,
    cause           text        NOT NULL,
    detail          jsonb       NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    state           text        NOT NULL DEFAULT 'waiting'
                    CHECK (state IN ('waiting', 'sent', 'void', 'refused', 'expired')),
    settled_at      timestamptz,
    last_error      text,
    UNIQUE (contact_id, kind, cause)
);
CREATE INDEX notice_due ON notice (due_at) WHERE state = 'waiting';
CREATE INDEX notice_customer ON notice (customer_number, created_at DESC);
CREATE INDEX notice_settled ON notice (settled_at) WHERE settled_at IS NOT NULL;
COMMENT ON TABLE notice IS
    'Written in the transaction of its cause: one a contact, kind and cause, for ever';
COMMENT ON COLUMN notice.state IS
    'void: no longer true or wanted when its time came; expired: tried for too long';

CREATE TABLE rule_import (
    id              text PRIMARY KEY,
    customer_number text        NOT NULL,
    file_name       text        NOT NULL,
    created_by      text        NOT NULL,
    created_at      timestamptz NOT NULL,
    ignored         text[]      NOT NULL DEFAULT '{}',
    applied_at      timestamptz,
    applied_by      text,
    undone_at       timestamptz,
    undone_by       text
);
CREATE INDEX rule_import_customer ON rule_import (customer_number, created_at DESC);
CREATE INDEX rule_import_created_at ON rule_import (created_at);
COMMENT ON COLUMN rule_import.ignored IS 'headings that we do not know';

CREATE TABLE rule_import_row (
    import_id   text    NOT NULL REFERENCES rule_import ON DELETE CASCADE,
    row_number  integer NOT NULL,
    written     text    NOT NULL,
    number      text COLLATE "C",
    last        text COLLATE "C",
    verdict     text    NOT NULL CHECK (verdict IN ('changes', 'same', 'refused')),
    code        text,
    facts       jsonb   NOT NULL DEFAULT '{}',
    before      jsonb,
    after       jsonb,
    seen        bigint  NOT NULL DEFAULT 0,
    applied     bigint,
    undone      bigint,
    failed      text,
    PRIMARY KEY (import_id, row_number)
);
CREATE INDEX rule_import_row_applied ON rule_import_row (number, last, applied)
 WHERE applied IS NOT NULL;
COMMENT ON COLUMN rule_import_row.seen IS 'version of the wish that the preview saw';
COMMENT ON COLUMN rule_import_row.applied IS 'version of the wish that the import made';

CREATE TABLE failure (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    version         bigint      NOT NULL,
    customer_number text        NOT NULL,
    code            text        NOT NULL,
    attempts        integer     NOT NULL,
    first_at        timestamptz NOT NULL,
    last_at         timestamptz NOT NULL,
    PRIMARY KEY (number, last, version)
);
CREATE INDEX failure_customer ON failure (customer_number, last_at DESC);
COMMENT ON TABLE failure IS 'Every diversion that did not work at once: the history';

CREATE INDEX line_customer ON line (customer_number);

-- migrate: rollback

DROP INDEX line_customer;
DROP TABLE failure, rule_import_row, rule_import, notice, contact;
