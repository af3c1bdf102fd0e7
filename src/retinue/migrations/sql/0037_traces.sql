-- Runs as traces of OpenTelemetry: the caller's span that a run belongs to, and the runs that each destination has yet to receive.

DROP FUNCTION IF EXISTS control.start(uuid, uuid, text, uuid, text, uuid, integer, uuid, uuid, uuid, uuid, text, boolean, uuid, text, bytea,
  jsonb, jsonb, text, integer, text[], jsonb, jsonb, uuid, uuid);

ALTER TABLE runs ADD COLUMN caller_span_id text CONSTRAINT runs_caller_span_id_check CHECK (caller_span_id ~ '^[0-9a-f]{16}$');

-- Where traces go, one row for each destination that a worker was given; reached by functions alone. While ``active_until`` lies
-- ahead, runs that end are queued for it. ``holder`` is the one process that exports at present.
CREATE TABLE trace_destinations (
  name text PRIMARY KEY CONSTRAINT trace_destinations_name_check CHECK (name IN ('otlp', 'langfuse')),
  active_until timestamptz NOT NULL,
  holder uuid,
  held_until timestamptz,
  failures integer NOT NULL DEFAULT 0,
  retry_at timestamptz,
  error text,
  succeeded_at timestamptz,
  dropped_count bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
SELECT tenant.force('trace_destinations');

-- Runs that ended and were not exported yet. Written in the transaction of the end, so that no crash loses one.
CREATE TABLE trace_exports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  destination text NOT NULL CONSTRAINT trace_exports_destination_check CHECK (destination IN ('otlp', 'langfuse')),
  due_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT trace_exports_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX trace_exports_destination_id_idx ON trace_exports (destination, id);
CREATE INDEX trace_exports_run_id_idx ON trace_exports (organization_id, run_id);
SELECT tenant.protect('trace_exports');

-- The real function is in functions/traces.sql, which is applied after the numbered steps.
CREATE OR REPLACE FUNCTION tenant.queue_trace() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER queue_trace AFTER UPDATE OF completed_at ON runs FOR EACH ROW
  WHEN (NEW.completed_at IS NOT NULL AND NEW.completed_at IS DISTINCT FROM OLD.completed_at) EXECUTE FUNCTION tenant.queue_trace();
