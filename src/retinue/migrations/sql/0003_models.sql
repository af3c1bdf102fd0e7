-- Model providers: where an organization's models are. Keys are sealed by the application.

CREATE TABLE model_providers (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL CONSTRAINT model_providers_organization_id_fkey REFERENCES organizations (id) ON DELETE CASCADE,
  name text NOT NULL,
  kind text NOT NULL CONSTRAINT model_providers_kind_check
    CHECK (kind IN ('openai', 'openai_compatible', 'anthropic', 'google', 'ollama')),
  base_url text,
  api_key_encrypted bytea,
  models text[] NOT NULL DEFAULT '{}',
  default_model text,
  is_default boolean NOT NULL DEFAULT false,
  created_by uuid CONSTRAINT model_providers_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT model_providers_organization_id_id_key UNIQUE (organization_id, id),
  CONSTRAINT model_providers_organization_id_name_key UNIQUE (organization_id, name)
);
CREATE UNIQUE INDEX model_providers_default_idx ON model_providers (organization_id) WHERE is_default;
SELECT tenant.touch('model_providers');
SELECT tenant.protect('model_providers');
