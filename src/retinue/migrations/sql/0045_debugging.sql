-- Debugging of workflows: where the output of a step is from, dry runs, and kept results of nodes.

DROP FUNCTION IF EXISTS control.start(uuid, uuid, text, uuid, text, uuid, integer, uuid, uuid, uuid, uuid, text, boolean, uuid, text, bytea,
  jsonb, jsonb, text, integer, text[], jsonb, jsonb, uuid, uuid, text);

ALTER TABLE run_steps ADD COLUMN source text NOT NULL DEFAULT 'executed'
  CONSTRAINT run_steps_source_check CHECK (source IN ('executed', 'pinned', 'cached', 'simulated'));

ALTER TABLE runs ADD COLUMN dry_run boolean NOT NULL DEFAULT false;

CREATE TABLE node_results (
  organization_id uuid NOT NULL CONSTRAINT node_results_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  key bytea NOT NULL,
  result jsonb NOT NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT node_results_pkey PRIMARY KEY (organization_id, key)
);
CREATE INDEX node_results_expires_at_idx ON node_results (expires_at);
SELECT tenant.protect('node_results');
