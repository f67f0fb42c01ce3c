-- The audit is sealed row by row, and the service may only add to it.
-- depends: 20261128_52_objections

-- migrate: apply

DO $$
DECLARE
    old audit%ROWTYPE;
BEGIN
    PERFORM set_config('timezone', 'UTC', true);
    FOR old IN SELECT * FROM audit ORDER BY id LOOP
        PERFORM seal_one(old.id::text, to_jsonb(old), '{id,at,action}');
    END LOOP;
END
$$;

CREATE CONSTRAINT TRIGGER audit_sealed AFTER INSERT ON audit
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION seal_row('id', 'at', 'action');

CREATE VIEW sealed AS
    SELECT id::text AS row_key,
           kept_part(to_jsonb(audit), '{id,at,action}') AS kept,
           erasable_part(to_jsonb(audit), '{id,at,action}') AS erasable,
           CASE WHEN action = 'customer_erased' THEN customer_number END AS erases,
           CASE WHEN action = 'customer_erased' THEN (detail ->> 'rows')::bigint END
               AS rows_erased
      FROM audit;
COMMENT ON COLUMN sealed.erases IS 'the pseudonym whose erasure the row tells';

-- The only way by which rows of the audit go: the oldest, in the order of the chain,
-- and none that is younger than 30 days, whoever asks.
CREATE FUNCTION forget_audit(p_before timestamptz) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    until bigint;
    gone  bigint;
BEGIN
    IF p_before > clock_timestamp() - interval '30 days' THEN
        RAISE EXCEPTION 'the audit is kept for at least 30 days';
    END IF;
    PERFORM seal_lock();
    SELECT s.place - 1 INTO until
      FROM seal s LEFT JOIN audit a ON a.id = s.row_key::bigint
     WHERE a.id IS NULL OR a.at >= p_before
     ORDER BY s.place LIMIT 1;
    until := coalesce(until, (SELECT max(place) FROM seal), 0);
    DELETE FROM audit a USING seal s
     WHERE a.id = s.row_key::bigint AND s.place <= until;
    GET DIAGNOSTICS gone = ROW_COUNT;
    PERFORM forget_seals(until) WHERE gone > 0;
    RETURN gone;
END
$$;

-- The only way by which rows of the audit change: whose they were goes, and that they
-- were erased is told by a row of its own.
CREATE FUNCTION erase_from_audit(
    p_customer text, p_names text[], p_pseudonym text, p_by text, p_at timestamptz
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    gone bigint;
BEGIN
    -- Rows of this very transaction are sealed at its end, so not erased before.
    SET CONSTRAINTS audit_sealed IMMEDIATE;
    PERFORM seal_lock();
    WITH erased AS (
        UPDATE audit
           SET customer_number = p_pseudonym, number = NULL, last = NULL, detail = '{}',
               actor = CASE WHEN actor = ANY (p_names) THEN p_pseudonym ELSE actor END
         WHERE customer_number = p_customer OR actor = ANY (p_names)
     RETURNING id
    )
    UPDATE seal SET salt = NULL, erased_as = p_pseudonym
     WHERE row_key IN (SELECT id::text FROM erased);
    GET DIAGNOSTICS gone = ROW_COUNT;
    INSERT INTO audit (at, customer_number, actor, action, detail)
         VALUES (p_at, p_pseudonym, p_by, 'customer_erased',
                 jsonb_build_object('rows', gone));
    RETURN gone;
END
$$;

DO $$
BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE ON audit FROM %I', current_schema());
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON sealed FROM %I', current_schema());
END
$$;

-- migrate: rollback

DO $$
BEGIN
    EXECUTE format('GRANT UPDATE, DELETE ON audit TO %I', current_schema());
END
$$;
DROP FUNCTION erase_from_audit;
DROP FUNCTION forget_audit;
DROP VIEW sealed;
DROP TRIGGER audit_sealed ON audit;
