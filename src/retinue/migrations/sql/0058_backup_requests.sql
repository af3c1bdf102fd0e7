-- The backup that a superuser asked for: a worker makes it under this id.
ALTER TABLE installation ADD COLUMN backup_request_id uuid, ADD COLUMN backup_requested_at timestamptz;
