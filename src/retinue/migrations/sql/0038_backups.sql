-- Attempts to back up this database. Written by the process that makes the backup, as the owner; the serving role asks
-- tenant.backup_state() alone.
CREATE TABLE backups (
  id uuid CONSTRAINT backups_pkey PRIMARY KEY,
  trigger text NOT NULL CONSTRAINT backups_trigger_check CHECK (trigger IN ('manual', 'daily')),
  status text NOT NULL CONSTRAINT backups_status_check CHECK (status IN ('running', 'succeeded', 'failed')),
  host text NOT NULL,
  place text,
  size_bytes bigint,
  error text,
  started_at timestamptz NOT NULL DEFAULT tenant.now(),
  finished_at timestamptz,
  CONSTRAINT backups_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL))
);
CREATE INDEX backups_started_at_idx ON backups (started_at);
