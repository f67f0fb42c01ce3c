-- What operators commanded is sealed row by row, and the service may only add to it.
-- depends: 20261128_02_trace

-- migrate: apply

DO $$
DECLARE
    old command%ROWTYPE;
BEGIN
    PERFORM set_config('timezone', 'UTC', true);
    FOR old IN SELECT * FROM command ORDER BY at, id LOOP
        PERFORM seal_one(old.id, to_jsonb(old), '{id,at,action}');
    END LOOP;
END
$$;

CREATE CONSTRAINT TRIGGER command_sealed AFTER INSERT ON command
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION seal_row('id', 'at', 'action');

CREATE VIEW sealed AS
    SELECT id AS row_key,
           kept_part(to_jsonb(command), '{id,at,action}') AS kept,
           erasable_part(to_jsonb(command), '{id,at,action}') AS erasable,
           NULL::text AS erases, NULL::bigint AS rows_erased
      FROM command;

-- The only way by which commands go: the oldest, in the order of the chain, and none
-- that is younger than 30 days, whoever asks.
CREATE FUNCTION forget_commands(p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    until bigint;
    gone  bigint;
BEGIN
    IF p_before > clock_timestamp() - interval '30 days' THEN
        RAISE EXCEPTION 'commands are kept for at least 30 days';
    END IF;
    PERFORM seal_lock();
    SELECT s.place - 1 INTO until
      FROM seal s LEFT JOIN command c ON c.id = s.row_key
     WHERE c.id IS NULL OR c.at >= p_before
     ORDER BY s.place LIMIT 1;
    until := coalesce(until, (SELECT max(place) FROM seal), 0);
    DELETE FROM command c USING seal s WHERE c.id = s.row_key AND s.place <= until;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM forget_seals(until) WHERE gone > 0;
    RETURN gone;
END
$$;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON command FROM %I', current_schema());
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON sealed FROM %I', current_schema());
END
$$;

-- migrate: rollback

DO $$
BEGIN
    EXECUTE format('GRANT UPDATE, DELETE ON command TO %I', current_schema());
END
$$;
DROP FUNCTION forget_commands;
DROP VIEW sealed;
DROP TRIGGER command_sealed ON command;
