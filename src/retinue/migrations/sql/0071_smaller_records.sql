-- What every run writes to its rows' indexes, made smaller. Lists are read newest first, which an ascending index serves backwards: its
-- new entries go to its end, where a full page is left full. Those of a descending index go to the beginning, where each page is split.
DROP INDEX runs_organization_id_created_at_idx, runs_organization_id_agent_id_created_at_idx, runs_conversation_id_idx,
  runs_with_warnings_idx, runs_team_idx, runs_workflow_idx, runs_deployment_id_idx, runs_target_ended_idx, runs_ended_idx,
  runs_organization_id_uncompleted_idx;
CREATE INDEX runs_organization_id_created_at_idx ON runs (organization_id, created_at, id);
CREATE INDEX runs_organization_id_agent_id_created_at_idx ON runs (organization_id, agent_id, created_at, id);
CREATE INDEX runs_conversation_id_idx ON runs (organization_id, conversation_id, created_at) WHERE conversation_id IS NOT NULL;
CREATE INDEX runs_with_warnings_idx ON runs (organization_id, created_at, id) WHERE warning_count > 0;
CREATE INDEX runs_team_idx ON runs (organization_id, target_id, created_at, id) WHERE type = 'team';
CREATE INDEX runs_workflow_idx ON runs (organization_id, target_id, created_at, id) WHERE type = 'workflow';
CREATE INDEX runs_deployment_id_idx ON runs (organization_id, deployment_id, created_at, id) WHERE deployment_id IS NOT NULL;
CREATE INDEX runs_target_ended_idx ON runs (organization_id, target_id, completed_at, id) WHERE status IN ('completed', 'failed');
CREATE INDEX runs_ended_idx ON runs (organization_id, completed_at, id) WHERE status IN ('completed', 'failed');
CREATE INDEX runs_organization_id_uncompleted_idx ON runs (organization_id, status, created_at, id)
  WHERE status IN ('failed', 'cancelled', 'waiting');

-- Few entries are about one thing, and its id is that of no other. The index by time is the key as well.
ALTER TABLE audit_log DROP CONSTRAINT audit_log_pkey;
DROP INDEX audit_log_organization_id_created_at_idx, audit_log_organization_id_actor_id_idx, audit_log_organization_id_target_id_idx,
  audit_log_organization_id_other_action_idx;
CREATE UNIQUE INDEX audit_log_organization_id_created_at_idx ON audit_log (organization_id, created_at, id) NULLS NOT DISTINCT;
CREATE INDEX audit_log_organization_id_actor_id_idx ON audit_log (organization_id, actor_id, created_at);
CREATE INDEX audit_log_target_id_idx ON audit_log (target_id);
CREATE INDEX audit_log_organization_id_other_action_idx ON audit_log (organization_id, action, created_at, id) WHERE action <> 'run.started';

-- A line and a thought are found by their run.
CREATE UNIQUE INDEX run_logs_key ON run_logs (run_id, id);
ALTER TABLE run_logs DROP CONSTRAINT run_logs_pkey;
ALTER TABLE run_logs ADD CONSTRAINT run_logs_pkey PRIMARY KEY USING INDEX run_logs_key;
DROP INDEX run_logs_run_id_id_idx;
ALTER TABLE agent_thoughts DROP CONSTRAINT agent_thoughts_pkey;
-- Thoughts come in the order of their time: for each 32 pages, from when to when, and of which agents.
DROP INDEX agent_thoughts_agent_id_idx;
CREATE INDEX agent_thoughts_agent_id_idx ON agent_thoughts USING brin (created_at, agent_id uuid_bloom_ops (n_distinct_per_range = 500))
  WITH (pages_per_range = 32, autosummarize = on);

DROP INDEX tool_calls_tool_id_created_at_idx;
CREATE INDEX tool_calls_tool_id_created_at_idx ON tool_calls (organization_id, tool_id, created_at, id);
