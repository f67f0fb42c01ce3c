-- The chain of seals: rows of an audit that nobody changes or takes out unseen.
-- depends: 20261128_18_asked_again

-- migrate: apply

CREATE TABLE seal (
    place     bigint PRIMARY KEY,
    row_key   text        NOT NULL UNIQUE,
    sealed_at timestamptz NOT NULL,
    salt      uuid,
    kept      bytea       NOT NULL,
    erasable  bytea       NOT NULL,
    hash      bytea       NOT NULL,
    erased_as text
);
COMMENT ON TABLE seal IS
    'One a row of the audit, in the order of commits; each hash covers the one before';
COMMENT ON COLUMN seal.kept IS 'digest of the part of the row that is never erased';
COMMENT ON COLUMN seal.erasable IS
    'digest of the rest and the salt; without the salt nobody can guess the rest';
COMMENT ON COLUMN seal.erased_as IS 'the pseudonym, once the rest was erased';

CREATE TABLE seal_start (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    place bigint NOT NULL,
    hash  bytea  NOT NULL
);
COMMENT ON TABLE seal_start IS
    'The last seal that was forgotten with its row: the chain goes on from its hash';

-- The two parts of a row as they are hashed. A column that is null is left out, so
-- that a new one changes nothing of the rows before it.
CREATE FUNCTION kept_part(whole jsonb, columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, value), '{}')::text
      FROM jsonb_each(whole)
     WHERE key = ANY (columns) AND value <> 'null'
$$;

CREATE FUNCTION erasable_part(whole jsonb, columns text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, value), '{}')::text
      FROM jsonb_each(whole)
     WHERE key <> ALL (columns) AND value <> 'null'
$$;

CREATE FUNCTION seal_lock() RETURNS void LANGUAGE sql AS $$
    SELECT pg_advisory_xact_lock(hashtext(current_schema()), 60)
$$;

CREATE FUNCTION seal_one(p_key text, p_whole jsonb, p_columns text[]) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    before   record;
    own_salt uuid := gen_random_uuid();
    kept     bytea := sha256(convert_to(kept_part(p_whole, p_columns), 'UTF8'));
    erasable bytea := sha256(uuid_send(own_salt)
                      || convert_to(erasable_part(p_whole, p_columns), 'UTF8'));
BEGIN
    PERFORM seal_lock();
    SELECT s.place, s.hash INTO before FROM seal s ORDER BY s.place DESC LIMIT 1;
    IF before.place IS NULL THEN
        SELECT s.place, s.hash INTO before FROM seal_start s;
    END IF;
    INSERT INTO seal (place, row_key, sealed_at, salt, kept, erasable, hash)
         VALUES (coalesce(before.place, 0) + 1, p_key, clock_timestamp(), own_salt,
                 kept, erasable,
                 sha256(coalesce(before.hash, '')
                        || int8send(coalesce(before.place, 0) + 1) || kept || erasable));
END
$$;

-- At the end of the transaction: the lock that puts seals in a row is then held for
-- the commit alone, and nobody waits for another lock while he has it.
-- Arguments: the key's column, then further columns that are never erased.
CREATE FUNCTION seal_row() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET timezone = 'UTC' AS $$
BEGIN
    PERFORM seal_one(to_jsonb(NEW) ->> TG_ARGV[0], to_jsonb(NEW), TG_ARGV);
    RETURN NULL;
END
$$;

-- Takes out the seals up to a place, whose rows the caller has deleted.
CREATE FUNCTION forget_seals(p_until bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO seal_start AS s (place, hash)
         SELECT place, hash FROM seal WHERE place = p_until
    ON CONFLICT (one) DO UPDATE SET place = EXCLUDED.place, hash = EXCLUDED.hash;
    DELETE FROM seal WHERE place <= p_until;
END
$$;

DO $$
BEGIN
    EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON seal, seal_start FROM %I',
                   current_schema());
    EXECUTE format('REVOKE EXECUTE ON FUNCTION seal_one, forget_seals FROM %I',
                   current_schema());
END
$$;

-- migrate: rollback

DROP FUNCTION forget_seals;
DROP FUNCTION seal_row;
DROP FUNCTION seal_one;
DROP FUNCTION seal_lock;
DROP FUNCTION erasable_part;
DROP FUNCTION kept_part;
DROP TABLE seal_start;
DROP TABLE seal;
