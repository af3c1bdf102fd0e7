-- n8n: the connection of an organization, the workflows that n8n carries out, their executions, and n8n executions that wait for us.

ALTER TABLE due_timers DROP CONSTRAINT due_timers_kind_check,
  ADD CONSTRAINT due_timers_kind_check CHECK (kind ~ '^[a-z][a-z0-9_]*[.][a-z_]+$');

ALTER TABLE workflows ADD COLUMN n8n_workflow_id text
  CONSTRAINT workflows_n8n_workflow_id_check CHECK (length(n8n_workflow_id) BETWEEN 1 AND 255);
CREATE UNIQUE INDEX IF NOT EXISTS workflows_n8n_workflow_id_key ON workflows (organization_id, n8n_workflow_id) WHERE n8n_workflow_id IS NOT NULL;

-- Whether a system outside waits for the run's end: the end is then an event of the outbox.
ALTER TABLE runs ADD COLUMN is_awaited boolean NOT NULL DEFAULT false;
-- A start, a callback and a poll meet in one run.
CREATE UNIQUE INDEX IF NOT EXISTS runs_external_execution_id_key ON runs (organization_id, target_id, external_execution_id)
  WHERE type = 'workflow' AND external_execution_id IS NOT NULL;

CREATE TABLE n8n_connections (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT n8n_connections_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT n8n_connections_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  base_url text NOT NULL CONSTRAINT n8n_connections_base_url_check CHECK (length(base_url) BETWEEN 1 AND 2048),
  webhook_url text CONSTRAINT n8n_connections_webhook_url_check CHECK (length(webhook_url) BETWEEN 1 AND 2048),
  callback_url text CONSTRAINT n8n_connections_callback_url_check CHECK (length(callback_url) BETWEEN 1 AND 2048),
  api_key_encrypted bytea NOT NULL,
  webhook_header text CONSTRAINT n8n_connections_webhook_header_check CHECK (length(webhook_header) BETWEEN 1 AND 100),
  webhook_secret_encrypted bytea,
  checked_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT n8n_connections_organization_id_key UNIQUE (organization_id)
);
SELECT tenant.touch('n8n_connections');
SELECT tenant.protect('n8n_connections');

CREATE TABLE n8n_links (
  organization_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  n8n_workflow_id text NOT NULL,
  n8n_name text NOT NULL,
  n8n_is_active boolean NOT NULL,
  webhook_path text,
  webhook_method text,
  response_mode text,
  nodes jsonb NOT NULL DEFAULT '[]',
  connections jsonb NOT NULL DEFAULT '[]',
  imports_runs boolean NOT NULL DEFAULT true,
  followed_until timestamptz NOT NULL,
  looked_at timestamptz,
  last_error text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT n8n_links_pkey PRIMARY KEY (organization_id, workflow_id),
  CONSTRAINT n8n_links_workflow_id_fkey FOREIGN KEY (organization_id, workflow_id)
    REFERENCES workflows (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.touch('n8n_links');
SELECT tenant.protect('n8n_links');

-- A run that n8n carries out. ``token_hash`` is what a callback must show; ``status`` is n8n's own word.
CREATE TABLE n8n_executions (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  workflow_id uuid NOT NULL,
  state text NOT NULL CONSTRAINT n8n_executions_state_check CHECK (state IN ('calling', 'following', 'ended')),
  status text,
  wait_till timestamptz,
  token_hash bytea,
  answer jsonb,
  callback jsonb,
  callback_at timestamptz,
  called_at timestamptz NOT NULL DEFAULT now(),
  looks integer NOT NULL DEFAULT 0,
  looked_at timestamptz,
  last_error text,
  CONSTRAINT n8n_executions_pkey PRIMARY KEY (organization_id, run_id),
  CONSTRAINT n8n_executions_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX n8n_executions_workflow_id_idx ON n8n_executions (organization_id, workflow_id) WHERE state <> 'ended';
SELECT tenant.protect('n8n_executions');
SELECT tenant.follow_run('n8n_executions');

-- An n8n execution that waits for one of our runs: where it is resumed.
CREATE TABLE n8n_resumes (
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  resume_url_encrypted bytea NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CONSTRAINT n8n_resumes_state_check CHECK (state IN ('waiting', 'sending', 'sent', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT n8n_resumes_pkey PRIMARY KEY (organization_id, run_id),
  CONSTRAINT n8n_resumes_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('n8n_resumes');
SELECT tenant.follow_run('n8n_resumes');
