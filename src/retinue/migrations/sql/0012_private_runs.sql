-- Runs of conversations are private to their person. Whatever descends from such a run is private as well, and belongs to the
-- conversation, so that it is deleted with it.

ALTER TABLE runs ADD COLUMN private_to_user_id uuid CONSTRAINT runs_private_to_user_id_fkey REFERENCES users (id) ON DELETE CASCADE;

UPDATE runs r SET private_to_user_id = c.user_id FROM conversations c WHERE c.id = r.conversation_id;
UPDATE runs SET private_to_user_id = triggered_by_id WHERE trigger = 'conversation' AND private_to_user_id IS NULL;
WITH RECURSIVE descent AS (
  SELECT id, private_to_user_id, conversation_id FROM runs WHERE private_to_user_id IS NOT NULL
  UNION
  SELECT r.id, d.private_to_user_id, d.conversation_id FROM runs r
  JOIN descent d ON d.id IN (r.parent_run_id, r.forked_from_run_id, r.retry_of_run_id)
)
UPDATE runs r SET private_to_user_id = d.private_to_user_id, conversation_id = d.conversation_id
  FROM descent d WHERE d.id = r.id AND r.private_to_user_id IS NULL;
ALTER TABLE runs ADD CONSTRAINT runs_conversation_is_private_check CHECK (conversation_id IS NULL OR private_to_user_id IS NOT NULL);

DROP FUNCTION IF EXISTS tenant.keep_to_user(regclass);
DROP POLICY own ON conversations;
DROP POLICY own ON messages;
DROP POLICY own ON attachments;
SELECT tenant.keep_to_user('conversations'), tenant.keep_to_user('messages'), tenant.keep_to_user('attachments'),
  tenant.keep_to_user('runs', 'private_to_user_id');
SELECT tenant.follow_run('run_steps'), tenant.follow_run('run_events'), tenant.follow_run('run_logs'),
  tenant.follow_run('run_artifacts'), tenant.follow_run('agent_thoughts'), tenant.follow_run('tool_calls'),
  tenant.follow_run('approvals'), tenant.follow_run('checkpoints'), tenant.follow_run('checkpoint_writes');

-- It returns the person whom a run is private to as well.
DROP FUNCTION IF EXISTS control.news_of_runs(uuid, uuid[]);

-- Providers belong to one organization, so a published template names none.
UPDATE agent_templates SET default_config = default_config #- '{config,model}' WHERE is_public AND organization_id IS NOT NULL;
