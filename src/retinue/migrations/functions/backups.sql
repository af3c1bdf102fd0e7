-- The daily backups: whether one is being made, when the last one that succeeded began, when and why the last one failed. A
-- row that says 'running' while nobody holds the lock was left by a process that was killed: it counts as failed.
CREATE OR REPLACE FUNCTION tenant.backup_state(
  OUT now timestamptz, OUT is_running boolean, OUT last_success_at timestamptz, OUT last_failure_at timestamptz, OUT error text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  key bigint := tenant.lock_key('backup');
BEGIN
  now := tenant.now();
  is_running := EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
      AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
      AND l.classid::bigint = (key >> 32) & 4294967295 AND l.objid::bigint = key & 4294967295);
  SELECT max(b.started_at) INTO last_success_at FROM backups b WHERE b.trigger = 'daily' AND b.status = 'succeeded';
  SELECT coalesce(b.finished_at, b.started_at), coalesce(b.error, 'The process that made it ended early.')
    INTO last_failure_at, error FROM backups b
    WHERE b.trigger = 'daily' AND (b.status = 'failed' OR (b.status = 'running' AND NOT backup_state.is_running))
    ORDER BY b.started_at DESC LIMIT 1;
END $$;

REVOKE ALL ON FUNCTION tenant.backup_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.backup_state() TO retinue_app;

-- The backup that a superuser asked for and nobody has begun. No row: there is none.
CREATE OR REPLACE FUNCTION tenant.requested_backup() RETURNS TABLE (id uuid, requested_at timestamptz) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.backup_request_id, i.backup_requested_at FROM installation i
  WHERE i.backup_request_id IS NOT NULL AND NOT EXISTS (SELECT FROM backups b WHERE b.id = i.backup_request_id)
$$;
REVOKE ALL ON FUNCTION tenant.requested_backup() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.requested_backup() TO retinue_app;

-- Asks for a backup, for superusers. One that was asked for and not begun stays the only one.
CREATE OR REPLACE FUNCTION tenant.request_backup(new_id uuid) RETURNS TABLE (id uuid, requested_at timestamptz)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT auth.is_superuser() THEN
    RAISE EXCEPTION 'not allowed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  UPDATE installation SET backup_request_id = new_id, backup_requested_at = tenant.now()
    WHERE NOT EXISTS (SELECT FROM tenant.requested_backup());
  RETURN QUERY SELECT r.id, r.requested_at FROM tenant.requested_backup() r;
END $$;
REVOKE ALL ON FUNCTION tenant.request_backup(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.request_backup(uuid) TO retinue_app;

-- The last rehearsal that was recorded, and the last one that succeeded.
CREATE OR REPLACE FUNCTION tenant.rehearsal_state(OUT now timestamptz, OUT last_at timestamptz, OUT error text, OUT last_success_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT tenant.now(), last.rehearsed_at, last.rehearsal_error,
    (SELECT max(b.rehearsed_at) FROM backups b WHERE b.rehearsal_error IS NULL)
  FROM (SELECT 1) one LEFT JOIN LATERAL (
    SELECT b.rehearsed_at, b.rehearsal_error FROM backups b WHERE b.rehearsed_at IS NOT NULL ORDER BY b.rehearsed_at DESC LIMIT 1) last ON true
$$;
REVOKE ALL ON FUNCTION tenant.rehearsal_state() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.rehearsal_state() TO retinue_app;

-- For alert rules: since when there is this installation, when the last backup that succeeded began and the last rehearsal that did was
-- made, and whether the last rehearsal failed. No row for an organization of which no superuser is a member.
CREATE OR REPLACE FUNCTION tenant.backups_for_alerts(organization uuid)
  RETURNS TABLE (began_at timestamptz, backed_up_at timestamptz, rehearsed_at timestamptz, is_rehearsal_failed boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.created_at, (SELECT max(b.started_at) FROM backups b WHERE b.status = 'succeeded'), r.last_success_at, r.error IS NOT NULL
  FROM installation i, tenant.rehearsal_state() r
  WHERE tenant.is_system() AND EXISTS (SELECT FROM memberships m JOIN users u ON u.id = m.user_id
    WHERE m.organization_id = organization AND u.is_superuser AND u.is_active)
$$;
REVOKE ALL ON FUNCTION tenant.backups_for_alerts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.backups_for_alerts(uuid) TO retinue_app;

-- For back-tests of alert rules, for superusers: since when there is this installation, and each backup that succeeded, with its last
-- rehearsal. No row for others.
CREATE OR REPLACE FUNCTION tenant.backup_history() RETURNS TABLE (began_at timestamptz, started_at timestamptz, finished_at timestamptz,
  rehearsed_at timestamptz, is_rehearsal_failed boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT i.created_at, b.started_at, b.finished_at, b.rehearsed_at, b.rehearsal_error IS NOT NULL
  FROM installation i LEFT JOIN backups b ON b.status = 'succeeded' WHERE auth.is_superuser()
$$;
REVOKE ALL ON FUNCTION tenant.backup_history() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.backup_history() TO retinue_app;

-- The newest attempts to back up this database, with their last rehearsals; for superusers, and no row for others.
CREATE OR REPLACE FUNCTION tenant.list_backups(most integer) RETURNS TABLE (id uuid, trigger text, status text, host text, place text,
  size_bytes bigint, error text, started_at timestamptz, finished_at timestamptz, rehearsed_at timestamptz, rehearsal_error text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT b.id, b.trigger, b.status, b.host, b.place, b.size_bytes, b.error, b.started_at, b.finished_at, b.rehearsed_at, b.rehearsal_error
  FROM backups b WHERE auth.is_superuser() ORDER BY b.started_at DESC, b.id DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION tenant.list_backups(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.list_backups(integer) TO retinue_app;

-- Notifies superusers that someone should look at the backups: once a day for the same message, and at once when it changes. Null:
-- nothing is wrong any more, so what is unread is read; the same message comes again after its day. Returns who has news, and where.
CREATE OR REPLACE FUNCTION tenant.notify_of_backups(new_message text) RETURNS TABLE (organization_id uuid, user_id uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  as_system text := current_setting('app.is_system', true);
BEGIN
  IF new_message IS NOT NULL THEN
    RETURN QUERY SELECT s.organization_id, s.user_id
      FROM tenant.notify_superusers('backup_problem', 'Backups need attention', 'backup_problem', new_message) s;
    RETURN;
  END IF;
  PERFORM set_config('app.is_system', 'on', true);
  RETURN QUERY UPDATE notifications n SET read_at = tenant.now() WHERE n.fold_key = 'backup_problem' AND n.read_at IS NULL
    RETURNING n.organization_id, n.user_id;
  PERFORM set_config('app.is_system', coalesce(as_system, ''), true);
END $$;
REVOKE ALL ON FUNCTION tenant.notify_of_backups(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.notify_of_backups(text) TO retinue_app;
