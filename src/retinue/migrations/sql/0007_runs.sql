-- Runs and everything a run records. The run row is the authority; its job is disposable.

CREATE TABLE run_slots (
  organization_id uuid PRIMARY KEY CONSTRAINT run_slots_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  held integer NOT NULL DEFAULT 0 CONSTRAINT run_slots_held_check CHECK (held >= 0)
) WITH (fillfactor = 50);
SELECT tenant.protect('run_slots');

CREATE TABLE runs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT runs_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  type text NOT NULL CONSTRAINT runs_type_check CHECK (type IN ('agent', 'team', 'workflow')),
  target_id uuid NOT NULL,
  target_name text NOT NULL,
  agent_id uuid,
  agent_version integer,
  workflow_id uuid,
  deployment_id uuid,
  conversation_id uuid,
  parent_run_id uuid,
  forked_from_run_id uuid,
  retry_of_run_id uuid,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT runs_status_check
    CHECK (status IN ('pending', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  waiting_reason text,
  trigger text NOT NULL CONSTRAINT runs_trigger_check
    CHECK (trigger IN ('manual', 'api', 'schedule', 'webhook', 'conversation', 'external', 'n8n')),
  triggered_by_id uuid CONSTRAINT runs_triggered_by_id_fkey REFERENCES users (id) ON DELETE SET NULL,
  idempotency_key text,
  request_hash bytea,
  plan jsonb NOT NULL,
  input jsonb NOT NULL,
  output jsonb,
  error_message text,
  error jsonb,
  trace_id text NOT NULL,
  external_execution_id text,
  duration_ms integer,
  resource_usage jsonb NOT NULL DEFAULT '{}',
  priority integer NOT NULL DEFAULT 0,
  lease bigint NOT NULL DEFAULT 0,
  leased_by text,
  holds_slot boolean NOT NULL DEFAULT false,
  last_sequence bigint NOT NULL DEFAULT 0,
  deadline_at timestamptz,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT runs_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT runs_organization_id_idempotency_key_key UNIQUE (organization_id, idempotency_key),
  CONSTRAINT runs_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE SET NULL (agent_id),
  CONSTRAINT runs_parent_run_id_fkey FOREIGN KEY (organization_id, parent_run_id) REFERENCES runs (organization_id, id) ON DELETE SET NULL (parent_run_id)
) WITH (fillfactor = 80);
CREATE INDEX runs_organization_id_created_at_idx ON runs (organization_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_agent_id_created_at_idx ON runs (organization_id, agent_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_status_created_at_idx ON runs (organization_id, status, created_at DESC, id DESC);
CREATE INDEX runs_conversation_id_idx ON runs (organization_id, conversation_id, created_at DESC) WHERE conversation_id IS NOT NULL;
CREATE INDEX runs_parent_run_id_idx ON runs (organization_id, parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_trace_id_idx ON runs (trace_id);
CREATE INDEX runs_unfinished_idx ON runs (created_at) WHERE status IN ('pending', 'running');
SELECT tenant.protect('runs');

CREATE TABLE run_steps (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  parent_step_id uuid,
  sequence integer NOT NULL,
  step_name text NOT NULL,
  step_type text NOT NULL,
  status text NOT NULL CONSTRAINT run_steps_status_check CHECK (status IN ('completed', 'failed', 'waiting')),
  input jsonb,
  output jsonb,
  error_message text,
  usage jsonb,
  checkpoint_id text,
  started_at timestamptz NOT NULL,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_steps_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT run_steps_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_steps_run_id_sequence_idx ON run_steps (run_id, sequence);
SELECT tenant.protect('run_steps');

CREATE TABLE run_events (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  sequence bigint NOT NULL,
  type text NOT NULL,
  data jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_events_pkey PRIMARY KEY (run_id, sequence),
  CONSTRAINT run_events_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('run_events');

CREATE TABLE run_logs (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid,
  message text NOT NULL,
  level text NOT NULL DEFAULT 'info' CONSTRAINT run_logs_level_check CHECK (level IN ('debug', 'info', 'warning', 'error')),
  details jsonb,
  timestamp timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_logs_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_logs_run_id_id_idx ON run_logs (run_id, id);
SELECT tenant.protect('run_logs');

CREATE TABLE run_artifacts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid,
  name text NOT NULL,
  type text NOT NULL,
  size bigint NOT NULL,
  url text NOT NULL,
  storage_key text NOT NULL,
  checksum text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT run_artifacts_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX run_artifacts_run_id_idx ON run_artifacts (run_id, id);
SELECT tenant.protect('run_artifacts');

CREATE TABLE agent_thoughts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  run_id uuid NOT NULL,
  node_id text NOT NULL,
  node_type text NOT NULL CONSTRAINT agent_thoughts_node_type_check CHECK (node_type IN ('input', 'processing', 'action', 'output')),
  content text NOT NULL,
  metadata jsonb NOT NULL DEFAULT '{}',
  parent_node_id text,
  confidence_score numeric(3, 2) CONSTRAINT agent_thoughts_confidence_score_check CHECK (confidence_score BETWEEN 0 AND 1),
  processing_time_ms integer,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_thoughts_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT agent_thoughts_run_id_node_id_key UNIQUE (run_id, node_id)
);
CREATE INDEX agent_thoughts_agent_id_idx ON agent_thoughts (organization_id, agent_id, created_at);
SELECT tenant.protect('agent_thoughts');

-- The tool ledger: entered and committed before a call is made.
CREATE TABLE tool_calls (
  id uuid NOT NULL,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  call_id text NOT NULL,
  tool_id uuid,
  tool_name text NOT NULL,
  arguments jsonb NOT NULL,
  arguments_hash bytea NOT NULL,
  effect text NOT NULL CONSTRAINT tool_calls_effect_check CHECK (effect IN ('read_only', 'idempotent', 'dangerous')),
  state text NOT NULL CONSTRAINT tool_calls_state_check CHECK (state IN ('planned', 'started', 'succeeded', 'failed', 'unknown')),
  idempotency_key text NOT NULL,
  attempts integer NOT NULL DEFAULT 1,
  result jsonb,
  error_message text,
  started_at timestamptz,
  completed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tool_calls_pkey PRIMARY KEY (run_id, id),
  CONSTRAINT tool_calls_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('tool_calls');

CREATE TABLE approvals (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  interrupt_id text NOT NULL,
  kind text NOT NULL CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome')),
  tool_name text NOT NULL,
  arguments jsonb NOT NULL,
  reason text NOT NULL DEFAULT '',
  status text NOT NULL DEFAULT 'pending' CONSTRAINT approvals_status_check CHECK (status IN ('pending', 'approved', 'rejected', 'expired')),
  decision jsonb,
  decided_by uuid CONSTRAINT approvals_decided_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  decided_at timestamptz,
  comment text,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT approvals_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT approvals_run_id_interrupt_id_key UNIQUE (run_id, interrupt_id)
);
CREATE INDEX approvals_pending_idx ON approvals (organization_id, created_at DESC, id DESC) WHERE status = 'pending';
SELECT tenant.protect('approvals');

-- LangGraph's checkpoints: the state without its growing lists, and each channel's value once a version; a list that only
-- grew is stored as what was appended (base_version names what it was appended to), so a run's history is linear in size.
CREATE TABLE checkpoints (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  parent_checkpoint_id text,
  checkpoint bytea NOT NULL,
  metadata bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT checkpoints_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id),
  CONSTRAINT checkpoints_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoints');

CREATE TABLE checkpoint_blobs (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  channel text NOT NULL,
  version text NOT NULL,
  base_version text,
  type text NOT NULL,
  blob bytea NOT NULL,
  CONSTRAINT checkpoint_blobs_pkey PRIMARY KEY (run_id, checkpoint_ns, channel, version),
  CONSTRAINT checkpoint_blobs_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoint_blobs');

CREATE TABLE checkpoint_writes (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  task_id text NOT NULL,
  idx integer NOT NULL,
  channel text NOT NULL,
  type text NOT NULL,
  blob bytea NOT NULL,
  task_path text NOT NULL DEFAULT '',
  CONSTRAINT checkpoint_writes_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id, task_id, idx),
  CONSTRAINT checkpoint_writes_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoint_writes');

-- News of the rooms below for the rooms above, written in the transaction of what it tells.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT outbox_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  type text NOT NULL,
  payload jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.protect('outbox');

CREATE FUNCTION tenant.organization_of_run(run uuid) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$ SELECT organization_id FROM runs WHERE id = run $$;
CREATE FUNCTION tenant.organizations_of_runs(wanted uuid[]) RETURNS TABLE (run_id uuid, organization_id uuid) LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, public AS $$ SELECT id, organization_id FROM runs WHERE id = ANY (wanted) $$;
REVOKE ALL ON FUNCTION tenant.organization_of_run(uuid), tenant.organizations_of_runs(uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tenant.organization_of_run(uuid), tenant.organizations_of_runs(uuid[]) TO retinue_app;
