-- Variables of the organization, which all its agents and tools may use.

CREATE TABLE organization_variables (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT organization_variables_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  created_by uuid CONSTRAINT organization_variables_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  name text NOT NULL CONSTRAINT organization_variables_name_check CHECK (name ~ '^[a-zA-Z_][a-zA-Z0-9_]{0,63}$'),
  description text NOT NULL DEFAULT '' CONSTRAINT organization_variables_description_check CHECK (length(description) <= 1000),
  value text CONSTRAINT organization_variables_value_length_check CHECK (length(value) <= 100000),
  value_encrypted bytea,
  is_secret boolean NOT NULL DEFAULT false,
  rotation_days integer CONSTRAINT organization_variables_rotation_days_check CHECK (rotation_days BETWEEN 1 AND 3650),
  rotated_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT organization_variables_value_check CHECK (CASE WHEN is_secret THEN value IS NULL ELSE value_encrypted IS NULL END),
  CONSTRAINT organization_variables_organization_id_name_key UNIQUE (organization_id, name)
);
SELECT tenant.touch('organization_variables');
SELECT tenant.protect('organization_variables');
