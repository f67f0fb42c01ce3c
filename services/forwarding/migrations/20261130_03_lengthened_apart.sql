-- A block's rule diverts no call that lengthens a number which is not the block's.
-- depends: 20261130_02_wishes_in_turn

-- migrate: apply

-- What keeps such numbers off their block is sent again. Nothing is told of it: calls
-- to these numbers themselves were not diverted before.
UPDATE arming a
   SET value = a.value || '{"alone": true}', seq = nextval('flip_seq'), live_seq = NULL,
       attempts = 0, failure = NULL, try_at = '-infinity'
  FROM option own
 WHERE own.number = a.number AND own.last = a.last AND a.number = a.last
   AND a.value IS NOT NULL AND a.off
   AND (NOT own.enabled
        OR EXISTS (SELECT FROM option block
                    WHERE block.number <> block.last
                      AND block.number <= a.number AND block.last >= a.last
                      AND length(block.number) = length(a.number)
                      AND block.customer_number <> own.customer_number));

-- migrate: rollback

UPDATE arming
   SET value = value - 'alone', seq = nextval('flip_seq'), live_seq = NULL,
       attempts = 0, failure = NULL, try_at = '-infinity'
 WHERE off AND value -> 'alone' IS NOT NULL;
