-- What every run writes to its rows' indexes, made smaller. Lists are read newest first, which an ascending index serves backwards: its
-- new entries go to its end, where a full page is left full. Those of a descending index go to the beginning, where each page is split.
-- All locks at once, in the order in which runs take theirs: one that has begun to write would meet a deadlock.
LOCK TABLE runs, run_logs, agent_thoughts, tool_calls, audit_log IN ACCESS EXCLUSIVE MODE;
CREATE INDEX IF NOT EXISTS runs_organization_id_created_at_next ON runs (organization_id, created_at, id);
CREATE INDEX IF NOT EXISTS runs_organization_id_agent_id_created_at_next ON runs (organization_id, agent_id, created_at, id);
CREATE INDEX IF NOT EXISTS runs_conversation_id_next ON runs (organization_id, conversation_id, created_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_with_warnings_next ON runs (organization_id, created_at, id) WHERE warning_count > 0;
CREATE INDEX IF NOT EXISTS runs_team_next ON runs (organization_id, target_id, created_at, id) WHERE type = 'team';
CREATE INDEX IF NOT EXISTS runs_workflow_next ON runs (organization_id, target_id, created_at, id) WHERE type = 'workflow';
CREATE INDEX IF NOT EXISTS runs_deployment_id_next ON runs (organization_id, deployment_id, created_at, id) WHERE deployment_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS runs_target_ended_next ON runs (organization_id, target_id, completed_at, id) WHERE status IN ('completed', 'failed');
CREATE INDEX IF NOT EXISTS runs_ended_next ON runs (organization_id, completed_at, id) WHERE status IN ('completed', 'failed');
CREATE INDEX IF NOT EXISTS runs_organization_id_uncompleted_next ON runs (organization_id, status, created_at, id)
  WHERE status IN ('failed', 'cancelled', 'waiting');

-- Few entries are about one thing, and its id is that of no other. The index by time is the key as well.
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
CREATE UNIQUE INDEX IF NOT EXISTS audit_log_organization_id_created_at_next ON audit_log (organization_id, created_at, id) NULLS NOT DISTINCT;
CREATE INDEX IF NOT EXISTS audit_log_organization_id_actor_id_next ON audit_log (organization_id, actor_id, created_at);
CREATE INDEX IF NOT EXISTS audit_log_target_id_idx ON audit_log (target_id);
CREATE INDEX IF NOT EXISTS audit_log_organization_id_other_action_next ON audit_log (organization_id, action, created_at, id) WHERE action <> 'run.started';

-- A line and a thought are found by their run.
CREATE UNIQUE INDEX IF NOT EXISTS run_logs_key ON run_logs (run_id, id);
ALTER TABLE run_logs DROP CONSTRAINT run_logs_pkey;
ALTER TABLE run_logs ADD CONSTRAINT run_logs_pkey PRIMARY KEY USING INDEX run_logs_key;
ALTER TABLE agent_thoughts DROP CONSTRAINT agent_thoughts_pkey;
-- Thoughts come in the order of their time: for each 32 pages, from when to when, and of which agents.
CREATE INDEX IF NOT EXISTS agent_thoughts_agent_id_next ON agent_thoughts USING brin (created_at, agent_id uuid_bloom_ops (n_distinct_per_range = 500))
  WITH (pages_per_range = 32, autosummarize = on);

CREATE INDEX IF NOT EXISTS tool_calls_tool_id_created_at_next ON tool_calls (organization_id, tool_id, created_at, id);

-- Built under names of their own, so that they may be built before the upgrade.
DROP INDEX runs_organization_id_created_at_idx, runs_organization_id_agent_id_created_at_idx, runs_conversation_id_idx,
  runs_with_warnings_idx, runs_team_idx, runs_workflow_idx, runs_deployment_id_idx, runs_target_ended_idx, runs_ended_idx,
  runs_organization_id_uncompleted_idx, audit_log_organization_id_created_at_idx, audit_log_organization_id_actor_id_idx,
  audit_log_organization_id_target_id_idx, audit_log_organization_id_other_action_idx, run_logs_run_id_id_idx,
  agent_thoughts_agent_id_idx, tool_calls_tool_id_created_at_idx;
ALTER INDEX runs_organization_id_created_at_next RENAME TO runs_organization_id_created_at_idx;
ALTER INDEX runs_organization_id_agent_id_created_at_next RENAME TO runs_organization_id_agent_id_created_at_idx;
ALTER INDEX runs_conversation_id_next RENAME TO runs_conversation_id_idx;
ALTER INDEX runs_with_warnings_next RENAME TO runs_with_warnings_idx;
ALTER INDEX runs_team_next RENAME TO runs_team_idx;
ALTER INDEX runs_workflow_next RENAME TO runs_workflow_idx;
ALTER INDEX runs_deployment_id_next RENAME TO runs_deployment_id_idx;
ALTER INDEX runs_target_ended_next RENAME TO runs_target_ended_idx;
ALTER INDEX runs_ended_next RENAME TO runs_ended_idx;
ALTER INDEX runs_organization_id_uncompleted_next RENAME TO runs_organization_id_uncompleted_idx;
ALTER INDEX audit_log_organization_id_created_at_next RENAME TO audit_log_organization_id_created_at_idx;
ALTER INDEX audit_log_organization_id_actor_id_next RENAME TO audit_log_organization_id_actor_id_idx;
ALTER INDEX audit_log_organization_id_other_action_next RENAME TO audit_log_organization_id_other_action_idx;
ALTER INDEX agent_thoughts_agent_id_next RENAME TO agent_thoughts_agent_id_idx;
ALTER INDEX tool_calls_tool_id_created_at_next RENAME TO tool_calls_tool_id_created_at_idx;
