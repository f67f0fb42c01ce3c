-- A drill or »divert now« of a block leaves another customer's number in it alone.
-- depends: 20261128_61_shorter_record

-- migrate: apply

CREATE FUNCTION acts_on(c cause, a arming) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT c.shown AND c.number <= a.number AND c.last >= a.last
       AND length(c.number) = length(a.number)
       AND (c.scope = a.scope OR a.value -> 'alone' IS NULL)
$$;
COMMENT ON FUNCTION acts_on IS 'what `diversion` gets as causes, for many scopes at once';

CREATE OR REPLACE FUNCTION moved(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[]
) RETURNS TABLE (scope text, hash integer, head text) LANGUAGE sql STABLE AS $$
    SELECT a.scope, a.hash, a.head
      FROM arming a
     WHERE a.places && p_places
       AND a.live_seq < p_seq
       AND NOT a.off
       AND a.value IS NOT NULL
       AND a.target_places IS NULL
       AND (NOT p_planned OR a.planned)
       AND (p_others = '{}' OR NOT a.places && p_others)
       AND (p_others_planned = '{}' OR NOT (a.planned AND a.places && p_others_planned))
       -- Asked once, so that a mass flip is streamed and not joined.
       AND (NOT (SELECT EXISTS (SELECT FROM cause WHERE shown))
            OR NOT EXISTS (SELECT FROM cause c WHERE acts_on(c, a)))
$$;

-- What is armed for such numbers is sent again, and told: some may have been diverted
-- by a block that is not theirs.
UPDATE arming a
   SET value = a.value || '{"alone": true}', seq = nextval('flip_seq'), live_seq = NULL,
       was_in_effect = a.was_in_effect
           OR EXISTS (SELECT FROM flip f WHERE f.told_at IS NULL)
           OR EXISTS (SELECT FROM coverage c WHERE c.place = ANY (a.places))
           OR EXISTS (SELECT FROM cause c WHERE acts_on(c, a)),
       attempts = 0, failure = NULL, try_at = '-infinity'
  FROM option own
 WHERE own.number = a.number AND own.last = a.last AND a.number = a.last
   AND a.value IS NOT NULL AND NOT a.off
   AND EXISTS (SELECT FROM option block
                WHERE block.number <> block.last
                  AND block.number <= a.number AND block.last >= a.last
                  AND length(block.number) = length(a.number)
                  AND block.customer_number <> own.customer_number);

-- migrate: rollback

CREATE OR REPLACE FUNCTION moved(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[]
) RETURNS TABLE (scope text, hash integer, head text) LANGUAGE sql STABLE AS $$
    SELECT a.scope, a.hash, a.head
      FROM arming a
     WHERE a.places && p_places
       AND a.live_seq < p_seq
       AND NOT a.off
       AND a.value IS NOT NULL
       AND a.target_places IS NULL
       AND (NOT p_planned OR a.planned)
       AND (p_others = '{}' OR NOT a.places && p_others)
       AND (p_others_planned = '{}' OR NOT (a.planned AND a.places && p_others_planned))
       -- Asked once, so that a mass flip is streamed and not joined.
       AND (NOT (SELECT EXISTS (SELECT FROM cause WHERE shown))
            OR NOT EXISTS (SELECT FROM cause c
                            WHERE c.shown
                              AND c.number <= a.number AND c.last >= a.last
                              AND length(c.number) = length(a.number)))
$$;
DROP FUNCTION acts_on;
