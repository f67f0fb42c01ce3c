-- The events of many numbers are kept ready, so that a mass flip reads sheets, not rows.
-- depends: 20261129_41_specials 20261129_21_whose_cause

-- migrate: apply

-- A sheet holds what `arming` says of its scopes, as a flip tells it. It is spoilt by
-- any change of one of them, in the same transaction: its bytes are gone then.
CREATE TABLE sheet (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    elements   text[]   NOT NULL,
    places     text[]   NOT NULL,
    planned    boolean  NOT NULL,
    partitions integer  NOT NULL,
    partition  integer  NOT NULL,
    newest     bigint   NOT NULL,
    count      integer  NOT NULL,
    scope      bytea,
    head       bytea,
    varying    smallint[],
    columns    bytea,
    CHECK (num_nulls(scope, head, varying, columns) IN (0, 4))
);
-- Digits that differ from row to row do not pack well enough to be worth the time.
ALTER TABLE sheet ALTER columns SET STORAGE EXTERNAL;
CREATE INDEX sheet_elements ON sheet USING gin (elements) WITH (fastupdate = off);
CREATE INDEX sheet_places ON sheet USING gin (places) WITH (fastupdate = off);
CREATE INDEX sheet_spoilt ON sheet (id) WHERE columns IS NULL;
COMMENT ON COLUMN sheet.elements IS 'what all its scopes hang on';
COMMENT ON COLUMN sheet.places IS 'these, and what some of its scopes hang on';
COMMENT ON COLUMN sheet.partitions IS 'how many the topic had, of which this is for one';
COMMENT ON COLUMN sheet.newest IS 'the highest live_seq of its scopes';
COMMENT ON COLUMN sheet.scope IS 'of its first row; null: the sheet is spoilt';
COMMENT ON COLUMN sheet.columns IS 'see forwarding/sheets.py';

ALTER TABLE arming ADD sheet bigint REFERENCES sheet;
COMMENT ON COLUMN arming.sheet IS 'where its event is ready, unless that is spoilt';
CREATE INDEX arming_sheet ON arming (sheet) WHERE sheet IS NOT NULL;
-- Two ways to find the others: those of an outage, and all of them.
CREATE INDEX arming_on_no_sheet ON arming USING gin (places) WITH (fastupdate = off)
 WHERE sheet IS NULL;
CREATE INDEX arming_loose ON arming (scope) WHERE sheet IS NULL;

CREATE FUNCTION spoil_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE sheet SET scope = NULL, head = NULL, varying = NULL, columns = NULL
     WHERE id = OLD.sheet AND columns IS NOT NULL;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    -- It may hang elsewhere from now on, where its sheet is not looked for.
    NEW.sheet := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER arming_changes BEFORE UPDATE ON arming FOR EACH ROW
  WHEN (OLD.sheet IS NOT NULL AND NEW.sheet = OLD.sheet)
  EXECUTE FUNCTION spoil_sheet();
CREATE TRIGGER arming_goes BEFORE DELETE ON arming FOR EACH ROW
  WHEN (OLD.sheet IS NOT NULL)
  EXECUTE FUNCTION spoil_sheet();

-- On no sheet, and may be: what `moved` tells unless something else covers it.
CREATE FUNCTION on_no_sheet(a arming) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT a.sheet IS NULL AND a.live_seq IS NOT NULL AND NOT a.off
       AND a.value IS NOT NULL AND a.target_places IS NULL
$$;

CREATE FUNCTION on_no_sheet(
    a arming, p_level integer, p_elements text[], p_planned boolean
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT on_no_sheet(a) AND a.places && p_elements
       AND a.places[p_level:] = p_elements AND a.planned = p_planned
$$;

-- What `moved` says, and on which sheet each stands.
CREATE FUNCTION moved_with_sheet(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[]
) RETURNS TABLE (scope text, hash integer, head text, sheet bigint)
LANGUAGE sql STABLE AS $$
    SELECT a.scope, a.hash, a.head, a.sheet
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

CREATE OR REPLACE FUNCTION moved(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[]
) RETURNS TABLE (scope text, hash integer, head text) LANGUAGE sql STABLE AS $$
    SELECT m.scope, m.hash, m.head
      FROM moved_with_sheet(p_seq, p_places, p_planned, p_others, p_others_planned) m
$$;

-- The sheets of which a flip moves every row.
CREATE FUNCTION sheets_moved(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[], p_partitions integer
) RETURNS SETOF sheet LANGUAGE sql STABLE AS $$
    SELECT s.*
      FROM sheet s
     WHERE s.elements && p_places
       AND s.columns IS NOT NULL
       AND s.partitions = p_partitions
       AND s.newest < p_seq
       AND (NOT p_planned OR s.planned)
       AND (p_others = '{}' OR NOT s.places && p_others)
       AND (p_others_planned = '{}' OR NOT (s.planned AND s.places && p_others_planned))
       -- Whether it acts on the number is asked of its row.
       AND s.id <> ALL (ARRAY(
           SELECT a.sheet
             FROM cause c
             JOIN arming a ON a.number BETWEEN c.number AND c.last
                          AND length(a.number) = length(c.number)
            WHERE c.shown AND a.sheet IS NOT NULL))
$$;

-- What a flip moves beside these sheets.
CREATE FUNCTION moved_beside(
    p_seq bigint, p_places text[], p_planned boolean,
    p_others text[], p_others_planned text[], p_sheets bigint[]
) RETURNS TABLE (scope text, hash integer, head text) LANGUAGE sql STABLE AS $$
    SELECT m.scope, m.hash, m.head
      FROM moved_with_sheet(p_seq, p_places, p_planned, p_others, p_others_planned) m
     WHERE m.sheet IS NULL
     UNION ALL
    SELECT m.scope, m.hash, m.head
      FROM moved_with_sheet(p_seq, p_places, p_planned, p_others, p_others_planned) m
     WHERE m.sheet = ANY (ARRAY(
           SELECT s.id FROM sheet s
            WHERE s.places && p_places AND s.id <> ALL (p_sheets)))
$$;

-- migrate: rollback

DROP FUNCTION moved_beside;
DROP FUNCTION sheets_moved;

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

DROP FUNCTION moved_with_sheet;
DROP FUNCTION on_no_sheet(arming, integer, text[], boolean);
DROP FUNCTION on_no_sheet(arming);
DROP TRIGGER arming_goes ON arming;
DROP TRIGGER arming_changes ON arming;
DROP FUNCTION spoil_sheet;
ALTER TABLE arming DROP sheet;
DROP TABLE sheet;
