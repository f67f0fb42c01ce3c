-- Operators, second factors, what sessions tell of themselves, letters asked for.
-- depends: 20261123_01_initial

-- migrate: apply

ALTER TABLE account
    DROP CONSTRAINT account_role_check,
    ADD CONSTRAINT account_role_check
        CHECK (role IN ('customer', 'agent', 'operator')),
    ADD COLUMN factor_secret        bytea,
    ADD COLUMN factor_since         timestamptz,
    ADD COLUMN factor_step          bigint  NOT NULL DEFAULT 0,
    ADD COLUMN factor_offer         bytea,
    ADD COLUMN posted_resets_factor boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN account.factor_secret IS
    'Of the second factor, encrypted; null: there is none';
COMMENT ON COLUMN account.factor_step IS
    'Time step of the newest code that was used: it and older ones work no more';
COMMENT ON COLUMN account.factor_offer IS
    'Encrypted secret of a second factor that nobody confirmed yet';
COMMENT ON COLUMN account.posted_resets_factor IS
    'The newest letter also takes the second factor off, once it is used';

CREATE TABLE recovery_code (
    account_id bigint NOT NULL REFERENCES account ON DELETE CASCADE,
    locator    text   NOT NULL,
    code_hash  text   NOT NULL,
    used_at    timestamptz,
    PRIMARY KEY (account_id, locator)
);
COMMENT ON COLUMN recovery_code.locator IS
    'The first part of the code finds its row; the rest is the secret';

ALTER TABLE session
    ADD COLUMN id             bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    ADD COLUMN factor_pending boolean NOT NULL DEFAULT false,
    ADD COLUMN confirmed_at   timestamptz,
    ADD COLUMN device         text    NOT NULL DEFAULT '';
COMMENT ON COLUMN session.confirmed_at IS
    'When its owner last proved who he is; null: when it began';

ALTER TABLE letter
    DROP CONSTRAINT letter_reason_check,
    ADD CONSTRAINT letter_reason_check
        CHECK (reason IN ('first', 'forgotten', 'ordered'));
CREATE INDEX letter_written_at ON letter (written_at);
CREATE INDEX letter_file_name ON letter (file_name);

CREATE TABLE letter_request (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text        NOT NULL,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE letter_request IS
    'Who says that he forgot his credentials; looked up later, so that asking tells nothing';

CREATE INDEX audit_actor ON audit (actor, at DESC);

ALTER TABLE outage
    ADD COLUMN reported_by text,
    ADD COLUMN root_cause  text,
    ADD COLUMN uncertain   boolean NOT NULL DEFAULT false,
    ADD COLUMN flapping    boolean NOT NULL DEFAULT false;

CREATE TABLE outage_command (
    command_id   text PRIMARY KEY,
    action       text        NOT NULL,
    subject      text        NOT NULL,
    because      text        NOT NULL,
    commanded_by text        NOT NULL,
    commanded_at timestamptz NOT NULL,
    outcome      text,
    outage_id    text,
    window_id    text,
    code         text,
    reason       text,
    answered_at  timestamptz
);
CREATE INDEX outage_command_at ON outage_command (commanded_at DESC);
COMMENT ON TABLE outage_command IS
    'What network operations asked of outage-watcher, and its answer';

CREATE TABLE maintenance (
    window_id       text PRIMARY KEY,
    version         bigint      NOT NULL,
    state           text        NOT NULL,
    places          text[]      NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    takes_service   boolean     NOT NULL,
    voice_reachable boolean,
    note            text,
    announced_at    timestamptz NOT NULL
);
CREATE INDEX maintenance_ends_at ON maintenance (ends_at);

-- migrate: rollback

DROP TABLE maintenance, outage_command;
ALTER TABLE outage
    DROP COLUMN reported_by, DROP COLUMN root_cause, DROP COLUMN uncertain,
    DROP COLUMN flapping;
DROP INDEX audit_actor, letter_file_name, letter_written_at;
DROP TABLE letter_request, recovery_code;
DELETE FROM account WHERE role = 'operator';
DELETE FROM letter WHERE reason = 'ordered';
ALTER TABLE letter
    DROP CONSTRAINT letter_reason_check,
    ADD CONSTRAINT letter_reason_check CHECK (reason IN ('first', 'forgotten'));
ALTER TABLE session
    DROP COLUMN id, DROP COLUMN factor_pending, DROP COLUMN confirmed_at,
    DROP COLUMN device;
ALTER TABLE account
    DROP CONSTRAINT account_role_check,
    ADD CONSTRAINT account_role_check CHECK (role IN ('customer', 'agent')),
    DROP COLUMN factor_secret, DROP COLUMN factor_since, DROP COLUMN factor_step,
    DROP COLUMN factor_offer, DROP COLUMN posted_resets_factor;
