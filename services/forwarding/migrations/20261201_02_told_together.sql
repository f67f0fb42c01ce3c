-- In a storm one statement notes of many flips that they were told.
-- depends: 20261201_01_words

-- migrate: apply

-- Under a name of its own: instances of before still call the other.
CREATE FUNCTION mark_all_told(p_seqs bigint[], p_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE flip SET told_at = p_at WHERE seq = ANY (p_seqs);
END
$$;

-- migrate: rollback

DROP FUNCTION mark_all_told(bigint[], timestamptz);
