-- Nodes of workflows: items and rounds of steps, questions with forms, what expires, and waits for events.

DROP FUNCTION IF EXISTS journal.commit(text, json, json, json, json, json, json, json, json, json, json, json, json, json);

ALTER TABLE run_steps ADD COLUMN item_index integer;

-- An answer came while the run was executed: it goes on instead of waiting.
ALTER TABLE runs ADD COLUMN has_news boolean NOT NULL DEFAULT false;

ALTER TABLE approvals ADD COLUMN form jsonb, ADD COLUMN expires_at timestamptz, ADD COLUMN on_expiry jsonb,
  DROP CONSTRAINT approvals_kind_check,
  ADD CONSTRAINT approvals_kind_check CHECK (kind IN ('tool_call', 'unknown_outcome', 'node', 'question')),
  DROP CONSTRAINT approvals_status_check,
  ADD CONSTRAINT approvals_status_check CHECK (status IN ('pending', 'approved', 'rejected', 'answered', 'expired'));

ALTER TABLE workflows ADD COLUMN webhook_secret_encrypted bytea;

-- Events that were sent; kept for a day, so that one which comes before the wait for it is not lost.
CREATE TABLE events (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT events_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT events_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT events_name_check CHECK (length(name) BETWEEN 1 AND 200),
  key text CONSTRAINT events_key_check CHECK (length(key) BETWEEN 1 AND 200),
  payload jsonb NOT NULL,
  external_id text CONSTRAINT events_external_id_check CHECK (length(external_id) BETWEEN 1 AND 200),
  answered_count integer NOT NULL DEFAULT 0,
  received_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT events_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT events_organization_id_external_id_key UNIQUE (organization_id, external_id)
);
CREATE INDEX events_organization_id_name_received_at_idx ON events (organization_id, name, received_at, id);
CREATE INDEX events_received_at_idx ON events (received_at);
SELECT tenant.protect('events');

-- What runs wait for. An answered wait holds the event as it was, since events are deleted after a day.
CREATE TABLE event_waits (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  run_id uuid NOT NULL,
  step_id uuid NOT NULL,
  interrupt_id text NOT NULL,
  node_id text NOT NULL,
  name text NOT NULL,
  key text,
  status text NOT NULL DEFAULT 'pending' CONSTRAINT event_waits_status_check CHECK (status IN ('pending', 'answered', 'expired', 'cancelled')),
  event_id uuid,
  event jsonb,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT event_waits_run_id_fkey FOREIGN KEY (organization_id, run_id) REFERENCES runs (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT event_waits_run_id_interrupt_id_key UNIQUE (run_id, interrupt_id)
);
CREATE INDEX event_waits_pending_idx ON event_waits (organization_id, name) WHERE status = 'pending';
CREATE INDEX event_waits_run_id_idx ON event_waits (organization_id, run_id);
SELECT tenant.protect('event_waits');
SELECT tenant.follow_run('event_waits');
