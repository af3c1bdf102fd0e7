-- What organizations keep for a shorter time than the rest: counting it before, deleting it in batches.

-- Where the rows of a kind are: the table, the column of their time, and what else must hold. ``by_run``: they are found through
-- their runs, because no index begins with the organization; only those of runs that are over go.
CREATE OR REPLACE FUNCTION tenant.retained_rows(kind text) RETURNS TABLE (target regclass, at name, by_run boolean, more text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT k.target::regclass, k.at::name, k.by_run, k.more FROM (VALUES
    ('runs', 'runs', 'created_at', false, $c$status IN ('completed', 'failed', 'cancelled', 'waiting')$c$),
    ('logs', 'run_logs', 'timestamp', true, 'true'),
    ('events', 'run_events', 'created_at', true, 'true'),
    ('thoughts', 'agent_thoughts', 'created_at', true, 'true'),
    ('files', 'run_artifacts', 'created_at', true, 'true'),
    ('messages', 'messages', 'created_at', false, $c$status <> 'streaming'$c$),
    ('metrics', 'reported_metrics', 'recorded_at', false, 'true'),
    ('metrics', 'run_metrics', 'recorded_at', false, 'true'),
    ('metrics', 'metric_rollups', 'bucket', false, 'true'),
    ('metrics', 'metric_totals', 'bucket', false, 'true'),
    ('usage', 'api_usage', 'created_at', false, 'true'),
    ('usage', 'usage_hours', 'hour', false, 'true'),
    ('audit', 'audit_log', 'created_at', false, 'true'),
    ('alerts', 'alerts', 'triggered_at', false, $c$status = 'resolved'$c$),
    ('notifications', 'notifications', 'created_at', false, 'true')
  ) k (kind, target, at, by_run, more) WHERE k.kind = retained_rows.kind
$$;

-- What is deleted before this instant, when a kind is kept for so many days. Metrics and usage go by whole days in UTC, so that no
-- sum loses a part of what it was made of.
CREATE OR REPLACE FUNCTION tenant.retained_since(kind text, days integer) RETURNS timestamptz LANGUAGE sql STABLE
  SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN kind IN ('metrics', 'usage') THEN date_trunc('day', tenant.now() - make_interval(days => days), 'UTC')
    ELSE tenant.now() - make_interval(days => days) END
$$;

-- Counts what is older than so many days, up to a number for each table, and tells the oldest of what was counted.
CREATE OR REPLACE FUNCTION tenant.count_expired(organization uuid, kind text, days integer, most integer, OUT rows bigint, OUT oldest_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  found bigint;
  oldest timestamptz;
BEGIN
  IF NOT organization = ANY (tenant.organizations()) THEN
    RAISE EXCEPTION 'not an organization of this transaction' USING ERRCODE = 'insufficient_privilege';
  END IF;
  rows := 0;
  FOR each IN SELECT * FROM tenant.retained_rows(kind) LOOP
    IF each.by_run THEN
      EXECUTE format('SELECT count(*), min(at) FROM (SELECT t.%2$I AS at FROM runs r JOIN %1$s t ON t.run_id = r.id AND t.%2$I < $2
          WHERE r.organization_id = $1 AND r.created_at < $2 AND r.status IN (''completed'', ''failed'', ''cancelled'')
          ORDER BY r.created_at LIMIT $3) t', each.target, each.at)
        INTO found, oldest USING organization, tenant.retained_since(kind, days), most;
    ELSE
      EXECUTE format('SELECT count(*), min(at) FROM (SELECT %2$I AS at FROM %1$s WHERE organization_id = $1 AND %2$I < $2 AND %3$s
          ORDER BY %2$I LIMIT $3) t', each.target, each.at, each.more)
        INTO found, oldest USING organization, tenant.retained_since(kind, days), most;
    END IF;
    rows := rows + found;
    oldest_at := least(oldest_at, oldest);
  END LOOP;
END $$;

-- Organizations that keep some kind for a time of their own.
CREATE OR REPLACE FUNCTION tenant.list_own_retention() RETURNS TABLE (organization_id uuid, kind text, days integer) LANGUAGE sql STABLE
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT o.id, each.key, each.value::integer FROM organizations o CROSS JOIN LATERAL jsonb_each_text(o.retention) each
  WHERE o.retention <> '{}' AND o.status = 'active' AND each.value IS NOT NULL
$$;

-- Deletes rows of a kind that are older than the organization keeps them, up to a number; returns how many. Kinds that belong to runs
-- are deleted by ``delete_expired_of_runs``, and the others by their own packages.
CREATE OR REPLACE FUNCTION tenant.delete_retained(organization uuid, kind text, days integer, most integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  found integer;
  total integer := 0;
BEGIN
  IF kind NOT IN ('metrics', 'usage', 'notifications') THEN
    RAISE EXCEPTION 'not a kind that is deleted here: %', kind;
  END IF;
  FOR each IN SELECT * FROM tenant.retained_rows(kind) LOOP
    -- A partitioned table has rows of equal ctid in several partitions: the table is part of the place.
    EXECUTE format('WITH old AS (SELECT t.tableoid, t.ctid FROM %1$s t WHERE t.organization_id = $1 AND t.%2$I < $2 LIMIT $3 FOR UPDATE SKIP LOCKED)
        DELETE FROM %1$s t USING old WHERE t.organization_id = $1 AND t.%2$I < $2 AND t.tableoid = old.tableoid AND t.ctid = old.ctid',
      each.target, each.at) USING organization, tenant.retained_since(kind, days), most - total;
    GET DIAGNOSTICS found = ROW_COUNT;
    total := total + found;
    EXIT WHEN total >= most;
  END LOOP;
  RETURN total;
END $$;

-- Looks at so many runs that are over, from one run on, and deletes their rows of a kind that are older than the organization keeps
-- them, up to a number. Returns how many, and where to go on: null when it has looked at all runs.
CREATE OR REPLACE FUNCTION tenant.delete_expired_of_runs(organization uuid, kind text, days integer, runs_at_once integer, most integer,
  IN OUT after_at timestamptz, IN OUT after_id uuid, OUT deleted integer)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  each record;
  before timestamptz := tenant.retained_since(kind, days);
  ids uuid[];
  last_at timestamptz;
  last_id uuid;
BEGIN
  SELECT * INTO each FROM tenant.retained_rows(kind) r WHERE r.by_run AND kind <> 'files';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'not a kind that is deleted here: %', kind;
  END IF;
  SELECT array_agg(r.id), max(r.created_at), (array_agg(r.id ORDER BY r.created_at DESC, r.id DESC))[1] INTO ids, last_at, last_id FROM (
    SELECT r.id, r.created_at FROM runs r WHERE r.organization_id = organization AND r.created_at < before
      AND r.status IN ('completed', 'failed', 'cancelled')
      AND (after_at IS NULL OR (r.created_at, r.id) > (after_at, after_id))
    ORDER BY r.created_at, r.id LIMIT runs_at_once) r;
  EXECUTE format('DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
      SELECT t.ctid FROM %1$s t WHERE t.run_id = ANY ($1) AND t.%2$I < $2 LIMIT $3 FOR UPDATE SKIP LOCKED))', each.target, each.at)
    USING coalesce(ids, '{}'), before, most;
  GET DIAGNOSTICS deleted = ROW_COUNT;
  IF deleted < most THEN
    after_at := last_at;
    after_id := last_id;
  END IF;
END $$;

-- Names files of runs that are over and older than the organization keeps files, up to a number.
CREATE OR REPLACE FUNCTION tenant.list_expired_files(organization uuid, days integer, most integer) RETURNS TABLE (id uuid, storage_key text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id, a.storage_key FROM runs r JOIN run_artifacts a ON a.run_id = r.id AND a.created_at < tenant.retained_since('files', days)
  WHERE r.organization_id = organization AND r.created_at < tenant.retained_since('files', days)
    AND r.status IN ('completed', 'failed', 'cancelled')
  ORDER BY r.created_at LIMIT most
$$;
CREATE OR REPLACE FUNCTION tenant.delete_files_of_runs(organization uuid, ids uuid[]) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  found integer;
BEGIN
  DELETE FROM run_artifacts WHERE organization_id = organization AND id = ANY (ids);
  GET DIAGNOSTICS found = ROW_COUNT;
  RETURN found;
END $$;

REVOKE ALL ON FUNCTION tenant.retained_rows(text), tenant.retained_since(text, integer),
  tenant.count_expired(uuid, text, integer, integer), tenant.list_own_retention(), tenant.delete_retained(uuid, text, integer, integer),
  tenant.delete_expired_of_runs(uuid, text, integer, integer, integer, timestamptz, uuid),
  tenant.list_expired_files(uuid, integer, integer), tenant.delete_files_of_runs(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.count_expired(uuid, text, integer, integer), tenant.list_own_retention(),
  tenant.delete_retained(uuid, text, integer, integer),
  tenant.delete_expired_of_runs(uuid, text, integer, integer, integer, timestamptz, uuid),
  tenant.list_expired_files(uuid, integer, integer), tenant.delete_files_of_runs(uuid, uuid[]) TO retinue_app;
