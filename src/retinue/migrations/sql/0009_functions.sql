-- From this step on the functions live in migrations/functions and are re-applied at each upgrade.
DROP FUNCTION IF EXISTS tenant.organization_of_run(uuid);
