-- What a run adds to metrics is one row instead of six or seven; ``agent_metrics`` is a view of these and of the points that agents report
-- (functions/metrics.sql). Usage has the one B-tree that makes a repeated request one, and a small index of its times, persons and agents.

ALTER TABLE agent_metrics RENAME TO reported_metrics;
ALTER TABLE reported_metrics RENAME CONSTRAINT agent_metrics_pkey TO reported_metrics_pkey;
ALTER TABLE reported_metrics RENAME CONSTRAINT agent_metrics_metric_type_check TO reported_metrics_metric_type_check;
ALTER TABLE reported_metrics RENAME CONSTRAINT agent_metrics_unit_check TO reported_metrics_unit_check;
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'reported_metrics'::regclass LOOP
    EXECUTE format('ALTER TABLE public.%I RENAME TO %I', each.relname, 'reported_metrics_' || right(each.relname, 8));
  END LOOP;
END $$;

-- What runs of agents add to metrics when they end.
CREATE TABLE run_metrics (
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  ended_run_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT now(),
  status text NOT NULL,
  response_time_ms numeric,
  duration_ms numeric,
  cost_usd numeric,
  peak_memory_bytes numeric,
  accuracy_percent numeric,
  CONSTRAINT run_metrics_pkey PRIMARY KEY (organization_id, agent_id, recorded_at, ended_run_id)
) PARTITION BY RANGE (recorded_at);
SELECT tenant.protect('run_metrics');
SELECT tenant.make_partitions('run_metrics', coalesce((SELECT min(m.recorded_at) FROM reported_metrics m), now() - interval '1 week'),
  now() + interval '4 weeks');
INSERT INTO run_metrics (organization_id, agent_id, ended_run_id, recorded_at, status, response_time_ms, duration_ms, cost_usd,
  peak_memory_bytes, accuracy_percent)
SELECT m.organization_id, m.agent_id, m.id, m.recorded_at, max(m.metadata ->> 'status') FILTER (WHERE m.metric_type = 'run_status'),
  max(m.value) FILTER (WHERE m.metric_type = 'response_time'), max(m.value) FILTER (WHERE m.metric_type = 'duration'),
  max(m.value) FILTER (WHERE m.metric_type = 'cost'), max(m.value) FILTER (WHERE m.metric_type = 'memory'),
  max(m.value) FILTER (WHERE m.metric_type = 'accuracy')
FROM reported_metrics m GROUP BY 1, 2, 3, 4 HAVING bool_or(m.metric_type = 'run_status');
DELETE FROM reported_metrics m USING run_metrics r WHERE r.organization_id = m.organization_id AND r.agent_id = m.agent_id
  AND r.recorded_at = m.recorded_at AND r.ended_run_id = m.id
  AND m.metric_type IN ('response_time', 'success_rate', 'cost', 'duration', 'memory', 'run_status', 'accuracy');

-- The real functions are in functions/realtime.sql and functions/metric_exports.sql, which are applied after the numbered steps.
CREATE OR REPLACE FUNCTION realtime.enter_run_metrics() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER realtime_insert AFTER INSERT ON run_metrics REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION realtime.enter_run_metrics();
CREATE TRIGGER realtime_update AFTER UPDATE ON run_metrics REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION realtime.enter_run_metrics();
CREATE TRIGGER realtime_delete AFTER DELETE ON run_metrics REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION realtime.enter_run_metrics();
CREATE OR REPLACE FUNCTION tenant.queue_run_metrics() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER queue_inserted_metrics AFTER INSERT ON run_metrics REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenant.queue_run_metrics();
CREATE TRIGGER queue_updated_metrics AFTER UPDATE ON run_metrics REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenant.queue_run_metrics();
DROP FUNCTION IF EXISTS tenant.points_of_runs(uuid[], timestamptz);

DROP INDEX api_usage_organization_id_created_at_idx, api_usage_user_id_idx, api_usage_agent_id_idx;
-- Rows come in the order of their time. For each 32 pages: from when to when, and which persons and agents.
CREATE INDEX IF NOT EXISTS api_usage_created_at_idx ON api_usage USING brin (created_at, user_id uuid_bloom_ops (n_distinct_per_range = 500),
  agent_id uuid_bloom_ops (n_distinct_per_range = 500)) WITH (pages_per_range = 32, autosummarize = on);

-- A queue that is read as a whole needs no index.
ALTER TABLE run_endings DROP CONSTRAINT run_endings_pkey, DROP COLUMN id;
