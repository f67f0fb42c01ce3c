-- Whether anything is ahead of the clock is asked whenever the timer looks.
-- depends: 20261128_71_gone_lines

-- migrate: apply

CREATE INDEX outage_since ON outage (since) WHERE state <> 'over';

-- migrate: rollback

DROP INDEX outage_since;
