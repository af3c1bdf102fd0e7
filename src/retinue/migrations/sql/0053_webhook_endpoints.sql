-- Webhooks that are sent when runs end: where to, and the outbox of what is sent, with each attempt.

CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT webhook_endpoints_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT webhook_endpoints_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT webhook_endpoints_name_check CHECK (length(name) BETWEEN 1 AND 200),
  url text NOT NULL CONSTRAINT webhook_endpoints_url_check CHECK (length(url) BETWEEN 1 AND 8192),
  events text[] NOT NULL CONSTRAINT webhook_endpoints_events_check
    CHECK (cardinality(events) > 0 AND events <@ '{run.completed,run.failed,run.cancelled}'),
  target_id uuid, -- only runs of this agent, team or workflow; null: all that no other run started
  includes_output boolean NOT NULL DEFAULT true,
  status text NOT NULL DEFAULT 'active' CONSTRAINT webhook_endpoints_status_check CHECK (status IN ('active', 'disabled', 'failed')),
  secret_encrypted bytea NOT NULL,
  former_secret_encrypted bytea,
  former_until timestamptz,
  last_error text,
  last_delivery_at timestamptz,
  dead_in_row integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_endpoints_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT webhook_endpoints_name_key UNIQUE (organization_id, name)
);
CREATE INDEX webhook_endpoints_created_by_idx ON webhook_endpoints (created_by);
SELECT tenant.touch('webhook_endpoints');
SELECT tenant.protect('webhook_endpoints');

-- Its id is the idempotency id that the receiver sees with each attempt.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  run_id uuid NOT NULL,
  event_id bigint NOT NULL, -- of the outbox: an event that is handed on twice is sent once
  event_type text NOT NULL CONSTRAINT webhook_deliveries_event_type_check CHECK (event_type IN ('run.completed', 'run.failed', 'run.cancelled')),
  payload jsonb NOT NULL,
  state text NOT NULL DEFAULT 'queued' CONSTRAINT webhook_deliveries_state_check CHECK (state IN ('queued', 'sending', 'sent', 'dead')),
  reason text,
  attempts integer NOT NULL DEFAULT 0, -- begun since it was queued
  next_attempt_at timestamptz,
  give_up_at timestamptz NOT NULL,
  sent_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_deliveries_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT webhook_deliveries_event_id_key UNIQUE (endpoint_id, event_id),
  CONSTRAINT webhook_deliveries_endpoint_id_fkey FOREIGN KEY (organization_id, endpoint_id)
    REFERENCES webhook_endpoints (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT webhook_deliveries_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_endpoint_id_idx ON webhook_deliveries (organization_id, endpoint_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_run_id_idx ON webhook_deliveries (organization_id, run_id);
SELECT tenant.protect('webhook_deliveries');
SELECT tenant.follow_run('webhook_deliveries');

CREATE TABLE webhook_attempts (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  delivery_id uuid NOT NULL,
  number integer NOT NULL,
  outcome text NOT NULL CONSTRAINT webhook_attempts_outcome_check CHECK (outcome IN ('sent', 'failed', 'refused', 'lost')),
  status_code integer,
  response text CONSTRAINT webhook_attempts_response_check CHECK (length(response) <= 2000),
  error text CONSTRAINT webhook_attempts_error_check CHECK (length(error) <= 2000),
  duration_ms integer NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT webhook_attempts_delivery_id_fkey FOREIGN KEY (organization_id, delivery_id) REFERENCES webhook_deliveries (organization_id, id)
    ON DELETE CASCADE
);
CREATE INDEX webhook_attempts_delivery_id_idx ON webhook_attempts (organization_id, delivery_id, number);
SELECT tenant.protect('webhook_attempts');
