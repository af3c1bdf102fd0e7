-- Metrics that leave for an InfluxDB: whether one is in use, and the points that it has yet to receive.

-- One row when a worker was given an InfluxDB; reached by functions alone. While ``active_until`` lies ahead, points are queued.
-- ``holder`` is the one process that sends at present.
CREATE TABLE metric_destinations (
  name text PRIMARY KEY CONSTRAINT metric_destinations_name_check CHECK (name = 'influxdb'),
  active_until timestamptz NOT NULL,
  holder uuid,
  held_until timestamptz,
  failures integer NOT NULL DEFAULT 0,
  retry_at timestamptz,
  error text,
  succeeded_at timestamptz,
  dropped_count bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
SELECT tenant.force('metric_destinations');

-- Points that were not sent yet. Written in the transaction that writes the points, so that no crash loses one.
CREATE TABLE metric_exports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  metric_type text NOT NULL,
  value numeric NOT NULL,
  unit text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  recorded_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT metric_exports_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX metric_exports_agent_id_idx ON metric_exports (organization_id, agent_id);
SELECT tenant.protect('metric_exports');

-- The real function is in functions/metric_exports.sql, which is applied after the numbered steps.
CREATE OR REPLACE FUNCTION tenant.queue_metrics() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER queue_inserted_metrics AFTER INSERT ON agent_metrics REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenant.queue_metrics();
CREATE TRIGGER queue_updated_metrics AFTER UPDATE ON agent_metrics REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION tenant.queue_metrics();

-- Whether the organization allows what its runs were asked and answered to leave with traces, where the operator allows it too.
ALTER TABLE organizations ADD COLUMN trace_content boolean NOT NULL DEFAULT false;
GRANT UPDATE (trace_content) ON organizations TO retinue_app;
