-- Limits of a tool, every version of it kept, and its calls in the order of time.

ALTER TABLE tools ADD COLUMN limits jsonb NOT NULL DEFAULT '{}';
ALTER TABLE tools ADD COLUMN version integer NOT NULL DEFAULT 1;

CREATE TABLE tool_versions (
  organization_id uuid NOT NULL,
  tool_id uuid NOT NULL,
  version integer NOT NULL,
  snapshot jsonb NOT NULL,
  note text NOT NULL DEFAULT '',
  created_by uuid CONSTRAINT tool_versions_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tool_versions_pkey PRIMARY KEY (tool_id, version),
  CONSTRAINT tool_versions_tool_id_fkey FOREIGN KEY (organization_id, tool_id) REFERENCES tools (scope_id, id) ON DELETE CASCADE
);
SELECT tenant.protect('tool_versions');
REVOKE UPDATE, DELETE ON tool_versions FROM retinue_app; -- what was, stays

INSERT INTO tool_versions (organization_id, tool_id, version, snapshot, created_at)
SELECT organization_id, id, 1, jsonb_build_object('name', name, 'description', description, 'configuration', configuration,
  'parameters_schema', parameters_schema, 'effect', effect, 'limits', limits), updated_at
FROM tools WHERE organization_id IS NOT NULL;

CREATE INDEX IF NOT EXISTS tool_calls_tool_id_created_at_idx ON tool_calls (organization_id, tool_id, created_at DESC, id DESC);
