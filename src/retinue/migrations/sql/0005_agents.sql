-- Agents, their versions and variables, and the templates they begin from.

CREATE TABLE agent_templates (
  id uuid PRIMARY KEY,
  organization_id uuid CONSTRAINT agent_templates_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  type text NOT NULL,
  category text NOT NULL,
  icon text NOT NULL,
  default_config jsonb NOT NULL,
  required_params jsonb NOT NULL DEFAULT '{}',
  is_public boolean NOT NULL DEFAULT false,
  created_by uuid CONSTRAINT agent_templates_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.touch('agent_templates');

CREATE TABLE agents (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT agents_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT agents_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL,
  description text NOT NULL DEFAULT '',
  icon text NOT NULL DEFAULT 'bot',
  category text NOT NULL CONSTRAINT agents_category_check CHECK (category IN
    ('customer-service', 'sales', 'engineering', 'support', 'marketing', 'it', 'hr', 'popular')),
  agent_type text NOT NULL DEFAULT 'assistive' CONSTRAINT agents_agent_type_check CHECK (agent_type IN ('automation', 'assistive')),
  runtime text NOT NULL DEFAULT 'hosted' CONSTRAINT agents_runtime_check CHECK (runtime IN ('hosted', 'external')),
  template_id uuid CONSTRAINT agents_template_id_fkey REFERENCES agent_templates (id) ON DELETE SET NULL,
  is_custom boolean NOT NULL DEFAULT true,
  instructions text NOT NULL DEFAULT '',
  config jsonb NOT NULL DEFAULT '{}',
  deployment_config jsonb NOT NULL DEFAULT '{}',
  webhook_url text,
  status text NOT NULL DEFAULT 'inactive' CONSTRAINT agents_status_check CHECK (status IN ('inactive', 'active', 'paused', 'error')),
  last_heartbeat timestamptz,
  last_activity timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agents_organization_id_id_key UNIQUE (organization_id, id)
);
CREATE INDEX agents_created_by_status_idx ON agents (created_by, status);
CREATE INDEX agents_active_idx ON agents (created_by) WHERE status = 'active';
CREATE INDEX agents_category_idx ON agents (organization_id, category);
SELECT tenant.touch('agents');
SELECT tenant.protect('agents');
