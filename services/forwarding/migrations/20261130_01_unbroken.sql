-- No version is given twice, also where PostgreSQL lost the commits that took it.
-- depends: 20261129_51_sheets 20261129_01_held_ranges

-- migrate: apply

-- PostgreSQL empties it whenever commits may be lost: when it recovers from a crash,
-- when a standby takes over, and in a base back-up that comes back. No clean stop does.
CREATE UNLOGGED TABLE unbroken (
    one boolean PRIMARY KEY DEFAULT true CHECK (one)
);
COMMENT ON TABLE unbroken IS 'has its row: flip_seq is past all that was ever given';
INSERT INTO unbroken DEFAULT VALUES;

-- Whoever gives versions asks for this first, on each new connection.
-- Returns the next version where flip_seq was moved, else null.
CREATE FUNCTION go_past_lost_versions() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    following bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE 'this standby has not taken over yet' USING ERRCODE = 'cannot_connect_now';
    END IF;
    IF EXISTS (SELECT FROM unbroken) THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext(current_schema()), 3);
    IF EXISTS (SELECT FROM unbroken) THEN  -- another connection was faster
        RETURN NULL;
    END IF;
    PERFORM set_config('synchronous_commit', 'on', true);
    -- Where nothing was given since the last move (is_called is false), as far as is
    -- known, it may be lost, too: a short step, so that no row of crashes uses
    -- versions up, of which a switch takes 999,999,999.
    SELECT setval('flip_seq', last_value + CASE WHEN is_called THEN 10000 ELSE 1000 END,
                  false)
      INTO following
      FROM flip_seq;
    INSERT INTO unbroken DEFAULT VALUES;
    RETURN following;
END
$$;

-- migrate: rollback

DROP FUNCTION go_past_lost_versions;
DROP TABLE unbroken;
