-- Facts, rules, what the switch holds, and the flips that follow from them.
-- depends: 20261123_01_messages

-- migrate: apply

-- Every change of a fact or of what the switch acknowledged takes the next number,
-- one at a time (see facts_lock), so its order is the order of commits.
CREATE SEQUENCE flip_seq;

CREATE FUNCTION facts_lock() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtext(current_schema()), 2)
$$;

-- The service may take numbers but not set them; this is the one exception.
CREATE FUNCTION advance_flip_seq(past bigint) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT setval('flip_seq', greatest(past, nextval('flip_seq')))
$$;

CREATE TABLE line (
    line            text PRIMARY KEY,
    customer_number text    NOT NULL,
    places          text[]  NOT NULL,
    version         integer NOT NULL
);
CREATE INDEX line_places ON line USING gin (places) WITH (fastupdate = off);
COMMENT ON COLUMN line.places IS 'the line itself, then the elements above it, nearest first';

CREATE TABLE option (
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text    NOT NULL,
    order_id        text    NOT NULL,
    line            text    NOT NULL,
    enabled         boolean NOT NULL,
    version         integer NOT NULL,
    PRIMARY KEY (number, last)
);
CREATE INDEX option_line ON option (line);
COMMENT ON COLUMN option.last IS 'equal to number for a single number';

CREATE TABLE rule (
    number               text COLLATE "C" NOT NULL,
    last                 text COLLATE "C" NOT NULL,
    customer_number      text    NOT NULL,
    enabled              boolean NOT NULL,
    target               text COLLATE "C",
    keep_extension       boolean NOT NULL,
    fallback_target      text COLLATE "C",
    follows_planned_work boolean NOT NULL,
    allowed_countries    text[]  NOT NULL,
    flagged              text,
    PRIMARY KEY (number, last)
);
CREATE INDEX rule_target ON rule (target);
CREATE INDEX rule_customer ON rule (customer_number);

CREATE TABLE request (
    customer_number text    NOT NULL,
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    version         integer NOT NULL,
    PRIMARY KEY (customer_number, number, last)
);
COMMENT ON TABLE request IS 'the newest wish that was looked at, so that an older one does nothing';

-- Wishes that overtook the fact which opens their number: looked at when it comes.
CREATE TABLE early_wish (
    request_id  text PRIMARY KEY,
    number      text COLLATE "C" NOT NULL,
    last        text COLLATE "C" NOT NULL,
    wish        jsonb       NOT NULL,
    version     integer     NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX early_wish_number ON early_wish (number, last);

CREATE TABLE rule_history (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text        NOT NULL,
    rule            jsonb,
    reason          text        NOT NULL,
    changed_by      text        NOT NULL,
    changed_at      timestamptz NOT NULL
);
CREATE INDEX rule_history_number ON rule_history (number, last);

-- What the switch shall hold for a number or block, and whether it does.
CREATE TABLE arming (
    scope           text COLLATE "C" PRIMARY KEY,
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    customer_number text     NOT NULL,
    places          text[]   NOT NULL,
    value           jsonb,
    off             boolean  NOT NULL,
    planned         boolean  NOT NULL,
    target_places   text[],
    head            text     NOT NULL,
    hash            integer  NOT NULL,
    seq             bigint   NOT NULL,
    live_seq        bigint,
    was_in_effect   boolean  NOT NULL DEFAULT false,
    told            text,
    attempts        integer  NOT NULL DEFAULT 0,
    failure         text,
    failure_told    boolean  NOT NULL DEFAULT false,
    try_at          timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE INDEX arming_places ON arming USING gin (places) WITH (fastupdate = off);
CREATE INDEX arming_target_places ON arming USING gin (target_places)
 WHERE target_places IS NOT NULL;
CREATE INDEX arming_pending ON arming (seq) WHERE live_seq IS NULL;
CREATE INDEX arming_number ON arming (number, last);
COMMENT ON COLUMN arming.value IS 'what the switch is told; null: it shall forget the scope';
COMMENT ON COLUMN arming.live_seq IS 'when the switch acknowledged seq; null until then';
COMMENT ON COLUMN arming.told IS 'of those with target_places: where calls went by the last event';
COMMENT ON COLUMN arming.head IS 'the part of ForwardingApplied that all its events share';

-- Numbers that follow their block again and were told by themselves that calls are
-- diverted: with an entry of their own they are told again, also when calls are not.
CREATE TABLE told_apart (
    scope text COLLATE "C" PRIMARY KEY
);

-- A drill or »divert now« for a number, or for a block and all that lies in it.
CREATE TABLE cause (
    scope      text COLLATE "C" NOT NULL,
    number     text COLLATE "C" NOT NULL,
    last       text COLLATE "C" NOT NULL,
    type       text        NOT NULL CHECK (type IN ('manual', 'drill')),
    id         text        NOT NULL,
    since      timestamptz NOT NULL,
    ends_at    timestamptz,
    active     boolean     NOT NULL,
    seq        bigint      NOT NULL,
    live       boolean     NOT NULL DEFAULT false,
    shown      boolean     NOT NULL DEFAULT false,
    started_by text        NOT NULL,
    try_at     timestamptz NOT NULL DEFAULT '-infinity',
    PRIMARY KEY (scope, type)
);
CREATE INDEX cause_pending ON cause (seq) WHERE NOT live;
CREATE INDEX cause_ends ON cause (ends_at) WHERE active;
COMMENT ON COLUMN cause.live IS 'whether the switch acknowledged seq';
COMMENT ON COLUMN cause.shown IS 'whether the cause acts there, by what it acknowledged';

CREATE TABLE outage (
    outage_id   text PRIMARY KEY,
    version     integer     NOT NULL,
    kind        text,
    occurred_at timestamptz,
    cleared_at  timestamptz,
    reason      text,
    late_at     timestamptz
);
COMMENT ON COLUMN outage.late_at IS 'when it was first heard of after it was over';

-- Which places an open outage takes down; a row is what "covered" means.
CREATE TABLE coverage (
    place     text    NOT NULL,
    outage_id text    NOT NULL REFERENCES outage,
    planned   boolean NOT NULL,
    PRIMARY KEY (place, outage_id)
);
CREATE INDEX coverage_outage ON coverage (outage_id);

-- What the switch shall show for a place: one flag diverts all its armed numbers.
CREATE TABLE flag (
    place   text    NOT NULL,
    planned boolean NOT NULL,
    raised  boolean NOT NULL,
    seq     bigint  NOT NULL,
    PRIMARY KEY (place, planned)
);

CREATE TABLE hold (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    held boolean NOT NULL,
    seq  bigint  NOT NULL
);
INSERT INTO hold (held, seq) VALUES (false, 0);

-- A flip by an outage: the durable fact, and the entry that says whether it was told.
-- No row a number: who is meant follows from these columns and from arming.
CREATE TABLE flip (
    seq            bigint PRIMARY KEY,
    outage_id      text,
    reason         text        NOT NULL,
    opened         text[]      NOT NULL,
    opened_planned boolean     NOT NULL,
    closed         text[]      NOT NULL,
    closed_planned boolean     NOT NULL,
    others         text[]      NOT NULL,
    others_planned text[]      NOT NULL,
    since          timestamptz NOT NULL,
    made_at        timestamptz NOT NULL,
    told_at        timestamptz
);
CREATE INDEX flip_untold ON flip (seq) WHERE told_at IS NULL;
COMMENT ON COLUMN flip.others IS 'places that other causes covered before and after';

-- The scopes that a flip moves one way: armed and acknowledged before it, on its
-- places, and covered by nothing else before and after.
CREATE FUNCTION moved(
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

-- Other coverage that bears on scopes under these places. A storm of many small
-- outages must not make every flip carry all of them.
CREATE FUNCTION related_coverage(
    p_places text[], OUT faults text[], OUT works text[]
) LANGUAGE plpgsql STABLE AS $$
DECLARE
    found integer;
BEGIN
    SELECT count(*), coalesce(array_agg(c.place) FILTER (WHERE NOT c.planned), '{}'),
           coalesce(array_agg(c.place) FILTER (WHERE c.planned), '{}')
      INTO found, faults, works
      FROM (SELECT place, planned FROM coverage LIMIT 17) c;
    IF found > 16 THEN
        SELECT coalesce(array_agg(DISTINCT c.place) FILTER (WHERE NOT c.planned), '{}'),
               coalesce(array_agg(DISTINCT c.place) FILTER (WHERE c.planned), '{}')
          INTO faults, works
          FROM (SELECT unnest(l.places) AS at FROM line l WHERE l.places && p_places
                 UNION
                SELECT unnest(p_places)) AS near
          JOIN coverage c ON c.place = near.at;
    END IF;
END
$$;

-- Record what an outage is now, or that it is over, and return the flip that this
-- makes with the first numbers it moves: one round trip in the usual case.
CREATE FUNCTION record_outage(
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
    is_held  boolean;
    wanted   text[] := CASE WHEN p_over THEN '{}' ELSE p_places END;
    f        flip%ROWTYPE;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 2);  -- facts_lock()
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
    outcome := 'recorded';
    INSERT INTO outage AS o (outage_id, version, kind, occurred_at, cleared_at, reason)
         VALUES (p_outage, p_version, p_kind, p_occurred,
                 CASE WHEN p_over THEN p_at END, CASE WHEN p_over THEN p_reason END)
    ON CONFLICT (outage_id) DO UPDATE
            SET version = EXCLUDED.version,
                kind = coalesce(EXCLUDED.kind, o.kind),
                occurred_at = coalesce(EXCLUDED.occurred_at, o.occurred_at),
                cleared_at = EXCLUDED.cleared_at,
                reason = EXCLUDED.reason;

    f.opened := wanted;
    f.closed := '{}';
    f.closed_planned := false;
    IF known.outage_id IS NOT NULL THEN
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
    SELECT r.faults, r.works INTO f.others, f.others_planned
      FROM related_coverage(f.opened || f.closed) r;
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

    SELECT h.held INTO is_held FROM hold h;
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

-- migrate: rollback

DROP FUNCTION record_outage;
DROP FUNCTION related_coverage;
DROP FUNCTION moved;
DROP TABLE flip, hold, flag, coverage, outage, cause, told_apart, arming, rule_history,
           early_wish, request, rule, option, line;
DROP FUNCTION advance_flip_seq;
DROP FUNCTION facts_lock;
DROP SEQUENCE flip_seq;
