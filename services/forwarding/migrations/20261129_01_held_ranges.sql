-- Holds that name nothing, or no range, are gone: one kept forwarding from starting.
-- depends: 20261128_51_holds

-- migrate: apply

DELETE FROM held
 WHERE CASE subject
       WHEN 'all' THEN number <> ''
       WHEN 'customer' THEN number = ''
       ELSE number = '' OR length(number) <> length(last)
         OR substr(last, 2)::bigint - substr(number, 2)::bigint NOT BETWEEN 0 AND 999
         OR substr(last, 2)::bigint - substr(number, 2)::bigint BETWEEN 1 AND 8
       END;

-- migrate: rollback

-- What is gone held nothing off: there is nothing to bring back.
SELECT 1;
