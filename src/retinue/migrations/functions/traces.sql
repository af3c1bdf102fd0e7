-- Traces: which runs each destination has yet to receive, and which process exports them.

-- Queues a run that has ended for every destination in use; none costs one look at an empty table. What a worker adds to a
-- cancelled run comes a little later, so that such a run is due later too.
CREATE OR REPLACE FUNCTION tenant.queue_trace() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO trace_exports (organization_id, run_id, destination, due_at, created_at)
    SELECT NEW.organization_id, NEW.id, d.name,
      tenant.now() + CASE WHEN NEW.status = 'cancelled' AND NEW.started_at IS NOT NULL THEN interval '15 seconds' ELSE interval '0' END,
      tenant.now()
    FROM trace_destinations d WHERE d.active_until > tenant.now();
  RETURN NULL;
END $$;

-- Notes that a destination is in use, for so long as its queue may grow old.
CREATE OR REPLACE FUNCTION tenant.use_trace_destination(which text, keep interval) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM trace_destinations d WHERE d.name = which
    AND d.active_until BETWEEN tenant.now() + keep * 0.9 AND tenant.now() + keep) THEN
    RETURN;
  END IF;
  INSERT INTO trace_destinations AS d (name, active_until) VALUES (which, tenant.now() + keep)
    ON CONFLICT ON CONSTRAINT trace_destinations_pkey DO UPDATE SET active_until = excluded.active_until;
END $$;

-- Gives a process the next runs of a destination, the oldest first. None while another process holds the destination or a
-- failure is still to be waited out.
CREATE OR REPLACE FUNCTION tenant.claim_traces(which text, claimant uuid, most integer, hold interval)
  RETURNS TABLE (id bigint, organization_id uuid, run_id uuid) LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF NOT EXISTS (SELECT FROM trace_exports e WHERE e.destination = which AND e.due_at <= tenant.now()) THEN
    RETURN;
  END IF;
  UPDATE trace_destinations d SET holder = claimant, held_until = tenant.now() + hold
    WHERE d.name = which AND (d.retry_at IS NULL OR d.retry_at <= tenant.now())
      AND (d.holder IS NULL OR d.holder = claimant OR d.held_until <= tenant.now());
  IF FOUND THEN
    RETURN QUERY SELECT e.id, e.organization_id, e.run_id FROM trace_exports e
      WHERE e.destination = which AND e.due_at <= tenant.now() ORDER BY e.id LIMIT most;
  END IF;
END $$;

-- Notes that a process still exports. Returns whether it does: another may have taken its place.
CREATE OR REPLACE FUNCTION tenant.hold_traces(which text, claimant uuid, hold interval) RETURNS boolean LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE trace_destinations d SET held_until = tenant.now() + hold WHERE d.name = which AND d.holder = claimant;
  RETURN FOUND;
END $$;

-- Removes runs that the destination has received, also when another process holds it now.
CREATE OR REPLACE FUNCTION tenant.complete_traces(which text, claimant uuid, done bigint[]) RETURNS void LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM trace_exports e WHERE e.id = ANY (done);
  UPDATE trace_destinations d SET failures = 0, retry_at = NULL, error = NULL, succeeded_at = tenant.now()
    WHERE d.name = which AND d.holder = claimant;
END $$;

-- Lets another process export. With a sentence, the attempt failed: none does for 2, 4, 8 … 300 seconds, or for ``delay`` when that
-- is longer.
CREATE OR REPLACE FUNCTION tenant.release_traces(which text, claimant uuid, sentence text DEFAULT NULL, delay interval DEFAULT NULL)
  RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE trace_destinations d SET holder = NULL, held_until = NULL, error = coalesce(sentence, d.error),
    failures = d.failures + (sentence IS NOT NULL)::integer, retry_at = CASE WHEN sentence IS NOT NULL
      THEN tenant.now() + greatest(make_interval(secs => least(2 ^ least(d.failures + 1, 9), 300)), delay) END
  WHERE d.name = which AND d.holder = claimant
$$;

-- Drops what is older than a destination's queue may grow, and the oldest beyond its length. Returns how many runs were dropped.
CREATE OR REPLACE FUNCTION tenant.trim_traces(which text, keep interval, most integer) RETURNS integer LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  dropped integer;
BEGIN
  DELETE FROM trace_exports e WHERE e.destination = which AND (e.created_at < tenant.now() - keep
    OR e.id <= (SELECT o.id FROM trace_exports o WHERE o.destination = which ORDER BY o.id DESC OFFSET most LIMIT 1));
  GET DIAGNOSTICS dropped = ROW_COUNT;
  IF dropped > 0 THEN
    UPDATE trace_destinations d SET dropped_count = d.dropped_count + dropped WHERE d.name = which;
  END IF;
  RETURN dropped;
END $$;

-- How each destination stands. ``waiting`` counts up to 100,000 runs.
CREATE OR REPLACE FUNCTION tenant.trace_standing() RETURNS TABLE (
  name text, is_active boolean, waiting bigint, oldest_seconds double precision, failures integer, error text,
  succeeded_at timestamptz, dropped_count bigint
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.name, d.active_until > tenant.now(),
    (SELECT count(*) FROM (SELECT FROM trace_exports e WHERE e.destination = d.name LIMIT 100000) few),
    coalesce((SELECT extract(epoch FROM tenant.now() - e.created_at)::double precision FROM trace_exports e
      WHERE e.destination = d.name ORDER BY e.id LIMIT 1), 0), d.failures, d.error, d.succeeded_at, d.dropped_count
  FROM trace_destinations d ORDER BY d.name
$$;

REVOKE ALL ON FUNCTION tenant.queue_trace(), tenant.use_trace_destination(text, interval),
  tenant.claim_traces(text, uuid, integer, interval), tenant.hold_traces(text, uuid, interval),
  tenant.complete_traces(text, uuid, bigint[]), tenant.release_traces(text, uuid, text, interval),
  tenant.trim_traces(text, interval, integer), tenant.trace_standing() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.use_trace_destination(text, interval), tenant.claim_traces(text, uuid, integer, interval),
  tenant.hold_traces(text, uuid, interval), tenant.complete_traces(text, uuid, bigint[]),
  tenant.release_traces(text, uuid, text, interval), tenant.trim_traces(text, interval, integer), tenant.trace_standing()
  TO retinue_app;
