-- What a customer set counts until his option ends, whichever is read first.
-- depends: 20261128_61_shorter_record

-- migrate: apply

CREATE TABLE option_end (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    ended_at        timestamptz NOT NULL,
    PRIMARY KEY (number, last, customer_number)
);
COMMENT ON TABLE option_end IS
    'newest end of the option: what its owner wished until then counts no more';

-- Where nobody knows any more when it was: no late end takes such a rule.
ALTER TABLE rule ADD COLUMN wished_at timestamptz NOT NULL DEFAULT 'infinity';
UPDATE rule r
   SET wished_at = h.changed_at
  FROM (SELECT number, last, max(changed_at) AS changed_at
          FROM rule_history WHERE rule IS NOT NULL
      GROUP BY number, last) h
 WHERE h.number = r.number AND h.last = r.last;

-- migrate: rollback

ALTER TABLE rule DROP COLUMN wished_at;
DROP TABLE option_end;
