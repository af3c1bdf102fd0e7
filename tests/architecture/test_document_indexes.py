"""The indexes of the five documents of the data model: what serves each of them, the query it serves, and its plan.

``docs/data-model.md`` maps the documents' tables and fields to those of the schema. An index of ours serves a query when
PostgreSQL reads it, in a copy of the table with this index alone, so that neither rows nor other indexes decide.
"""

import re
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from tests.conftest import Postgres

_UUID = "'01a20000-0000-7000-8000-000000000001'"


@dataclass(frozen=True)
class Served:
    """An index of a document, the index of ours, and a condition that the platform asks for (``_UUID`` for an id)."""

    document: str
    named: str
    table: str
    index: str
    query: str


@dataclass(frozen=True)
class Left:
    """An index of a document that is left out, and why."""

    document: str
    named: str
    reason: str


_NEWEST = "ORDER BY created_at DESC, id DESC LIMIT 50"
_SERVED = (
    Served("000, 001, 002, 003, 004", "users.email, unique", "users", "users_email_key", "WHERE lower(email) = 'a@b.c'"),
    Served("003", "users.username, unique", "users", "users_username_key", "WHERE lower(username) = 'anna'"),
    Served("001, 003", "idx_agents_user_id, owner_id", "agents", "agents_created_by_status_idx", "WHERE created_by = {id}"),
    Served(
        *("001", "idx_agents_category", "agents", "agents_category_idx"),
        "WHERE organization_id = {id} AND category = 'support'",
    ),
    Served(
        *("001", "idx_agent_variables_agent_id", "agent_variables", "agent_variables_agent_id_name_key"),
        "WHERE agent_id = {id}",
    ),
    Served("001", "idx_team_agents_team_id", "team_members", "team_members_team_id_position_key", "WHERE team_id = {id}"),
    Served(
        *("001", "idx_team_agents_agent_id", "team_members", "team_members_agent_id_idx"),
        "WHERE organization_id = {id} AND agent_id = {id}",
    ),
    Served(
        *("001, 003", "idx_runs_target_id, agent_id", "runs", "runs_organization_id_agent_id_created_at_idx"),
        f"WHERE organization_id = {{id}} AND agent_id = {{id}} {_NEWEST}",
    ),
    Served(
        *("001", "idx_runs_target_id, teams", "runs", "runs_team_idx"),
        f"WHERE organization_id = {{id}} AND type = 'team' AND target_id = {{id}} {_NEWEST}",
    ),
    Served(
        *("001", "idx_runs_status", "runs", "runs_organization_id_uncompleted_idx"),
        f"WHERE organization_id = {{id}} AND status = 'failed' {_NEWEST}",
    ),
    Served("001", "idx_run_logs_run_id", "run_logs", "run_logs_pkey", "WHERE run_id = {id} AND id > {id} ORDER BY id"),
    Served("001", "idx_run_artifacts_run_id", "run_artifacts", "run_artifacts_run_id_idx", "WHERE run_id = {id}"),
    Served("001", "idx_conversations_user_id", "conversations", "conversations_user_id_idx", "WHERE user_id = {id}"),
    Served(
        *("001", "idx_conversations_agent_id", "conversations", "conversations_agent_id_idx"),
        "WHERE organization_id = {id} AND agent_id = {id}",
    ),
    Served(
        *("001", "idx_messages_conversation_id", "messages", "messages_conversation_id_sequence_key"),
        "WHERE conversation_id = {id} ORDER BY sequence",
    ),
    Served(
        *("001", "idx_messages_created_at", "messages", "messages_organization_id_created_at_idx"),
        "WHERE organization_id = {id} AND created_at < now()",
    ),
    Served("002", "org_memberships, primary key", "memberships", "memberships_pkey", "WHERE user_id = {id}"),
    Served("002", "agents.api_key, unique", "api_keys", "api_keys_secret_hash_key", "WHERE secret_hash = 'a'"),
    Served(
        *("003", "executions.trace_id", "runs", "runs_foreign_trace_id_idx"),
        "WHERE trace_id = 'a' AND trace_id <> replace(id::text, '-', '')",
    ),
    Served(
        *("003", "execution_steps.execution_id", "run_steps", "run_steps_run_id_sequence_idx"),
        "WHERE run_id = {id} ORDER BY sequence",
    ),
    Served(
        *("003", "tools.name, unique", "tools", "tools_organization_id_name_key"),
        "WHERE organization_id = {id} AND name = 'lookup'",
    ),
    Served("004", "idx_agents_created_by", "agents", "agents_created_by_status_idx", "WHERE created_by = {id}"),
    Served(
        *("004", "idx_agents_team_id: a team is an organization", "agents", "agents_organization_id_created_at_idx"),
        f"WHERE organization_id = {{id}} {_NEWEST}",
    ),
    Served(
        *("004", "idx_agents_type", "agents", "agents_organization_id_type_created_at_idx"),
        f"WHERE organization_id = {{id}} AND type = 'alarm' {_NEWEST}",
    ),
    Served(
        *("004", "idx_agents_status", "agents", "agents_organization_id_created_at_idx"),
        f"WHERE organization_id = {{id}} AND status = 'error' {_NEWEST}",
    ),
    Served(
        *("004", "idx_agents_user_status", "agents", "agents_created_by_status_idx"),
        "WHERE created_by = {id} AND status = 'paused'",
    ),
    Served("004", "idx_active_agents", "agents", "agents_active_idx", "WHERE created_by = {id} AND status = 'active'"),
    Served("004", "teams.slug, unique", "organizations", "organizations_slug_key", "WHERE slug = 'acme'"),
    Served("004", "idx_deployments_agent_id", "deployments", "deployments_agent_id_idx", "WHERE agent_id = {id}"),
    Served(
        *("004", "the newest deployment in the dashboard's lateral join", "deployments", "deployments_agent_id_idx"),
        "WHERE agent_id = {id} ORDER BY created_at DESC LIMIT 1",
    ),
    Served(
        *("004", "idx_deployments_status", "deployments", "deployments_organization_id_created_at_idx"),
        f"WHERE organization_id = {{id}} AND status = 'failed' {_NEWEST}",
    ),
    Served(
        *("004", "idx_deployments_agent_status", "deployments", "deployments_target_id_key"),
        "WHERE target_id = {id} AND status = 'deployed'",
    ),
    Served(
        *("004", "idx_agent_thoughts_agent_id, created_at", "agent_thoughts", "agent_thoughts_agent_id_idx"),
        "WHERE organization_id = {id} AND agent_id = {id} ORDER BY created_at",
    ),
    Served(
        *("004", "idx_agent_thoughts_execution_id", "agent_thoughts", "agent_thoughts_run_id_node_id_key"),
        "WHERE run_id = {id}",
    ),
    Served(
        *("001", "idx_agent_schedules_agent_id", "agent_schedules", "agent_schedules_target_id_idx"),
        "WHERE organization_id = {id} AND target_id = {id}",
    ),
    Served(
        *("003, 004", "executions.workflow_id, idx_workflow_executions_workflow_id", "runs", "runs_workflow_idx"),
        f"WHERE organization_id = {{id}} AND type = 'workflow' AND target_id = {{id}} {_NEWEST}",
    ),
    Served(
        *("004", "idx_workflow_executions_workflow_status", "runs", "runs_workflow_idx"),
        f"WHERE organization_id = {{id}} AND type = 'workflow' AND target_id = {{id}} AND status = 'failed' {_NEWEST}",
    ),
    Served(
        *("004", "idx_notifications_user_id, created_at", "notifications", "notifications_user_id_idx"),
        f"WHERE user_id = {{id}} AND organization_id = {{id}} {_NEWEST}",
    ),
    Served(
        *("004", "idx_unread_notifications", "notifications", "notifications_unread_idx"),
        "WHERE user_id = {id} AND read_at IS NULL",
    ),
    Served(
        *("004", "idx_agent_metrics_agent_id, type, recorded_at", "reported_metrics", "reported_metrics_pkey"),
        "WHERE organization_id = {id} AND agent_id = {id} AND metric_type = 'cost' AND recorded_at > now() - interval '1 d'",
    ),
    Served(
        *("004", "idx_api_usage_user_id", "api_usage", "api_usage_created_at_idx"),
        "WHERE user_id = {id} AND created_at > now() - interval '1 day'",
    ),
    Served(
        *("004", "idx_api_usage_agent_id", "api_usage", "api_usage_created_at_idx"),
        "WHERE agent_id = {id} AND created_at > now() - interval '1 day'",
    ),
    Served(
        *("004", "idx_api_usage_created_at", "api_usage", "api_usage_created_at_idx"),
        "WHERE organization_id = {id} AND created_at > now() - interval '1 day'",
    ),
)
_RARE = "they are listed by organization, and an account is deleted rarely (test_foreign_keys)"
_LEFT = (
    Left("001", "idx_teams_user_id", _RARE),
    Left("001", "idx_runs_triggered_by_id", _RARE),
    Left("001", "idx_run_logs_timestamp", "logs are read per run in the order of their ids, which is that of time"),
    Left("001", "idx_agent_schedules_next_run", "due_timers_due_at_idx finds what is due"),
    Left("003", "workflows.owner_id", _RARE),
    Left("004", "idx_workflow_executions_status", "executions are runs: see idx_runs_status"),
    Left("004", "idx_workflow_executions_started_at", "executions are runs, listed in the order of created_at"),
    Left("004", "idx_notifications_priority", "no list is ordered by it alone"),
)


@pytest.mark.parametrize("served", _SERVED, ids=[f"{each.document}: {each.named}" for each in _SERVED])
def test_an_index_of_a_document_serves_its_query(postgres: Postgres, served: Served) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        row = owner.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = %s::regclass", (served.index,)
        ).fetchone()
        assert row is not None
        table = sql.Identifier(served.table)
        # A partitioned table's own index is printed as ON ONLY.
        copied = re.sub(rf" ON (ONLY )?public\.{served.table} ", f" ON pg_temp.{served.table} ", row[0])
        assert copied != row[0]
        owner.execute(sql.SQL("CREATE TEMP TABLE {} (LIKE public.{})").format(table, table))
        owner.execute(copied.encode())
        is_brin = " USING brin " in copied  # which is read by bitmaps alone
        owner.execute(f"SET enable_seqscan = off; SET enable_bitmapscan = {'on' if is_brin else 'off'}".encode())
        query = f"EXPLAIN SELECT * FROM pg_temp.{served.table} {served.query.format(id=_UUID)}"  # noqa: S608 - from above
        plan = "\n".join(line for (line,) in owner.execute(query.encode()).fetchall())

    assert (f" Scan on {served.index} " if is_brin else f" {served.index} on ") in plan, plan
    assert "Index Cond" in plan, plan


def test_an_index_that_is_left_out_has_a_reason() -> None:
    assert [each.named for each in _LEFT if not each.reason] == []
