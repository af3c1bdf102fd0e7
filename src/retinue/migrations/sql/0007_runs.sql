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
-- Plan for the largest organization, not for the average one: beside many small ones, reading all runs of the one at hand
-- would look cheaper than finding a few by their ids. (The planner never takes more than the share of the commonest value.)
ALTER TABLE runs ALTER COLUMN organization_id SET (n_distinct = 1);
CREATE INDEX runs_organization_id_created_at_idx ON runs (organization_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_agent_id_created_at_idx ON runs (organization_id, agent_id, created_at DESC, id DESC);
CREATE INDEX runs_organization_id_status_created_at_idx ON runs (organization_id, status, created_at DESC, id DESC);
CREATE INDEX runs_conversation_id_idx ON runs (organization_id, conversation_id, created_at DESC) WHERE conversation_id IS NOT NULL;
CREATE INDEX runs_parent_run_id_idx ON runs (organization_id, parent_run_id) WHERE parent_run_id IS NOT NULL;
CREATE INDEX runs_trace_id_idx ON runs (trace_id);
CREATE INDEX runs_unfinished_idx ON runs (created_at) WHERE status IN ('pending', 'running');
CREATE INDEX runs_waiting_for_slot_idx ON runs (organization_id, priority DESC, created_at, id) WHERE status = 'pending' AND NOT holds_slot;
CREATE INDEX runs_holding_slot_idx ON runs (organization_id, agent_id) WHERE holds_slot;
SELECT tenant.protect('runs');

CREATE SCHEMA admission;
GRANT USAGE ON SCHEMA admission TO retinue_app;

CREATE SCHEMA control;
GRANT USAGE ON SCHEMA control TO retinue_app;

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

-- LangGraph's checkpoints, one row each: its document holds the channels that changed, and of a list that only grew what was
-- appended, so a run's history is linear in size. The state is read by following the parents (runs/checkpoints.py).
CREATE TABLE checkpoints (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  parent_checkpoint_id text,
  document json NOT NULL,
  metadata json NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT checkpoints_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id),
  CONSTRAINT checkpoints_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoints');

-- What a finished task of an unfinished superstep wrote, so that a crash repeats no finished sibling.
CREATE TABLE checkpoint_writes (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  checkpoint_ns text NOT NULL,
  checkpoint_id text NOT NULL,
  task_id text NOT NULL,
  idx integer NOT NULL,
  channel text NOT NULL,
  value json NOT NULL,
  task_path text NOT NULL DEFAULT '',
  CONSTRAINT checkpoint_writes_pkey PRIMARY KEY (run_id, checkpoint_ns, checkpoint_id, task_id, idx),
  CONSTRAINT checkpoint_writes_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('checkpoint_writes');

-- News of the packages below for the packages above, written in the transaction of what it tells.
CREATE TABLE outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT outbox_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  type text NOT NULL,
  payload jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  not_before timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  failed_at timestamptz,
  error text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
CREATE INDEX outbox_due_idx ON outbox (not_before, id) WHERE failed_at IS NULL;
CREATE INDEX outbox_organization_id_idx ON outbox (organization_id);
SELECT tenant.protect('outbox');

CREATE SCHEMA journal;
GRANT USAGE ON SCHEMA journal TO retinue_app;
