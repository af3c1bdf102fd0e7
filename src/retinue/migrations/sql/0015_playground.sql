-- Playground runs, and runs started by the command line.
ALTER TABLE runs ADD COLUMN playground boolean NOT NULL DEFAULT false;
ALTER TABLE runs DROP CONSTRAINT runs_trigger_check;
ALTER TABLE runs ADD CONSTRAINT runs_trigger_check
  CHECK (trigger IN ('manual', 'api', 'schedule', 'webhook', 'conversation', 'external', 'n8n', 'cli'));
-- Inactive agents start no runs from now on: those that were in use stay in use.
UPDATE agents a SET status = 'active', status_changed_at = now()
  WHERE a.status = 'inactive'
    AND EXISTS (SELECT FROM runs r WHERE r.organization_id = a.organization_id AND r.agent_id = a.id);
-- The function has another parameter; whatever signature the database has is replaced.
DO $$
DECLARE
  old regprocedure;
BEGIN
  FOR old IN SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = 'control'::regnamespace AND p.proname = 'start' LOOP
    EXECUTE 'DROP FUNCTION ' || old;
  END LOOP;
END $$;
