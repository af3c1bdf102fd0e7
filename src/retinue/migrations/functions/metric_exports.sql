-- Points of metrics on their way to an InfluxDB: which it has yet to receive, and which process sends them.

-- Queues new and changed points while a destination is in use; none costs one look at an empty table.
CREATE OR REPLACE FUNCTION tenant.queue_metrics() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM metric_destinations d WHERE d.active_until > tenant.now()) THEN
    RETURN NULL;
  END IF;
  INSERT INTO metric_exports (organization_id, agent_id, metric_type, value, unit, metadata, recorded_at, created_at)
    SELECT n.organization_id, n.agent_id, n.metric_type, n.value, n.unit, n.metadata, n.recorded_at, tenant.now()
    FROM new_rows n JOIN agents a ON a.organization_id = n.organization_id AND a.id = n.agent_id ORDER BY n.recorded_at;
  RETURN NULL;
END $$;

-- The same for the points of runs, which are one row of each.
CREATE OR REPLACE FUNCTION tenant.queue_run_metrics() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM metric_destinations d WHERE d.active_until > tenant.now()) THEN
    RETURN NULL;
  END IF;
  INSERT INTO metric_exports (organization_id, agent_id, metric_type, value, unit, metadata, recorded_at, created_at)
    SELECT p.organization_id, p.agent_id, p.metric_type, p.value, p.unit, p.metadata, p.recorded_at, tenant.now()
    FROM new_rows n JOIN agents a ON a.organization_id = n.organization_id AND a.id = n.agent_id
    CROSS JOIN LATERAL tenant.points_of(ROW(n.*)::run_metrics) p ORDER BY p.recorded_at;
  RETURN NULL;
END $$;

-- Notes that the destination is in use, for so long as its queue may grow old.
CREATE OR REPLACE FUNCTION tenant.use_metric_destination(keep interval) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM metric_destinations d WHERE d.active_until BETWEEN tenant.now() + keep * 0.9 AND tenant.now() + keep) THEN
    RETURN;
  END IF;
  INSERT INTO metric_destinations AS d (name, active_until) VALUES ('influxdb', tenant.now() + keep)
    ON CONFLICT ON CONSTRAINT metric_destinations_pkey DO UPDATE SET active_until = excluded.active_until;
END $$;

-- Gives a process the next points, the oldest first. None while another process sends or a failure is still to be waited out.
CREATE OR REPLACE FUNCTION tenant.claim_metrics(claimant uuid, most integer, hold interval) RETURNS TABLE (
  id bigint, organization_id uuid, agent_id uuid, agent_name text, metric_type text, value numeric, unit text, metadata jsonb,
  recorded_at timestamptz
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT FROM metric_exports) THEN
    RETURN;
  END IF;
  UPDATE metric_destinations d SET holder = claimant, held_until = tenant.now() + hold
    WHERE (d.retry_at IS NULL OR d.retry_at <= tenant.now())
      AND (d.holder IS NULL OR d.holder = claimant OR d.held_until <= tenant.now());
  IF FOUND THEN
    RETURN QUERY SELECT e.id, e.organization_id, e.agent_id, a.name, e.metric_type, e.value, e.unit, e.metadata, e.recorded_at
      FROM (SELECT * FROM metric_exports ORDER BY id LIMIT most) e
      JOIN agents a ON a.organization_id = e.organization_id AND a.id = e.agent_id ORDER BY e.id;
  END IF;
END $$;

-- Removes points that the destination has received, or refused: ``refused`` of them are lost.
CREATE OR REPLACE FUNCTION tenant.complete_metrics(claimant uuid, done bigint[], refused bigint) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM metric_exports e WHERE e.id = ANY (done);
  UPDATE metric_destinations d SET failures = 0, retry_at = NULL, error = NULL, succeeded_at = tenant.now(),
    dropped_count = d.dropped_count + refused WHERE d.holder = claimant;
END $$;

-- Lets another process send. With a sentence, the attempt failed: none is made for 2, 4, 8 … 300 seconds, or for ``delay`` when that is
-- longer.
CREATE OR REPLACE FUNCTION tenant.release_metrics(claimant uuid, sentence text DEFAULT NULL, delay interval DEFAULT NULL)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE metric_destinations d SET holder = NULL, held_until = NULL, error = coalesce(sentence, d.error),
    failures = d.failures + (sentence IS NOT NULL)::integer, retry_at = CASE WHEN sentence IS NOT NULL
      THEN tenant.now() + greatest(make_interval(secs => least(2 ^ least(d.failures + 1, 9), 300)), delay) END
  WHERE d.holder = claimant
$$;

-- Drops what is older than the queue may grow, and the oldest beyond its length. Returns how many points were dropped.
CREATE OR REPLACE FUNCTION tenant.trim_metrics(keep interval, most bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  dropped bigint;
BEGIN
  DELETE FROM metric_exports e WHERE e.created_at < tenant.now() - keep
    OR e.id <= (SELECT o.id FROM metric_exports o ORDER BY o.id DESC OFFSET most LIMIT 1);
  GET DIAGNOSTICS dropped = ROW_COUNT;
  IF dropped > 0 THEN
    UPDATE metric_destinations d SET dropped_count = d.dropped_count + dropped;
  END IF;
  RETURN dropped;
END $$;

-- How the destination stands; no row when there never was one. ``waiting`` counts up to 1,000,000 points.
CREATE OR REPLACE FUNCTION tenant.metric_export_standing() RETURNS TABLE (
  is_active boolean, waiting bigint, oldest_seconds double precision, failures integer, error text, dropped_count bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.active_until > tenant.now(), (SELECT count(*) FROM (SELECT FROM metric_exports LIMIT 1000000) few),
    coalesce((SELECT extract(epoch FROM tenant.now() - e.created_at)::double precision FROM metric_exports e ORDER BY e.id LIMIT 1), 0),
    d.failures, d.error, d.dropped_count
  FROM metric_destinations d
$$;

REVOKE ALL ON FUNCTION tenant.queue_metrics(), tenant.queue_run_metrics(), tenant.use_metric_destination(interval), tenant.claim_metrics(uuid, integer, interval),
  tenant.complete_metrics(uuid, bigint[], bigint), tenant.release_metrics(uuid, text, interval),
  tenant.trim_metrics(interval, bigint), tenant.metric_export_standing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.use_metric_destination(interval), tenant.claim_metrics(uuid, integer, interval),
  tenant.complete_metrics(uuid, bigint[], bigint), tenant.release_metrics(uuid, text, interval),
  tenant.trim_metrics(interval, bigint), tenant.metric_export_standing() TO retinue_app;
