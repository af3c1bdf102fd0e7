-- What runs add to metrics: one row each, which is read as a point for each metric.

-- The points that a run has added to metrics. The id of each is that of the run.
CREATE OR REPLACE FUNCTION tenant.points_of(run run_metrics) RETURNS SETOF reported_metrics LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT (run).ended_run_id, (run).organization_id, (run).agent_id, p.metric_type, p.value, p.unit,
    CASE WHEN p.metric_type = 'run_status' THEN jsonb_build_object('status', (run).status) ELSE '{}'::jsonb END, (run).recorded_at
  FROM (VALUES
    ('response_time'::text, (run).response_time_ms, 'ms'::text),
    ('duration', (run).duration_ms, 'ms'),
    ('success_rate', CASE (run).status WHEN 'completed' THEN 100::numeric WHEN 'failed' THEN 0::numeric END, 'percent'),
    ('cost', (run).cost_usd, 'usd'),
    ('memory', (run).peak_memory_bytes, 'bytes'),
    ('accuracy', (run).accuracy_percent, 'percent'),
    ('run_status', 1::numeric, 'count')) AS p (metric_type, value, unit)
  WHERE p.value IS NOT NULL
$$;

-- All points of metrics: those that agents reported, and those of runs. What reads a part of it for each of many rows names the
-- tables themselves, so that their keys are used.
CREATE OR REPLACE VIEW agent_metrics WITH (security_invoker = true) AS
  SELECT m.id, m.organization_id, m.agent_id, m.metric_type, m.value, m.unit, m.metadata, m.recorded_at FROM reported_metrics m
  UNION ALL
  SELECT p.id, r.organization_id, r.agent_id, p.metric_type, p.value, p.unit, p.metadata, r.recorded_at
  FROM run_metrics r CROSS JOIN LATERAL tenant.points_of(r) p;
GRANT SELECT ON agent_metrics TO retinue_app;

-- What runs of agents that have ended add to metrics.
CREATE OR REPLACE FUNCTION tenant.metrics_of_runs(wanted uuid[], oldest timestamptz) RETURNS SETOF run_metrics LANGUAGE sql STABLE AS $$
  SELECT r.organization_id, r.agent_id, r.id, r.completed_at, r.status,
    CASE WHEN r.status IN ('completed', 'failed') THEN round(extract(epoch FROM r.completed_at - r.created_at) * 1000) END,
    CASE WHEN r.status IN ('completed', 'failed') THEN r.duration_ms::numeric END,
    (r.resource_usage ->> 'cost_usd')::numeric, nullif((r.resource_usage ->> 'peak_memory_bytes')::numeric, 0),
    (SELECT 100.0 * count(*) FILTER (WHERE f.value = 'up') / nullif(count(*), 0) FROM run_feedback f WHERE f.run_id = r.id)
  FROM runs r JOIN agents a ON a.organization_id = r.organization_id AND a.id = r.agent_id
  WHERE r.id = ANY (wanted) AND r.status IN ('completed', 'failed', 'cancelled') AND r.completed_at >= oldest
$$;

REVOKE ALL ON FUNCTION tenant.metrics_of_runs(uuid[], timestamptz) FROM PUBLIC;
