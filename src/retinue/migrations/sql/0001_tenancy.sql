-- The floor of tenancy: the serving role, the context of a transaction, and the one way to protect a table.

CREATE SCHEMA auth;
CREATE SCHEMA tenant;

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retinue_app') THEN
    CREATE ROLE retinue_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT pg_has_role(current_user, 'retinue_app', 'MEMBER') THEN
    EXECUTE format('GRANT retinue_app TO %I', current_user);
  END IF;
END $$;

GRANT USAGE ON SCHEMA public, auth, tenant TO retinue_app;
