-- Every plan is kept: a newer one need not replace the older.
-- depends: 20261130_01_lines_gone

-- migrate: apply

CREATE TABLE number_plan (
    customer_number text        NOT NULL,
    number          text COLLATE "C" NOT NULL,
    last            text COLLATE "C" NOT NULL,
    direction       text        NOT NULL,
    line            text        NOT NULL,
    effective_on    date        NOT NULL,
    ported          boolean     NOT NULL DEFAULT true,
    order_id        text,
    extension       text,
    told_at         timestamptz NOT NULL,
    PRIMARY KEY (customer_number, number, last, direction, line, effective_on)
);
CREATE INDEX number_plan_number ON number_plan (number);
COMMENT ON TABLE number_plan IS 'each day on which numbers come or go, as told last';
COMMENT ON COLUMN number_plan.ported IS
    'false: provisioned or moved; true also where the release before took it over';

-- What the release before tells and erases, while it runs beside this one. It has one
-- plan for each number and direction; this release writes both and finds it there.
CREATE FUNCTION keep_plan() RETURNS trigger
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM number_plan
         WHERE customer_number = OLD.customer_number
           AND number = OLD.number AND last = OLD.last;
        RETURN NULL;
    END IF;
    INSERT INTO number_plan AS known
                (customer_number, number, last, direction, line, effective_on,
                 order_id, extension, told_at)
         VALUES (NEW.customer_number, NEW.number, NEW.last, NEW.direction, NEW.line,
                 NEW.effective_on, NEW.order_id, NEW.extension, NEW.told_at)
    ON CONFLICT (customer_number, number, last, direction, line, effective_on)
      DO UPDATE
            SET order_id = excluded.order_id, extension = excluded.extension,
                told_at = excluded.told_at
          WHERE known.told_at < excluded.told_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER planned_number_kept AFTER INSERT OR UPDATE OR DELETE ON planned_number
    FOR EACH ROW EXECUTE FUNCTION keep_plan();

INSERT INTO number_plan
            (customer_number, number, last, direction, line, effective_on, order_id,
             extension, told_at)
     SELECT customer_number, number, last, direction, line, effective_on, order_id,
            extension, told_at
       FROM planned_number;

-- migrate: rollback

DROP TRIGGER planned_number_kept ON planned_number;
DROP FUNCTION keep_plan;
DROP TABLE number_plan;
