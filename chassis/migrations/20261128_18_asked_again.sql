-- Dead letters that somebody asked for again are taken from their rows.
-- depends: 20261123_01_messages

-- migrate: apply

ALTER TABLE dead_letter ADD COLUMN asked_at timestamptz;
CREATE INDEX dead_letter_asked ON dead_letter (id) WHERE asked_at IS NOT NULL;

-- migrate: rollback

DROP INDEX dead_letter_asked;
ALTER TABLE dead_letter DROP COLUMN asked_at;
