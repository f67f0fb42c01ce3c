-- Targets that a customer named before, what his contract says of new ones, and holds.
-- depends: 20261128_09_recovery 20261128_05_waiting_wishes 20261128_13_partial

-- migrate: apply

CREATE TABLE known_target (
    customer_number text        NOT NULL,
    target          text COLLATE "C" NOT NULL,
    first_at        timestamptz NOT NULL,
    ready_at        timestamptz NOT NULL,
    added_by        text        NOT NULL,
    is_told         boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (customer_number, target)
);
CREATE INDEX known_target_first_at ON known_target (customer_number, first_at);
COMMENT ON TABLE known_target IS
    'Whatever a rule of the customer named: only what is not here is new';
COMMENT ON COLUMN known_target.target IS 'a number, or both ends of a block';
COMMENT ON COLUMN known_target.ready_at IS 'before that no rule may name it';
COMMENT ON COLUMN known_target.is_told IS 'whether his contacts heard that it is new';

-- What rules name already is nothing new to their owners.
INSERT INTO known_target (customer_number, target, first_at, ready_at, added_by, is_told)
     SELECT customer_number, target, min(asked_at), min(asked_at), min(asked_by), true
       FROM (SELECT customer_number, asked_at, asked_by,
                    rule->>'fallback_target' AS target
               FROM wish, LATERAL (VALUES (wished), (in_force)) AS r (rule)
              UNION ALL
             SELECT customer_number, asked_at, asked_by,
                    CASE WHEN number <> last AND (rule->>'keep_extension')::boolean
                         THEN concat(rule->>'target', '-+',
                                     substr(rule->>'target', 2)::bigint
                                     + substr(last, 2)::bigint
                                     - substr(number, 2)::bigint)
                         ELSE rule->>'target' END
               FROM wish, LATERAL (VALUES (wished), (in_force)) AS r (rule)
              WHERE rule->>'target' IS NOT NULL) AS named
      WHERE target IS NOT NULL
      GROUP BY customer_number, target;

ALTER TABLE customer
    ADD COLUMN new_target_wait   interval CHECK (new_target_wait >= interval '0'),
    ADD COLUMN new_targets_a_day integer  CHECK (new_targets_a_day >= 0);
COMMENT ON COLUMN customer.new_target_wait IS 'null: as the service is set';
COMMENT ON COLUMN customer.new_targets_a_day IS 'null: as the service is set';

CREATE TABLE hold (
    subject         text        NOT NULL CHECK (subject IN ('target', 'customer', 'all')),
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    held            boolean     NOT NULL,
    reason          text        NOT NULL,
    because         text        NOT NULL,
    version         integer     NOT NULL,
    held_by         text        NOT NULL,
    held_at         timestamptz NOT NULL,
    PRIMARY KEY (subject, number, last)
);
COMMENT ON TABLE hold IS
    'Forwardings that are held off, and that were: what was said last of each subject';
COMMENT ON COLUMN hold.number IS 'of a target the first number, of a customer his; else empty';

-- migrate: rollback

DROP TABLE hold, known_target;
ALTER TABLE customer DROP COLUMN new_target_wait, DROP COLUMN new_targets_a_day;
