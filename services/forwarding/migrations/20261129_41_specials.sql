-- Whether a flip touches numbers whose target hangs on our lines is asked of an index.
-- depends: 20261128_61_shorter_record 20261129_32_ends_by_version

-- migrate: apply

-- One index for both: where the number hangs, and where its target does.
CREATE INDEX arming_special ON arming USING gin ((places || target_places))
  WITH (fastupdate = off) WHERE target_places IS NOT NULL;
DROP INDEX arming_target_places;

CREATE OR REPLACE FUNCTION record_outage(
    p_outage text, p_version integer, p_kind text, p_places text[], p_planned boolean,
    p_over boolean, p_reason text, p_occurred timestamptz, p_at timestamptz,
    p_first integer,
    OUT outcome text, OUT made bigint,
    OUT opened text[], OUT opened_planned boolean,
    OUT closed text[], OUT closed_planned boolean,
    OUT others text[], OUT others_planned text[], OUT since timestamptz,
    OUT raised text[], OUT lowered text[],
    OUT first_scopes text[], OUT first_hashes integer[], OUT first_heads text[],
    OUT special boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    known    outage%ROWTYPE;
    is_new   boolean;
    is_held  boolean;
    covered_else integer;
    wanted   text[] := CASE WHEN p_over THEN '{}' ELSE p_places END;
    f        flip%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 2);  -- facts_lock()
    outcome := 'recorded';
    INSERT INTO outage (outage_id, version, kind, occurred_at, cleared_at, reason)
         VALUES (p_outage, p_version, p_kind, p_occurred,
                 CASE WHEN p_over THEN p_at END, CASE WHEN p_over THEN p_reason END)
    ON CONFLICT (outage_id) DO NOTHING;
    is_new := FOUND;
    IF NOT is_new THEN
        SELECT * INTO known FROM outage o WHERE o.outage_id = p_outage;
        IF known.cleared_at IS NOT NULL THEN
            outcome := 'repeated';
            IF NOT p_over AND known.kind IS NULL THEN
                outcome := 'late';
                UPDATE outage o
                   SET kind = p_kind, occurred_at = p_occurred, late_at = p_at
                 WHERE o.outage_id = p_outage;
            END IF;
            RETURN;
        ELSIF known.version >= p_version AND NOT p_over THEN
            outcome := 'repeated';
            RETURN;
        END IF;
        UPDATE outage o
           SET version = p_version,
               kind = coalesce(p_kind, o.kind),
               occurred_at = coalesce(p_occurred, o.occurred_at),
               cleared_at = CASE WHEN p_over THEN p_at END,
               reason = CASE WHEN p_over THEN p_reason END
         WHERE o.outage_id = p_outage;
    END IF;

    f.opened := wanted;
    f.closed := '{}';
    f.closed_planned := false;
    IF NOT is_new THEN
        SELECT coalesce(array_agg(c.place), '{}'), coalesce(bool_or(c.planned), false)
          INTO f.closed, f.closed_planned
          FROM coverage c
         WHERE c.outage_id = p_outage
           AND (c.place <> ALL (wanted) OR c.planned <> p_planned);
        SELECT coalesce(array_agg(w), '{}')
          INTO f.opened
          FROM unnest(wanted) AS w
         WHERE NOT EXISTS (SELECT FROM coverage c
                            WHERE c.outage_id = p_outage
                              AND c.place = w AND c.planned = p_planned);
    END IF;
    IF cardinality(f.opened) + cardinality(f.closed) = 0 THEN
        RETURN;
    END IF;
    f.seq := nextval('flip_seq');
    f.outage_id := p_outage;
    f.reason := p_reason;
    f.opened_planned := p_planned;
    f.since := coalesce(p_occurred, known.occurred_at, p_at);
    f.made_at := p_at;
    IF cardinality(f.closed) > 0 THEN
        DELETE FROM coverage c
         WHERE c.outage_id = p_outage AND c.place = ANY (f.closed);
    END IF;
    -- Other coverage that bears on these scopes. Usually it is little: all of it.
    SELECT h.held, c.number, c.faults, c.works
      INTO is_held, covered_else, f.others, f.others_planned
      FROM hold h,
           (SELECT count(*) AS number,
                   coalesce(array_agg(place) FILTER (WHERE NOT planned), '{}') AS faults,
                   coalesce(array_agg(place) FILTER (WHERE planned), '{}') AS works
              FROM (SELECT place, planned FROM coverage LIMIT 17) few) c;
    IF covered_else > 16 THEN
        SELECT r.faults, r.works INTO f.others, f.others_planned
          FROM related_coverage(f.opened || f.closed) r;
    END IF;
    raised := '{}';
    lowered := '{}';
    IF cardinality(f.opened) > 0 THEN
        WITH covered AS (
            INSERT INTO coverage (place, outage_id, planned)
                 SELECT w, p_outage, p_planned FROM unnest(f.opened) AS w
        ), up AS (
            INSERT INTO flag AS g (place, planned, raised, seq)
                 SELECT w, p_planned, true, f.seq FROM unnest(f.opened) AS w
            ON CONFLICT (place, planned) DO UPDATE
                    SET raised = true, seq = EXCLUDED.seq
                  WHERE NOT g.raised
              RETURNING g.place
        )
        SELECT coalesce(array_agg(up.place), '{}') INTO raised FROM up;
    END IF;
    IF cardinality(f.closed) > 0 THEN
        WITH down AS (
            UPDATE flag g
               SET raised = false, seq = f.seq
             WHERE g.place = ANY (f.closed) AND g.planned = f.closed_planned
               AND g.raised
               AND NOT EXISTS (SELECT FROM coverage c
                                WHERE c.place = g.place AND c.planned = g.planned)
         RETURNING g.place
        )
        SELECT coalesce(array_agg(down.place), '{}') INTO lowered FROM down;
    END IF;

    IF is_held THEN
        -- Nothing is in effect while held: the flags are set, nobody is moved.
        f.opened := '{}';
        f.closed := '{}';
    END IF;
    INSERT INTO flip VALUES (f.*);
    made := f.seq;
    opened := f.opened;
    opened_planned := f.opened_planned;
    closed := f.closed;
    closed_planned := f.closed_planned;
    others := f.others;
    others_planned := f.others_planned;
    since := f.since;
    -- A flip that opens and closes at once is told in two streams, from scratch.
    -- Planned as if all were wanted: for the first alone, all of the table would be read.
    WITH special_ones AS MATERIALIZED (
        SELECT FROM arming a
         WHERE a.target_places IS NOT NULL
           AND (a.places || a.target_places) && (f.opened || f.closed)
    )
    SELECT array_agg(m.scope), array_agg(m.hash), array_agg(m.head),
           EXISTS (SELECT FROM special_ones)
      INTO first_scopes, first_hashes, first_heads, special
      FROM (SELECT *
              FROM moved(f.seq, f.opened || f.closed,
                         CASE WHEN p_over OR cardinality(f.opened) = 0
                              THEN f.closed_planned ELSE f.opened_planned END,
                         f.others, f.others_planned)
             WHERE cardinality(f.opened) = 0 OR cardinality(f.closed) = 0
             LIMIT p_first) m;
END
$$;

-- migrate: rollback

DROP INDEX arming_special;
CREATE INDEX arming_target_places ON arming USING gin (target_places)
 WHERE target_places IS NOT NULL;

CREATE OR REPLACE FUNCTION record_outage(
    p_outage text, p_version integer, p_kind text, p_places text[], p_planned boolean,
    p_over boolean, p_reason text, p_occurred timestamptz, p_at timestamptz,
    p_first integer,
    OUT outcome text, OUT made bigint,
    OUT opened text[], OUT opened_planned boolean,
    OUT closed text[], OUT closed_planned boolean,
    OUT others text[], OUT others_planned text[], OUT since timestamptz,
    OUT raised text[], OUT lowered text[],
    OUT first_scopes text[], OUT first_hashes integer[], OUT first_heads text[],
    OUT special boolean
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    known    outage%ROWTYPE;
    is_new   boolean;
    is_held  boolean;
    covered_else integer;
    wanted   text[] := CASE WHEN p_over THEN '{}' ELSE p_places END;
    f        flip%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 2);  -- facts_lock()
    outcome := 'recorded';
    INSERT INTO outage (outage_id, version, kind, occurred_at, cleared_at, reason)
         VALUES (p_outage, p_version, p_kind, p_occurred,
                 CASE WHEN p_over THEN p_at END, CASE WHEN p_over THEN p_reason END)
    ON CONFLICT (outage_id) DO NOTHING;
    is_new := FOUND;
    IF NOT is_new THEN
        SELECT * INTO known FROM outage o WHERE o.outage_id = p_outage;
        IF known.cleared_at IS NOT NULL THEN
            outcome := 'repeated';
            IF NOT p_over AND known.kind IS NULL THEN
                outcome := 'late';
                UPDATE outage o
                   SET kind = p_kind, occurred_at = p_occurred, late_at = p_at
                 WHERE o.outage_id = p_outage;
            END IF;
            RETURN;
        ELSIF known.version >= p_version AND NOT p_over THEN
            outcome := 'repeated';
            RETURN;
        END IF;
        UPDATE outage o
           SET version = p_version,
               kind = coalesce(p_kind, o.kind),
               occurred_at = coalesce(p_occurred, o.occurred_at),
               cleared_at = CASE WHEN p_over THEN p_at END,
               reason = CASE WHEN p_over THEN p_reason END
         WHERE o.outage_id = p_outage;
    END IF;

    f.opened := wanted;
    f.closed := '{}';
    f.closed_planned := false;
    IF NOT is_new THEN
        SELECT coalesce(array_agg(c.place), '{}'), coalesce(bool_or(c.planned), false)
          INTO f.closed, f.closed_planned
          FROM coverage c
         WHERE c.outage_id = p_outage
           AND (c.place <> ALL (wanted) OR c.planned <> p_planned);
        SELECT coalesce(array_agg(w), '{}')
          INTO f.opened
          FROM unnest(wanted) AS w
         WHERE NOT EXISTS (SELECT FROM coverage c
                            WHERE c.outage_id = p_outage
                              AND c.place = w AND c.planned = p_planned);
    END IF;
    IF cardinality(f.opened) + cardinality(f.closed) = 0 THEN
        RETURN;
    END IF;
    f.seq := nextval('flip_seq');
    f.outage_id := p_outage;
    f.reason := p_reason;
    f.opened_planned := p_planned;
    f.since := coalesce(p_occurred, known.occurred_at, p_at);
    f.made_at := p_at;
    IF cardinality(f.closed) > 0 THEN
        DELETE FROM coverage c
         WHERE c.outage_id = p_outage AND c.place = ANY (f.closed);
    END IF;
    -- Other coverage that bears on these scopes. Usually it is little: all of it.
    SELECT h.held, c.number, c.faults, c.works
      INTO is_held, covered_else, f.others, f.others_planned
      FROM hold h,
           (SELECT count(*) AS number,
                   coalesce(array_agg(place) FILTER (WHERE NOT planned), '{}') AS faults,
                   coalesce(array_agg(place) FILTER (WHERE planned), '{}') AS works
              FROM (SELECT place, planned FROM coverage LIMIT 17) few) c;
    IF covered_else > 16 THEN
        SELECT r.faults, r.works INTO f.others, f.others_planned
          FROM related_coverage(f.opened || f.closed) r;
    END IF;
    raised := '{}';
    lowered := '{}';
    IF cardinality(f.opened) > 0 THEN
        WITH covered AS (
            INSERT INTO coverage (place, outage_id, planned)
                 SELECT w, p_outage, p_planned FROM unnest(f.opened) AS w
        ), up AS (
            INSERT INTO flag AS g (place, planned, raised, seq)
                 SELECT w, p_planned, true, f.seq FROM unnest(f.opened) AS w
            ON CONFLICT (place, planned) DO UPDATE
                    SET raised = true, seq = EXCLUDED.seq
                  WHERE NOT g.raised
              RETURNING g.place
        )
        SELECT coalesce(array_agg(up.place), '{}') INTO raised FROM up;
    END IF;
    IF cardinality(f.closed) > 0 THEN
        WITH down AS (
            UPDATE flag g
               SET raised = false, seq = f.seq
             WHERE g.place = ANY (f.closed) AND g.planned = f.closed_planned
               AND g.raised
               AND NOT EXISTS (SELECT FROM coverage c
                                WHERE c.place = g.place AND c.planned = g.planned)
         RETURNING g.place
        )
        SELECT coalesce(array_agg(down.place), '{}') INTO lowered FROM down;
    END IF;

    IF is_held THEN
        -- Nothing is in effect while held: the flags are set, nobody is moved.
        f.opened := '{}';
        f.closed := '{}';
    END IF;
    INSERT INTO flip VALUES (f.*);
    made := f.seq;
    opened := f.opened;
    opened_planned := f.opened_planned;
    closed := f.closed;
    closed_planned := f.closed_planned;
    others := f.others;
    others_planned := f.others_planned;
    since := f.since;
    -- A flip that opens and closes at once is told in two streams, from scratch.
    SELECT array_agg(m.scope), array_agg(m.hash), array_agg(m.head),
           EXISTS (SELECT FROM arming a
                    WHERE a.target_places IS NOT NULL
                      AND (a.places && (f.opened || f.closed)
                           OR a.target_places && (f.opened || f.closed)))
      INTO first_scopes, first_hashes, first_heads, special
      FROM (SELECT *
              FROM moved(f.seq, f.opened || f.closed,
                         CASE WHEN p_over OR cardinality(f.opened) = 0
                              THEN f.closed_planned ELSE f.opened_planned END,
                         f.others, f.others_planned)
             WHERE cardinality(f.opened) = 0 OR cardinality(f.closed) = 0
             LIMIT p_first) m;
END
$$;
