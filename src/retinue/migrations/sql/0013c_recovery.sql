-- Links by which a person sets a new password. The serving role reaches them through functions alone.
CREATE TABLE password_resets (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT password_resets_user_id_key UNIQUE
    CONSTRAINT password_resets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  token_hash bytea NOT NULL CONSTRAINT password_resets_token_hash_key UNIQUE,
  created_by uuid CONSTRAINT password_resets_created_by_fkey REFERENCES users (id) ON DELETE SET NULL,
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.force('password_resets');

-- The second factor: a sealed secret, which counts from the moment it is confirmed by a first code. ``last_step`` is the time
-- step of the newest code that was accepted; no code of it or of an earlier one is accepted again.
ALTER TABLE users ADD COLUMN has_two_factor boolean NOT NULL DEFAULT false;
GRANT SELECT (has_two_factor), UPDATE (has_two_factor) ON users TO retinue_app;
CREATE TABLE two_factor_secrets (
  user_id uuid PRIMARY KEY CONSTRAINT two_factor_secrets_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  secret_encrypted bytea NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now()
);
SELECT tenant.force('two_factor_secrets');
CREATE POLICY own ON two_factor_secrets TO retinue_app USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));
GRANT SELECT, INSERT, UPDATE, DELETE ON two_factor_secrets TO retinue_app;
CREATE TABLE recovery_codes (
  user_id uuid NOT NULL CONSTRAINT recovery_codes_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash)
);
SELECT tenant.force('recovery_codes');
CREATE POLICY own ON recovery_codes TO retinue_app USING (user_id = (SELECT auth.uid()))
  WITH CHECK (user_id = (SELECT auth.uid()));
GRANT SELECT, INSERT, DELETE ON recovery_codes TO retinue_app;

ALTER TABLE organizations ADD COLUMN require_two_factor boolean NOT NULL DEFAULT false;
GRANT UPDATE (require_two_factor) ON organizations TO retinue_app;

-- Replaced by functions that return more columns.
DROP FUNCTION auth.find_session(bytea, uuid, timestamptz, interval);
DROP FUNCTION auth.find_user_for_sign_in(text);
