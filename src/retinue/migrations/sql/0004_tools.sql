-- Tools: what agents may call. A row without an organization is built in: everyone sees it, no request writes it.

CREATE TABLE tools (
  id uuid PRIMARY KEY,
  organization_id uuid CONSTRAINT tools_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  -- The organization, or the nil UUID for a built-in tool: what a composite reference holds on to.
  scope_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(organization_id, '00000000-0000-0000-0000-000000000000')) STORED,
  name text NOT NULL CONSTRAINT tools_name_check CHECK (name ~ '^[A-Za-z0-9_-]{1,64}$'),
  description text NOT NULL DEFAULT '' CONSTRAINT tools_description_check CHECK (length(description) <= 4000),
  tool_type text NOT NULL CONSTRAINT tools_tool_type_check CHECK (tool_type IN ('api', 'database', 'file', 'custom', 'mcp')),
  configuration jsonb NOT NULL DEFAULT '{}',
  parameters_schema jsonb NOT NULL,
  effect text NOT NULL CONSTRAINT tools_effect_check CHECK (effect IN ('read_only', 'idempotent', 'dangerous')),
  credentials_encrypted bytea,
  is_active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tools_organization_id_name_key UNIQUE NULLS NOT DISTINCT (organization_id, name),
  CONSTRAINT tools_scope_id_id_key UNIQUE (scope_id, id)
);
CREATE INDEX tools_organization_id_created_at_idx ON tools (organization_id, created_at DESC, id DESC);
SELECT tenant.touch('tools');
SELECT tenant.protect('tools');
CREATE POLICY built_in ON tools FOR SELECT TO retinue_app USING (organization_id IS NULL);
CREATE TRIGGER keep_built_in_names BEFORE INSERT OR UPDATE OF name ON tools FOR EACH ROW EXECUTE FUNCTION tenant.keep_built_in_names();

INSERT INTO tools (id, name, tool_type, effect, configuration, description, parameters_schema) VALUES
('01900000-0000-7000-8000-000000000001', 'calculator', 'custom', 'read_only', '{"builtin": "calculator"}',
 'Evaluates an arithmetic expression with exact decimal numbers. Use it for every calculation instead of calculating yourself.',
 '{"type": "object", "additionalProperties": false, "required": ["expression"], "properties": {"expression": {"type": "string", "minLength": 1, "maxLength": 1000,
   "description": "For example (1299.90 - 15) * 3, 2^64, sqrt(2), round(10/3, 2). Operators: + - * / // (whole division) % (remainder) ^ or ** (power). Functions: abs, ceil, cos, exp, factorial, floor, ln, log10, max, min, round, sin, sqrt, sum, tan (angles in radians). Constants: pi, e. A point is the decimal mark; numbers have no thousands separators."}}}'),
('01900000-0000-7000-8000-000000000002', 'current_time', 'custom', 'read_only', '{"builtin": "current_time"}',
 'Tells the present date and time, in UTC or in a time zone.',
 '{"type": "object", "additionalProperties": false, "properties": {"timezone": {"type": "string", "maxLength": 64,
   "description": "An IANA time zone such as Europe/Berlin. Left out: the zone set for this agent, else UTC."}}}'),
('01900000-0000-7000-8000-000000000003', 'http_fetch', 'api', 'read_only', '{"builtin": "http_fetch"}',
 'Reads a page or document from the web by its address and returns its text.',
 '{"type": "object", "additionalProperties": false, "required": ["url"], "properties": {"url": {"type": "string", "minLength": 1, "maxLength": 8192,
   "description": "A public address that begins with https:// or http://."}, "max_chars": {"type": "integer", "minimum": 100, "maximum": 100000,
   "description": "How much of the text to return at most; 20000 when left out."}}}'),
('01900000-0000-7000-8000-000000000004', 'write_artifact', 'file', 'idempotent', '{"builtin": "write_artifact"}',
 'Saves a text as a file that the person who started the run can open and download. Use it for results worth keeping.',
 '{"type": "object", "additionalProperties": false, "required": ["name", "content"], "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 200,
   "description": "A file name with its ending, such as report.md; no folders."}, "content": {"type": "string", "description": "The whole text of the file."},
   "media_type": {"type": "string", "maxLength": 100, "description": "For example text/markdown. Left out: told from the name''s ending."}}}');
