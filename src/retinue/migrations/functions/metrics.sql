-- Metrics: what ended runs add to them, roll-ups, and how long they are kept.

-- The bin of a value in a histogram of equal relative width: a value is at most 1 % from the middle of its bin, as in DDSketch
-- (Masson, Rim, Lee: DDSketch, VLDB 2019). Bins order as values do; negative values have negative bins, zero has bin 0.
CREATE OR REPLACE FUNCTION tenant.metric_bin(value numeric) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value = 0 THEN 0 ELSE sign(value)::integer * (5000 + ceil(ln(greatest(abs(value), 1e-30)::double precision)
    / ln(1.02::double precision))::integer) END
$$;

-- The value that stands for a bin.
CREATE OR REPLACE FUNCTION tenant.metric_of_bin(bin integer) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN bin = 0 THEN 0 ELSE sign(bin) * power(1.02::double precision, abs(bin) - 5000) * 2 / 2.02 END
$$;

-- Writes what some runs of agents add to metrics. What is new is added to the roll-ups at once: the caller holds the lock
-- under which these are made. What changes something, and what is ``rebuilt``, has its minutes rolled up again from all points: a
-- run that failed and was resumed counts once, when it ended last.
CREATE OR REPLACE FUNCTION tenant.write_run_metrics(wanted uuid[], rebuilt uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  oldest timestamptz := tenant.oldest_partition('run_metrics');
  known uuid[];
BEGIN
  -- An agent that is being deleted is waited for: its roll-ups go with it.
  PERFORM FROM agents a WHERE a.id IN (SELECT r.agent_id FROM runs r WHERE r.id = ANY (wanted)) ORDER BY a.id FOR KEY SHARE;
  WITH moved AS (
    DELETE FROM run_metrics m USING runs r WHERE r.id = ANY (wanted) AND r.lease > 1 AND m.organization_id = r.organization_id
      AND m.agent_id = r.agent_id AND m.recorded_at >= r.created_at AND m.recorded_at IS DISTINCT FROM r.completed_at
      AND m.ended_run_id = r.id
    RETURNING m.*
  )
  INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
  SELECT DISTINCT p.organization_id, p.agent_id, p.metric_type, date_trunc('minute', p.recorded_at)
  FROM moved m CROSS JOIN LATERAL tenant.points_of(ROW(m.*)::run_metrics) p;
  SELECT array_agg(r.id) INTO known FROM runs r WHERE r.id = ANY (wanted) AND (r.id = ANY (rebuilt) OR (
    -- As a sub-query, so that it is looked up by its key.
    SELECT true FROM run_metrics m WHERE m.organization_id = r.organization_id AND m.agent_id = r.agent_id
      AND m.recorded_at = r.completed_at AND m.ended_run_id = r.id));
  IF known IS NOT NULL THEN
    PERFORM tenant.replace_run_metrics(known, rebuilt, oldest);
    wanted := ARRAY(SELECT w.id FROM unnest(wanted) AS w (id) WHERE w.id <> ALL (known));
  END IF;
  WITH run AS MATERIALIZED (
    SELECT * FROM tenant.metrics_of_runs(wanted, oldest)
  ), entered AS (
    INSERT INTO run_metrics SELECT r.* FROM run r
  ), point AS MATERIALIZED (
    SELECT p.organization_id, p.agent_id, p.metric_type, p.value, p.unit, coalesce(p.metadata ->> 'status', '') AS label, p.recorded_at
    FROM run r CROSS JOIN LATERAL tenant.points_of(ROW(r.*)::run_metrics) p
  ), type AS (
    INSERT INTO metric_types (organization_id, metric_type, unit)
    SELECT DISTINCT p.organization_id, p.metric_type, p.unit FROM point p
    WHERE NOT EXISTS (SELECT FROM metric_types t WHERE t.organization_id = p.organization_id AND t.metric_type = p.metric_type)
    ON CONFLICT DO NOTHING
  ), share AS MATERIALIZED (
    SELECT p.organization_id, p.agent_id, p.metric_type, p.label, date_trunc('minute', p.recorded_at) AS minute,
      tenant.metric_bin(p.value) AS bin, count(*) AS number, sum(p.value) AS sum, min(p.value) AS min, max(p.value) AS max
    FROM point p GROUP BY 1, 2, 3, 4, 5, 6
  ), added AS (
    SELECT s.organization_id, s.agent_id, s.metric_type, w.resolution, date_trunc(w.resolution, s.minute, 'UTC') AS bucket, s.label,
      sum(s.number)::bigint AS count, sum(s.sum) AS sum, min(s.min) AS min, max(s.max) AS max,
      array_agg(s.bin) AS bins, array_agg(s.number) AS counts
    FROM share s CROSS JOIN (VALUES ('minute'), ('hour'), ('day')) AS w (resolution) GROUP BY 1, 2, 3, 4, 5, 6
  ), rolled_up AS (
    INSERT INTO metric_rollups AS r (organization_id, agent_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
    SELECT d.organization_id, d.agent_id, d.metric_type, d.resolution, d.bucket, d.label, d.count + coalesce(o.count, 0),
      d.sum + coalesce(o.sum, 0), least(d.min, o.min), greatest(d.max, o.max), h.bins, h.counts
    FROM added d LEFT JOIN metric_rollups o ON o.organization_id = d.organization_id AND o.agent_id = d.agent_id
      AND o.metric_type = d.metric_type AND o.resolution = d.resolution AND o.bucket = d.bucket AND o.label = d.label
    CROSS JOIN LATERAL tenant.add_bins(d.bins || o.bins, d.counts || o.counts) h
    ON CONFLICT ON CONSTRAINT metric_rollups_pkey DO UPDATE SET count = excluded.count, sum = excluded.sum, min = excluded.min,
      max = excluded.max, bins = excluded.bins, counts = excluded.counts
  ), added_to_all AS (
    SELECT s.organization_id, s.metric_type, w.resolution, date_trunc(w.resolution, s.minute, 'UTC') AS bucket, s.label,
      sum(s.number)::bigint AS count, sum(s.sum) AS sum, min(s.min) AS min, max(s.max) AS max,
      array_agg(s.bin) AS bins, array_agg(s.number) AS counts
    FROM share s CROSS JOIN (VALUES ('hour'), ('day')) AS w (resolution) GROUP BY 1, 2, 3, 4, 5
  )
  INSERT INTO metric_totals AS r (organization_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
  SELECT d.organization_id, d.metric_type, d.resolution, d.bucket, d.label, d.count + coalesce(o.count, 0),
    d.sum + coalesce(o.sum, 0), least(d.min, o.min), greatest(d.max, o.max), h.bins, h.counts
  FROM added_to_all d LEFT JOIN metric_totals o ON o.organization_id = d.organization_id AND o.metric_type = d.metric_type
    AND o.resolution = d.resolution AND o.bucket = d.bucket AND o.label = d.label
  CROSS JOIN LATERAL tenant.add_bins(d.bins || o.bins, d.counts || o.counts) h
  ON CONFLICT ON CONSTRAINT metric_totals_pkey DO UPDATE SET count = excluded.count, sum = excluded.sum, min = excluded.min,
    max = excluded.max, bins = excluded.bins, counts = excluded.counts;
END $$;

-- Puts the bins of a histogram that occur several times together, in their order.
CREATE OR REPLACE FUNCTION tenant.add_bins(given integer[], numbers bigint[], OUT bins integer[], OUT counts bigint[])
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_agg(b.bin ORDER BY b.bin), array_agg(b.number ORDER BY b.bin) FROM (
    SELECT h.bin, sum(h.number::double precision)::bigint AS number FROM unnest(given, numbers) AS h (bin, number) GROUP BY h.bin) b
$$;

-- Writes again what runs add to metrics that have added to them before; has the minutes of what changed, and all of those that
-- are ``rebuilt``, rolled up again.
CREATE OR REPLACE FUNCTION tenant.replace_run_metrics(wanted uuid[], rebuilt uuid[], oldest timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  WITH run AS MATERIALIZED (
    SELECT * FROM tenant.metrics_of_runs(wanted, oldest)
  ), entered AS (
    INSERT INTO run_metrics AS m SELECT r.* FROM run r
    ON CONFLICT ON CONSTRAINT run_metrics_pkey DO UPDATE SET status = excluded.status, response_time_ms = excluded.response_time_ms,
      duration_ms = excluded.duration_ms, cost_usd = excluded.cost_usd, peak_memory_bytes = excluded.peak_memory_bytes,
      accuracy_percent = excluded.accuracy_percent
      WHERE m.* IS DISTINCT FROM excluded.*
    RETURNING m.ended_run_id
  ), changed AS (
    SELECT r.organization_id, r.agent_id, t.metric_type, date_trunc('minute', r.recorded_at) AS minute, t.unit,
      t.metric_type <> 'accuracy' OR r.accuracy_percent IS NOT NULL AS is_there
    FROM run r CROSS JOIN (VALUES ('response_time', 'ms'), ('duration', 'ms'), ('success_rate', 'percent'), ('cost', 'usd'),
      ('memory', 'bytes'), ('accuracy', 'percent'), ('run_status', 'count')) AS t (metric_type, unit)
    WHERE r.ended_run_id = ANY (rebuilt) OR r.ended_run_id IN (SELECT e.ended_run_id FROM entered e)
  ), type AS (
    INSERT INTO metric_types (organization_id, metric_type, unit)
    SELECT DISTINCT c.organization_id, c.metric_type, c.unit FROM changed c WHERE c.is_there ON CONFLICT DO NOTHING
  )
  INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
  SELECT DISTINCT c.organization_id, c.agent_id, c.metric_type, c.minute FROM changed c;
END $$;

-- Writes what is counted of runs that ended. Of runs that cannot be counted together each half is, and so on, until the one is left
-- that cannot be read: it keeps no other from being counted.
CREATE OR REPLACE FUNCTION tenant.count_endings(ended uuid[], rebuilt uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  number integer := cardinality(ended);
BEGIN
  PERFORM tenant.write_model_calls(ended, rebuilt), tenant.write_run_metrics(ended, rebuilt), tenant.count_reported_spending(ended);
EXCEPTION WHEN data_exception OR integrity_constraint_violation THEN
  IF number = 1 THEN
    RAISE WARNING 'the metrics of run % were not written: %', ended[1], SQLERRM;
  ELSE
    PERFORM tenant.count_endings(ended[:number / 2], rebuilt), tenant.count_endings(ended[number / 2 + 1:], rebuilt);
  END IF;
END $$;

-- Takes runs that ended and writes their metrics and calls of models, in one transaction with their removal from the queue: a
-- worker that dies leaves all of it to the next one. What belongs to an organization that is being deleted is left. One worker at
-- a time, so that of two ends of a run the later one counts. Returns how many were taken.
CREATE OR REPLACE FUNCTION tenant.collect_endings(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  ended uuid[];
  rebuilt uuid[];
  taken integer;
BEGIN
  IF NOT pg_try_advisory_xact_lock(tenant.lock_key('collect_endings')) THEN
    RETURN 0;
  END IF;
  WITH gone AS (
    DELETE FROM run_endings WHERE ctid = ANY (ARRAY(
      SELECT e.ctid FROM run_endings e JOIN organizations o ON o.id = e.organization_id WHERE o.status = 'active' LIMIT most))
    RETURNING ended_run_id, is_rebuild
  )
  SELECT array_agg(DISTINCT g.ended_run_id), coalesce(array_agg(DISTINCT g.ended_run_id) FILTER (WHERE g.is_rebuild), '{}'), count(*)
    INTO ended, rebuilt, taken FROM gone g;
  IF taken = 0 THEN
    RETURN 0;
  END IF;
  PERFORM tenant.make_room(tenant.now());
  -- Who adds to sums and who makes them again wait for each other, always in this order.
  PERFORM pg_advisory_xact_lock(tenant.lock_key('roll_up_metrics'));
  PERFORM pg_advisory_xact_lock(tenant.lock_key('add_up_usage'));
  PERFORM tenant.count_endings(ended, rebuilt);
  RETURN taken;
END $$;

-- Writes the points that an agent reports, the oldest of them of an instant. With ``has_ids``, a point with an id that is there at
-- this time already is not written again; looking for that costs the others a fifth. Returns how many were written.
CREATE OR REPLACE FUNCTION tenant.report_metrics(organization uuid, agent uuid, points json, oldest timestamptz, has_ids boolean)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  written integer;
BEGIN
  PERFORM tenant.make_room(oldest);
  IF has_ids THEN
    WITH entered AS (
      INSERT INTO reported_metrics (id, organization_id, agent_id, metric_type, value, unit, metadata, recorded_at)
      SELECT coalesce(x.id, gen_random_uuid()), organization, agent, x.metric_type, x.value, x.unit, coalesce(x.metadata, '{}'), x.recorded_at
      FROM json_to_recordset(points) AS x (id uuid, metric_type text, value numeric, unit text, metadata jsonb, recorded_at timestamptz)
      ON CONFLICT ON CONSTRAINT reported_metrics_pkey DO NOTHING RETURNING reported_metrics.metric_type, reported_metrics.recorded_at
    ), changed AS (
      INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
      SELECT organization, agent, e.metric_type, date_trunc('minute', e.recorded_at) FROM entered e GROUP BY 3, 4
    )
    SELECT count(*) INTO written FROM entered;
  ELSE
    WITH entered AS (
      INSERT INTO reported_metrics (id, organization_id, agent_id, metric_type, value, unit, metadata, recorded_at)
      SELECT gen_random_uuid(), organization, agent, x.metric_type, x.value, x.unit, coalesce(x.metadata, '{}'), x.recorded_at
      FROM json_to_recordset(points) AS x (metric_type text, value numeric, unit text, metadata jsonb, recorded_at timestamptz)
      RETURNING reported_metrics.metric_type, reported_metrics.recorded_at
    ), changed AS (
      INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
      SELECT organization, agent, e.metric_type, date_trunc('minute', e.recorded_at) FROM entered e GROUP BY 3, 4
    )
    SELECT count(*) INTO written FROM entered;
  END IF;
  RETURN written;
END $$;

-- Rolls up the minutes of which points were reported, replaced or removed, and their hours and days, each from all that it consists of:
-- it may be repeated, and late points count. One worker at a time: two would each miss what the other has not committed. Returns how many changes were taken.
CREATE OR REPLACE FUNCTION tenant.roll_up_metrics(most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  oldest timestamptz := tenant.oldest_partition('run_metrics');
  organizations uuid[];
  agents uuid[];
  types text[];
  minutes timestamptz[];
  taken integer;
  all_organizations uuid[];
  all_types text[];
  all_minutes timestamptz[];
BEGIN
  IF NOT pg_try_advisory_xact_lock(tenant.lock_key('roll_up_metrics')) THEN
    RETURN 0;
  END IF;
  WITH gone AS (
    DELETE FROM metric_changes WHERE ctid = ANY (ARRAY(
      SELECT c.ctid FROM metric_changes c JOIN organizations o ON o.id = c.organization_id WHERE o.status = 'active' LIMIT most)) RETURNING *
  ), changed AS (
    SELECT g.organization_id, g.agent_id, g.metric_type, g.minute, count(*) AS number FROM gone g GROUP BY 1, 2, 3, 4
  )
  SELECT array_agg(c.organization_id) FILTER (WHERE a.id IS NOT NULL), array_agg(c.agent_id) FILTER (WHERE a.id IS NOT NULL),
    array_agg(c.metric_type) FILTER (WHERE a.id IS NOT NULL), array_agg(c.minute) FILTER (WHERE a.id IS NOT NULL),
    array_agg(c.organization_id), array_agg(c.metric_type), array_agg(c.minute), (SELECT count(*) FROM gone)
    INTO organizations, agents, types, minutes, all_organizations, all_types, all_minutes, taken
    FROM changed c LEFT JOIN agents a ON a.organization_id = c.organization_id AND a.id = c.agent_id AND c.minute >= oldest;
  DELETE FROM metric_rollups r USING unnest(organizations, agents, types, minutes) AS c (organization_id, agent_id, metric_type, minute)
    WHERE r.organization_id = c.organization_id AND r.agent_id = c.agent_id AND r.metric_type = c.metric_type
      AND r.resolution = 'minute' AND r.bucket = c.minute;
  INSERT INTO metric_rollups (organization_id, agent_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
  SELECT b.organization_id, b.agent_id, b.metric_type, 'minute', b.minute, b.label, sum(b.number), sum(b.sum), min(b.min), max(b.max),
    array_agg(b.bin ORDER BY b.bin), array_agg(b.number ORDER BY b.bin)
  FROM (
    SELECT c.organization_id, c.agent_id, c.metric_type, c.minute,
      CASE WHEN c.metric_type = 'run_status' THEN coalesce(m.metadata ->> 'status', '') ELSE '' END AS label,
      tenant.metric_bin(m.value) AS bin, count(*) AS number, sum(m.value) AS sum, min(m.value) AS min, max(m.value) AS max
    FROM unnest(organizations, agents, types, minutes) AS c (organization_id, agent_id, metric_type, minute)
    CROSS JOIN LATERAL (
      SELECT m.value, m.metadata FROM reported_metrics m WHERE m.organization_id = c.organization_id AND m.agent_id = c.agent_id
        AND m.metric_type = c.metric_type AND m.recorded_at >= c.minute AND m.recorded_at < c.minute + interval '1 minute'
      UNION ALL
      SELECT p.value, p.metadata FROM run_metrics r CROSS JOIN LATERAL tenant.points_of(r) p WHERE r.organization_id = c.organization_id
        AND r.agent_id = c.agent_id AND r.recorded_at >= c.minute AND r.recorded_at < c.minute + interval '1 minute'
        AND p.metric_type = c.metric_type
    ) m
    GROUP BY 1, 2, 3, 4, 5, 6
  ) b GROUP BY 1, 2, 3, 5, 6;
  PERFORM tenant.merge_rollups('minute', 'hour', organizations, agents, types, minutes);
  PERFORM tenant.merge_rollups('hour', 'day', organizations, agents, types, minutes);
  PERFORM tenant.merge_agents('hour', all_organizations, all_types, all_minutes),
    tenant.merge_agents('day', all_organizations, all_types, all_minutes);
  RETURN taken;
END $$;

-- Makes the roll-ups of a coarser resolution again that contain some instants, out of those of a finer one.
CREATE OR REPLACE FUNCTION tenant.merge_rollups(
  fine text, coarse text, organizations uuid[], agents uuid[], types text[], instants timestamptz[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  width interval := ('1 ' || coarse)::interval;
BEGIN
  DELETE FROM metric_rollups r USING unnest(organizations, agents, types, instants) AS c (organization_id, agent_id, metric_type, at)
    WHERE r.organization_id = c.organization_id AND r.agent_id = c.agent_id AND r.metric_type = c.metric_type
      AND r.resolution = coarse AND r.bucket = date_trunc(coarse, c.at, 'UTC');
  WITH changed AS MATERIALIZED (
    SELECT DISTINCT c.organization_id, c.agent_id, c.metric_type, date_trunc(coarse, c.at, 'UTC') AS bucket
    FROM unnest(organizations, agents, types, instants) AS c (organization_id, agent_id, metric_type, at)
  ), part AS MATERIALIZED (
    SELECT c.bucket AS whole, r.* FROM changed c JOIN metric_rollups r ON r.organization_id = c.organization_id
      AND r.agent_id = c.agent_id AND r.metric_type = c.metric_type AND r.resolution = fine
      AND r.bucket >= c.bucket AND r.bucket < c.bucket + width
  ), binned AS (
    SELECT p.organization_id, p.agent_id, p.metric_type, p.whole, p.label, h.bin, sum(h.number::double precision)::bigint AS number
    FROM part p, unnest(p.bins, p.counts) AS h (bin, number) GROUP BY 1, 2, 3, 4, 5, 6
  ), histogram AS (
    SELECT b.organization_id, b.agent_id, b.metric_type, b.whole, b.label, array_agg(b.bin ORDER BY b.bin) AS bins,
      array_agg(b.number ORDER BY b.bin) AS counts FROM binned b GROUP BY 1, 2, 3, 4, 5
  ), total AS (
    SELECT p.organization_id, p.agent_id, p.metric_type, p.whole, p.label, sum(p.count)::bigint AS count, sum(p.sum) AS sum,
      min(p.min) AS min, max(p.max) AS max FROM part p GROUP BY 1, 2, 3, 4, 5
  )
  INSERT INTO metric_rollups (organization_id, agent_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
  SELECT t.organization_id, t.agent_id, t.metric_type, coarse, t.whole, t.label, t.count, t.sum, t.min, t.max, h.bins, h.counts
  FROM total t JOIN histogram h USING (organization_id, agent_id, metric_type, whole, label);
END $$;

-- Makes the totals of all agents again that contain some instants, out of the roll-ups of each agent.
CREATE OR REPLACE FUNCTION tenant.merge_agents(width text, organizations uuid[], types text[], instants timestamptz[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM metric_totals t USING unnest(organizations, types, instants) AS c (organization_id, metric_type, at)
    WHERE t.organization_id = c.organization_id AND t.metric_type = c.metric_type AND t.resolution = width
      AND t.bucket = date_trunc(width, c.at, 'UTC');
  WITH changed AS MATERIALIZED (
    SELECT DISTINCT c.organization_id, c.metric_type, date_trunc(width, c.at, 'UTC') AS bucket
    FROM unnest(organizations, types, instants) AS c (organization_id, metric_type, at)
  ), part AS MATERIALIZED (
    SELECT r.* FROM changed c JOIN agents a ON a.organization_id = c.organization_id
    JOIN metric_rollups r ON r.organization_id = c.organization_id AND r.agent_id = a.id AND r.metric_type = c.metric_type
      AND r.resolution = width AND r.bucket = c.bucket
  ), binned AS (
    SELECT p.organization_id, p.metric_type, p.bucket, p.label, h.bin, sum(h.number::double precision)::bigint AS number
    FROM part p, unnest(p.bins, p.counts) AS h (bin, number) GROUP BY 1, 2, 3, 4, 5
  ), histogram AS (
    SELECT b.organization_id, b.metric_type, b.bucket, b.label, array_agg(b.bin ORDER BY b.bin) AS bins,
      array_agg(b.number ORDER BY b.bin) AS counts FROM binned b GROUP BY 1, 2, 3, 4
  ), total AS (
    SELECT p.organization_id, p.metric_type, p.bucket, p.label, sum(p.count)::bigint AS count, sum(p.sum) AS sum,
      min(p.min) AS min, max(p.max) AS max FROM part p GROUP BY 1, 2, 3, 4
  )
  INSERT INTO metric_totals (organization_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
  SELECT t.organization_id, t.metric_type, width, t.bucket, t.label, t.count, t.sum, t.min, t.max, h.bins, h.counts
  FROM total t JOIN histogram h USING (organization_id, metric_type, bucket, label);
END $$;

-- Has the totals made again that an agent is part of which is being deleted; its roll-ups go with it.
CREATE OR REPLACE FUNCTION tenant.subtract_metrics() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  -- What is being added to them is waited for.
  PERFORM FROM agents a WHERE a.organization_id = OLD.organization_id AND a.id = OLD.id FOR UPDATE;
  INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
  SELECT r.organization_id, r.agent_id, r.metric_type, r.bucket FROM metric_rollups r
  WHERE r.organization_id = OLD.organization_id AND r.agent_id = OLD.id AND r.resolution IN ('hour', 'day')
    AND EXISTS (SELECT FROM organizations o WHERE o.id = OLD.organization_id AND o.status = 'active');
  RETURN OLD;
END $$;

-- Makes partitions ahead, and deletes what is older than it is kept: points by whole weeks, roll-ups in batches. Minutes are kept at
-- least as long as points, hours as minutes, days as hours, so that what a late point changes is there. Returns how many roll-ups.
CREATE OR REPLACE FUNCTION tenant.keep_metrics(points integer, minutes integer, hours integer, days integer, most integer)
  RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  deleted integer;
BEGIN
  PERFORM tenant.make_partitions('reported_metrics', tenant.now() - make_interval(days => points), tenant.now() + interval '4 weeks');
  PERFORM tenant.drop_partitions('reported_metrics', tenant.now() - make_interval(days => points));
  PERFORM tenant.make_partitions('run_metrics', tenant.now() - make_interval(days => points), tenant.now() + interval '4 weeks');
  PERFORM tenant.drop_partitions('run_metrics', tenant.now() - make_interval(days => points));
  DELETE FROM metric_rollups WHERE ctid = ANY (ARRAY(
    SELECT r.ctid FROM (VALUES ('minute', minutes), ('hour', hours), ('day', days)) AS kept (resolution, number)
    JOIN metric_rollups r ON r.resolution = kept.resolution
      AND r.bucket < date_trunc('week', tenant.now() - make_interval(days => kept.number), 'UTC')
    LIMIT most));
  GET DIAGNOSTICS deleted = ROW_COUNT;
  DELETE FROM metric_totals t USING (VALUES ('hour', hours), ('day', days)) AS kept (resolution, number)
    WHERE t.resolution = kept.resolution AND t.bucket < date_trunc('week', tenant.now() - make_interval(days => kept.number), 'UTC');
  RETURN deleted;
END $$;

REVOKE ALL ON FUNCTION tenant.write_run_metrics(uuid[], uuid[]),
  tenant.replace_run_metrics(uuid[], uuid[], timestamptz), tenant.count_endings(uuid[], uuid[]), tenant.collect_endings(integer), tenant.roll_up_metrics(integer),
  tenant.merge_rollups(text, text, uuid[], uuid[], text[], timestamptz[]),
  tenant.merge_agents(text, uuid[], text[], timestamptz[]), tenant.subtract_metrics(),
  tenant.keep_metrics(integer, integer, integer, integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.collect_endings(integer), tenant.roll_up_metrics(integer),
  tenant.keep_metrics(integer, integer, integer, integer, integer) TO retinue_app;
