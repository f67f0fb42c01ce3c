-- Owners of numbers who want no forwarded calls, and the codes that prove it.
-- depends: 20261128_50_targets_and_holds

-- migrate: apply

CREATE TABLE objection (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number     text COLLATE "C" NOT NULL,
    language   text        NOT NULL CHECK (language IN ('de', 'en')),
    asked_at   timestamptz NOT NULL,
    looked_at  timestamptz,
    code_hash  bytea,
    code_tries integer     NOT NULL DEFAULT 0
);
CREATE INDEX objection_number ON objection (number, asked_at);
CREATE INDEX objection_waiting ON objection (id) WHERE looked_at IS NULL;
COMMENT ON COLUMN objection.looked_at IS
    'when a code was sent, or nothing because no rule leads there; null: to be done';

-- migrate: rollback

DROP TABLE objection;
