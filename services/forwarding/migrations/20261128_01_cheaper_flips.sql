-- Flips cost PostgreSQL less.
-- depends: 20261123_02_initial

-- migrate: apply

-- As before, but what cannot exclude anybody is not asked of each scope: a mass outage
-- is usually the only one. These functions are inlined, so the planner drops it.
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

-- That a flip was told need not be on disk before anything goes on: forgotten in a crash
-- of the server, it is told again under the same ids.
CREATE FUNCTION mark_told(p_seq bigint, p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE flip SET told_at = p_at WHERE seq = p_seq;
END
$$;

-- migrate: rollback

DROP FUNCTION mark_told;

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
       AND NOT a.places && p_others
       AND NOT (a.planned AND a.places && p_others_planned)
       -- Asked once, so that a mass flip is streamed and not joined.
       AND (NOT (SELECT EXISTS (SELECT FROM cause WHERE shown))
            OR NOT EXISTS (SELECT FROM cause c
                            WHERE c.shown
                              AND c.number <= a.number AND c.last >= a.last
                              AND length(c.number) = length(a.number)))
$$;
