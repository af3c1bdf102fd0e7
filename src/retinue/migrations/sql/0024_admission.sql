-- A run that is pending waits to be admitted, and a running one counts: no slots are kept beside the runs themselves.

DROP FUNCTION IF EXISTS admission.room_of_agent(uuid, uuid);
DROP FUNCTION IF EXISTS admission.take_slot(uuid, uuid);
DROP FUNCTION IF EXISTS admission.admit(uuid, uuid, uuid, integer, timestamptz);
DROP FUNCTION IF EXISTS admission.release(uuid[]);
DROP FUNCTION IF EXISTS admission.admit_next(uuid);
DROP FUNCTION IF EXISTS control.start(uuid, uuid, text, uuid, text, uuid, integer, uuid, uuid, uuid, uuid, text, boolean, uuid, text, bytea,
  jsonb, jsonb, text, integer, boolean, text[], jsonb);
DROP FUNCTION IF EXISTS control.cancel(uuid, uuid);
DROP FUNCTION IF EXISTS control.decide(uuid, text, jsonb, uuid, text);
DROP FUNCTION IF EXISTS tenant.reconcile_runs();
DROP FUNCTION IF EXISTS journal.commit(text, json, json, json, json, json, json, json, json, json, json, json);
DROP FUNCTION IF EXISTS journal.commit(text, json, json, json, json, json, json, json, json, json, json, json, json);
DROP FUNCTION IF EXISTS journal.finish(json, uuid[]);
DROP FUNCTION IF EXISTS journal.claim(uuid[], text);

DELETE FROM dispatch.procrastinate_jobs j USING runs r WHERE r.status = 'pending' AND j.status = 'todo' AND j.lock = r.id::text;
DROP TABLE run_slots;
DROP INDEX runs_waiting_for_slot_idx, runs_holding_slot_idx, runs_unfinished_idx;
ALTER TABLE runs DROP COLUMN holds_slot;
ALTER TABLE runs DROP CONSTRAINT runs_organization_id_idempotency_key_key;
CREATE UNIQUE INDEX IF NOT EXISTS runs_organization_id_idempotency_key_idx ON runs (organization_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_pending_idx ON runs (organization_id, priority DESC, created_at, id) WHERE status = 'pending';
CREATE INDEX IF NOT EXISTS runs_running_idx ON runs (organization_id, agent_id) WHERE status = 'running';
CREATE INDEX IF NOT EXISTS agents_with_run_limit_idx ON agents (organization_id) WHERE deployment_config ->> 'max_concurrent_runs' IS NOT NULL;

-- A plan is stored once for all runs that follow it; ``runs.plan`` holds one that belongs to its run alone.
CREATE TABLE run_plans (
  organization_id uuid NOT NULL CONSTRAINT run_plans_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  hash bytea NOT NULL,
  document jsonb NOT NULL,
  used_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_plans_pkey PRIMARY KEY (organization_id, hash)
);
SELECT tenant.protect('run_plans');
ALTER TABLE runs ADD COLUMN plan_hash bytea;
ALTER TABLE runs ALTER COLUMN plan DROP NOT NULL;
ALTER TABLE runs ADD CONSTRAINT runs_plan_check CHECK (plan IS NOT NULL OR plan_hash IS NOT NULL);
