-- Metrics of agents, and the use of the API and of models. Points and calls are partitioned by week: a partition is dropped
-- as a whole when its time is over. Their tables have no references: a new partition and a dropped one would lock the tables
-- referred to, such as users, against everyone. Rows that name something deleted are not shown, and go with their partition.

-- Like ``deployment_id``, no reference.
ALTER TABLE runs ADD COLUMN api_key_id uuid;

-- Runs that have ended, paused for a person or were rated, since their metrics were written. The trigger that writes it is part
-- of the transaction of the end, so that no end is lost; the writer of metrics removes the row in the same transaction.
CREATE TABLE run_endings (
  id bigint GENERATED ALWAYS AS IDENTITY,
  organization_id uuid NOT NULL,
  ended_run_id uuid NOT NULL,
  CONSTRAINT run_endings_pkey PRIMARY KEY (organization_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
SELECT tenant.protect('run_endings');

CREATE TRIGGER enter_ending AFTER UPDATE ON runs FOR EACH ROW WHEN (
  (NEW.status IN ('completed', 'failed', 'cancelled')
    AND (OLD.status <> NEW.status OR OLD.resource_usage IS DISTINCT FROM NEW.resource_usage))
  OR (NEW.status = 'waiting' AND OLD.status <> NEW.status AND NEW.waiting_reason IN ('approval', 'unknown_outcome', 'question')))
  EXECUTE FUNCTION tenant.enter_ending();
CREATE TRIGGER enter_rating AFTER INSERT OR UPDATE OR DELETE ON run_feedback FOR EACH ROW
  EXECUTE FUNCTION tenant.enter_rating();

CREATE TABLE agent_metrics (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  metric_type text NOT NULL CONSTRAINT agent_metrics_metric_type_check CHECK (length(metric_type) <= 100),
  value numeric NOT NULL,
  unit text NOT NULL CONSTRAINT agent_metrics_unit_check CHECK (length(unit) <= 50),
  metadata jsonb NOT NULL DEFAULT '{}',
  recorded_at timestamptz NOT NULL DEFAULT now(),
  -- The one index that every point pays for: it serves the roll-up, and makes a repeated point one.
  CONSTRAINT agent_metrics_pkey PRIMARY KEY (organization_id, agent_id, metric_type, recorded_at, id)
) PARTITION BY RANGE (recorded_at);
SELECT tenant.protect('agent_metrics');

-- The unit of each metric, fixed by the first point.
CREATE TABLE metric_types (
  organization_id uuid NOT NULL CONSTRAINT metric_types_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  metric_type text NOT NULL,
  unit text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT metric_types_pkey PRIMARY KEY (organization_id, metric_type)
);
SELECT tenant.protect('metric_types');

-- Minutes whose points changed since they were rolled up; the same minute may be there several times.
CREATE TABLE metric_changes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  metric_type text NOT NULL,
  minute timestamptz NOT NULL,
  CONSTRAINT metric_changes_pkey PRIMARY KEY (organization_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
SELECT tenant.protect('metric_changes');

-- ``bins`` and ``counts`` are a histogram with bins of equal relative width (tenant.metric_bin): two are merged by adding
-- their counts. ``label`` separates the statuses of run_status.
CREATE TABLE metric_rollups (
  organization_id uuid NOT NULL CONSTRAINT metric_rollups_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  agent_id uuid NOT NULL,
  metric_type text NOT NULL,
  resolution text NOT NULL CONSTRAINT metric_rollups_resolution_check CHECK (resolution IN ('minute', 'hour', 'day')),
  bucket timestamptz NOT NULL,
  label text NOT NULL DEFAULT '',
  count bigint NOT NULL,
  sum numeric NOT NULL,
  min numeric NOT NULL,
  max numeric NOT NULL,
  bins integer[] NOT NULL,
  counts bigint[] NOT NULL,
  CONSTRAINT metric_rollups_pkey PRIMARY KEY (organization_id, agent_id, metric_type, resolution, bucket, label),
  CONSTRAINT metric_rollups_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
-- The same of all agents of an organization together, by hour and day: a month of a thousand agents is then read as one.
CREATE TABLE metric_totals (
  organization_id uuid NOT NULL CONSTRAINT metric_totals_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  metric_type text NOT NULL,
  resolution text NOT NULL CONSTRAINT metric_totals_resolution_check CHECK (resolution IN ('hour', 'day')),
  bucket timestamptz NOT NULL,
  label text NOT NULL DEFAULT '',
  count bigint NOT NULL,
  sum numeric NOT NULL,
  min numeric NOT NULL,
  max numeric NOT NULL,
  bins integer[] NOT NULL,
  counts bigint[] NOT NULL,
  CONSTRAINT metric_totals_pkey PRIMARY KEY (organization_id, metric_type, resolution, bucket, label)
);
CREATE INDEX metric_totals_resolution_bucket_idx ON metric_totals (resolution, bucket);
SELECT tenant.protect('metric_totals');
CREATE TRIGGER subtract_metrics BEFORE DELETE ON agents FOR EACH ROW EXECUTE FUNCTION tenant.subtract_metrics();
CREATE INDEX metric_rollups_resolution_bucket_idx ON metric_rollups (resolution, bucket);
SELECT tenant.protect('metric_rollups');

-- Requests of the API, and calls of models. ``id`` is that of the request, or of the step of the run.
CREATE TABLE api_usage (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  kind text NOT NULL CONSTRAINT api_usage_kind_check CHECK (kind IN ('request', 'model_call')),
  user_id uuid,
  api_key_id uuid,
  agent_id uuid,
  endpoint text NOT NULL,
  method text NOT NULL,
  status_code integer NOT NULL,
  response_time_ms integer,
  cost_usd numeric,
  model text,
  input_tokens bigint NOT NULL DEFAULT 0,
  output_tokens bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT api_usage_pkey PRIMARY KEY (organization_id, id, created_at)
) PARTITION BY RANGE (created_at);
CREATE INDEX api_usage_organization_id_created_at_idx ON api_usage (organization_id, created_at);
CREATE INDEX api_usage_user_id_idx ON api_usage (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX api_usage_agent_id_idx ON api_usage (agent_id, created_at) WHERE agent_id IS NOT NULL;
SELECT tenant.protect('api_usage');

-- Hours whose usage changed since it was added up; the same hour may be there several times.
CREATE TABLE usage_changes (
  id bigint GENERATED ALWAYS AS IDENTITY,
  organization_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  CONSTRAINT usage_changes_pkey PRIMARY KEY (organization_id, id)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
SELECT tenant.protect('usage_changes');

CREATE TABLE usage_hours (
  organization_id uuid NOT NULL CONSTRAINT usage_hours_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  hour timestamptz NOT NULL,
  kind text NOT NULL CONSTRAINT usage_hours_kind_check CHECK (kind IN ('request', 'model_call')),
  user_id uuid,
  api_key_id uuid,
  agent_id uuid,
  endpoint text NOT NULL,
  method text NOT NULL,
  model text,
  calls bigint NOT NULL,
  failed_calls bigint NOT NULL,
  unpriced_calls bigint NOT NULL,
  input_tokens bigint NOT NULL,
  output_tokens bigint NOT NULL,
  cost_usd numeric NOT NULL,
  response_time_ms bigint NOT NULL
);
CREATE INDEX usage_hours_organization_id_hour_idx ON usage_hours (organization_id, hour);
CREATE INDEX usage_hours_hour_idx ON usage_hours (hour);
SELECT tenant.protect('usage_hours');

SELECT tenant.make_partitions('agent_metrics', now() - interval '1 week', now() + interval '4 weeks');
SELECT tenant.make_partitions('api_usage', now() - interval '1 week', now() + interval '4 weeks');
