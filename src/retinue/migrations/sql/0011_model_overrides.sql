-- The last test of each model provider, and prices and context lengths that an organization sets for its models.

ALTER TABLE model_providers
  ADD COLUMN last_tested_at timestamptz,
  ADD COLUMN last_test_ok boolean,
  ADD COLUMN last_test_error text,
  ADD CONSTRAINT model_providers_last_test_check CHECK (
    (last_tested_at IS NULL) = (last_test_ok IS NULL) AND (last_test_error IS NULL OR NOT last_test_ok));

CREATE TABLE model_overrides (
  organization_id uuid NOT NULL,
  provider_id uuid NOT NULL,
  model text NOT NULL,
  input_usd_per_mtok numeric CONSTRAINT model_overrides_input_usd_per_mtok_check CHECK (input_usd_per_mtok >= 0),
  cached_input_usd_per_mtok numeric
    CONSTRAINT model_overrides_cached_input_usd_per_mtok_check CHECK (cached_input_usd_per_mtok >= 0),
  output_usd_per_mtok numeric CONSTRAINT model_overrides_output_usd_per_mtok_check CHECK (output_usd_per_mtok >= 0),
  context_window integer CONSTRAINT model_overrides_context_window_check CHECK (context_window > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT model_overrides_pkey PRIMARY KEY (provider_id, model),
  CONSTRAINT model_overrides_organization_id_provider_id_fkey FOREIGN KEY (organization_id, provider_id)
    REFERENCES model_providers (organization_id, id) ON DELETE CASCADE
);
CREATE INDEX model_overrides_organization_id_provider_id_idx ON model_overrides (organization_id, provider_id);
SELECT tenant.protect('model_overrides');
