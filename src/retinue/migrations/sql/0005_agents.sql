-- Agents, their versions and variables, the tools they may use, and the templates they begin from.

-- A template without an organization is built in. A public one is seen by every organization, and written by its own alone.
CREATE TABLE agent_templates (
  id uuid PRIMARY KEY,
  organization_id uuid CONSTRAINT agent_templates_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL CONSTRAINT agent_templates_name_check CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT agent_templates_description_check CHECK (length(description) <= 4000),
  type text NOT NULL CONSTRAINT agent_templates_type_check CHECK (type ~ '^[a-z][a-z0-9_-]{0,39}$'),
  category text NOT NULL CONSTRAINT agent_templates_category_check CHECK (category IN
    ('customer-service', 'sales', 'engineering', 'support', 'marketing', 'it', 'hr', 'popular')),
  icon text NOT NULL CONSTRAINT agent_templates_icon_check CHECK (length(icon) BETWEEN 1 AND 64),
  default_config jsonb NOT NULL,
  required_params jsonb NOT NULL DEFAULT '{"type": "object", "properties": {}}',
  is_public boolean NOT NULL DEFAULT false,
  created_by uuid CONSTRAINT agent_templates_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_templates_is_public_check CHECK (is_public OR organization_id IS NOT NULL)
);
CREATE INDEX agent_templates_organization_id_created_at_idx ON agent_templates (organization_id, created_at DESC, id DESC);
SELECT tenant.touch('agent_templates');
SELECT tenant.protect('agent_templates');
CREATE POLICY public ON agent_templates FOR SELECT TO retinue_app USING (is_public);

CREATE TABLE agents (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT agents_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT agents_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT agents_name_check CHECK (length(name) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT agents_description_check CHECK (length(description) <= 4000),
  icon text NOT NULL DEFAULT 'bot' CONSTRAINT agents_icon_check CHECK (length(icon) BETWEEN 1 AND 64),
  category text NOT NULL CONSTRAINT agents_category_check CHECK (category IN
    ('customer-service', 'sales', 'engineering', 'support', 'marketing', 'it', 'hr', 'popular')),
  agent_type text NOT NULL DEFAULT 'assistive' CONSTRAINT agents_agent_type_check CHECK (agent_type IN ('automation', 'assistive')),
  runtime text NOT NULL DEFAULT 'hosted' CONSTRAINT agents_runtime_check CHECK (runtime IN ('hosted', 'external')),
  template_id uuid CONSTRAINT agents_template_id_fkey REFERENCES agent_templates (id) ON DELETE SET NULL,
  is_custom boolean NOT NULL DEFAULT true,
  instructions text NOT NULL DEFAULT '' CONSTRAINT agents_instructions_check CHECK (length(instructions) <= 100000),
  config jsonb NOT NULL DEFAULT '{}',
  deployment_config jsonb NOT NULL DEFAULT '{}',
  webhook_url text CONSTRAINT agents_webhook_url_check CHECK (webhook_url IS NULL OR runtime = 'external'),
  status text NOT NULL DEFAULT 'inactive' CONSTRAINT agents_status_check CHECK (status IN ('inactive', 'active', 'paused', 'error')),
  status_reason text,
  last_heartbeat timestamptz,
  heartbeat_status text CONSTRAINT agents_heartbeat_status_check CHECK (heartbeat_status IN ('online', 'error')),
  last_activity timestamptz,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agents_organization_id_id_key UNIQUE (organization_id, id)
) WITH (fillfactor = 80);
CREATE INDEX agents_organization_id_created_at_idx ON agents (organization_id, created_at DESC, id DESC);
CREATE INDEX agents_created_by_status_idx ON agents (created_by, status);
CREATE INDEX agents_active_idx ON agents (created_by) WHERE status = 'active';
CREATE INDEX agents_category_idx ON agents (organization_id, category);
CREATE INDEX agents_template_id_idx ON agents (template_id) WHERE template_id IS NOT NULL;
-- A heartbeat or a run is no change of the agent, so updated_at stays.
CREATE TRIGGER set_updated_at BEFORE UPDATE ON agents FOR EACH ROW
  WHEN (OLD.last_heartbeat IS NOT DISTINCT FROM NEW.last_heartbeat AND OLD.last_activity IS NOT DISTINCT FROM NEW.last_activity)
  EXECUTE FUNCTION tenant.set_updated_at();
SELECT tenant.protect('agents');

CREATE TABLE agent_versions (
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  version integer NOT NULL CONSTRAINT agent_versions_version_check CHECK (version >= 1),
  snapshot jsonb NOT NULL,
  note text NOT NULL DEFAULT '' CONSTRAINT agent_versions_note_check CHECK (length(note) <= 1000),
  created_by uuid CONSTRAINT agent_versions_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_versions_pkey PRIMARY KEY (agent_id, version),
  CONSTRAINT agent_versions_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('agent_versions');
REVOKE UPDATE, DELETE ON agent_versions FROM retinue_app; -- what was, stays

CREATE TABLE agent_variables (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT agent_variables_name_check CHECK (name ~ '^[a-zA-Z_][a-zA-Z0-9_]{0,63}$'),
  description text NOT NULL DEFAULT '' CONSTRAINT agent_variables_description_check CHECK (length(description) <= 1000),
  value text,
  value_encrypted bytea,
  is_secret boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_variables_value_check CHECK (CASE WHEN is_secret THEN value IS NULL ELSE value_encrypted IS NULL END),
  CONSTRAINT agent_variables_agent_id_name_key UNIQUE (agent_id, name),
  CONSTRAINT agent_variables_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE
);
SELECT tenant.touch('agent_variables');
SELECT tenant.protect('agent_variables');

-- Which agents may use which tools, kept in step with agents.config.tools. The reference to a tool is composite: an
-- organization's own tool or a built-in one, never another organization's.
CREATE TABLE agent_tools (
  organization_id uuid NOT NULL,
  agent_id uuid NOT NULL,
  tool_scope_id uuid NOT NULL,
  tool_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT agent_tools_pkey PRIMARY KEY (agent_id, tool_id),
  CONSTRAINT agent_tools_tool_scope_id_check CHECK (tool_scope_id IN (organization_id, '00000000-0000-0000-0000-000000000000')),
  CONSTRAINT agent_tools_agent_id_fkey FOREIGN KEY (organization_id, agent_id) REFERENCES agents (organization_id, id) ON DELETE CASCADE,
  CONSTRAINT agent_tools_tool_id_fkey FOREIGN KEY (tool_scope_id, tool_id) REFERENCES tools (scope_id, id) ON DELETE CASCADE
);
CREATE INDEX agent_tools_tool_id_idx ON agent_tools (tool_scope_id, tool_id);
SELECT tenant.protect('agent_tools');
