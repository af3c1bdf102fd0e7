-- What a run costs: its start in one statement.

-- Also returns the hash of the plan, and takes that of a plan that is known.
DROP FUNCTION IF EXISTS control.start(uuid, uuid, text, uuid, text, uuid, integer, uuid, uuid, uuid, uuid, text, boolean, uuid, text, bytea,
  jsonb, jsonb, text, integer, text[], jsonb, jsonb, uuid, uuid, text, boolean);

-- Fewer indexes are written by a run that completes: each of its three versions has an entry in every one of these.
-- Lists of completed runs are read off the index by time; runs of other statuses are few among them.
DROP INDEX runs_organization_id_status_created_at_idx;
CREATE INDEX IF NOT EXISTS runs_organization_id_uncompleted_idx ON runs (organization_id, status, created_at DESC, id DESC)
  WHERE status IN ('failed', 'cancelled', 'waiting');
-- The trace of a run is its own id, unless its caller or its parent named another: then it is in the index.
DROP INDEX runs_trace_id_idx;
CREATE INDEX IF NOT EXISTS runs_foreign_trace_id_idx ON runs (trace_id) WHERE trace_id <> replace(id::text, '-', '');
