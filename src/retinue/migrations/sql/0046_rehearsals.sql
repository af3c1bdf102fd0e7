-- The last rehearsal of each backup: when it ended, and why it failed.
ALTER TABLE backups ADD COLUMN rehearsed_at timestamptz, ADD COLUMN rehearsal_error text;
