"""Each table has one home package, and SQL reaches down the same arrows as imports, which import-linter cannot see.

The packages stand in the order of ``.importlinter``. A package's SQL names its own tables and those of packages below it.
An exception needs an entry in ``_UPWARD`` with its reason.
"""

import re
from importlib import resources
from pathlib import Path

import psycopg
import pytest

from tests.conftest import Postgres

_ORDER = (
    *("core", "identity", "llm", "tools", "agents", "teams", "workflows", "runs", "usage", "budgets", "metrics"),
    *("schedules", "conversations", "deployments", "connections", "external", "realtime"),
    *("integrations", "manifests", "notifications", "backups", "alerts", "dashboard", "retention", "erasures", "worker"),
)
_HOMES = {
    "core": "alembic_version audit_log due_timers entries installation outbox procrastinate_events procrastinate_jobs "
    "procrastinate_periodic_defers procrastinate_workers worker_machines workers",
    "identity": "api_keys claim_tokens invitations memberships organization_deletions organizations password_resets "
    "recovery_codes sessions "
    "two_factor_secrets user_avatars users",
    "llm": "model_overrides model_providers",
    "tools": "connection_grants connections tool_versions tools web_search_settings",
    "connections": "connection_attempts",
    "agents": "agent_templates agent_tools agent_variables agent_versions agents organization_variables",
    "teams": "team_members team_versions teams",
    "workflows": "workflow_executions workflow_versions workflows",
    "runs": "agent_thoughts approval_decisions approvals checkpoint_writes checkpoints event_waits events external_work "
    "node_results run_artifacts run_events run_feedback run_labels run_endings run_logs run_partials run_plans run_steps "
    "runs tool_calls webhook_attempts webhook_deliveries webhook_endpoints",
    "usage": "api_usage usage_changes usage_hours",
    "budgets": "budget_counters budget_entries budget_grants budgets",
    "metrics": "metric_changes metric_rollups metric_totals metric_types reported_metrics run_metrics",
    "schedules": "agent_schedules schedule_occurrences",
    "external": "agent_heartbeats agent_keys agent_webhook_secrets",
    "conversations": "attachments conversation_shares conversations messages",
    "deployments": "deployment_visitors deployments",
    "manifests": "applied_resources",
    "realtime": "realtime_changes realtime_interests",
    "notifications": "notification_preferences notifications",
    "integrations": "metric_destinations metric_exports n8n_connections n8n_executions n8n_links n8n_resumes"
    " trace_destinations trace_exports",
    "alerts": "alert_attempts alert_channels alert_configs alert_deliveries alert_engine alert_events "
    "alert_maintenance_windows alert_silences alert_states alerts status_changes",
    "backups": "backups",
    "erasures": "erasures",
    "dashboard": "getting_started",
}
_FUNCTION_FILES = {
    "core": "dispatch installation kv outbox partitions tenant timers",
    "identity": "deletions identity",
    "tools": "tools",
    "agents": "agents",
    "teams": "teams",
    "workflows": "workflows",
    "runs": "admission approvals control events journal runs work",
    "usage": "usage",
    "budgets": "budgets",
    "metrics": "metrics run_metrics",
    "external": "external",
    "schedules": "schedules",
    "conversations": "conversations",
    "deployments": "deployments",
    "realtime": "realtime",
    "notifications": "notifications",
    "alerts": "alerts status_changes",
    "dashboard": "dashboard",
    "integrations": "metric_exports n8n redis traces",
    "worker": "pending_work",
    "retention": "retention",
    "erasures": "erasures",
    "backups": "backups",
}
# (package or function file, table) → why its SQL may look up.
_UPWARD = {
    (
        "identity",
        "realtime_changes",
    ): "the feed has no reference to the organization, whose deletion it tells: its rows go last",
    ("agents", "runs"): "an agent with unfinished runs is not deleted, and its status follows its runs",
    ("agents", "teams"): "an agent that is a member of teams is not deleted",
    ("agents", "team_members"): "an agent that is a member of teams is not deleted",
    ("teams", "runs"): "a team with unfinished runs is not deleted",
    ("workflows", "runs"): "a workflow with unfinished runs is not deleted",
    ("tools", "agents"): "a tool lists the agents that use it",
    ("tools", "agent_tools"): "a tool lists the agents that use it",
    ("tools", "teams"): "a tool names the teams whose members may use it",
    ("tools", "team_members"): "a tool names the teams whose members may use it",
    ("tools", "workflows"): "a tool names the workflows that may use it, and lists those that call it",
    ("core", "organizations"): "timers rest while their organization is being deleted",
    ("tools", "workflow_versions"): "a tool lists the workflows whose active version calls it",
}
_TABLES = {table: package for package, tables in _HOMES.items() for table in tables.split()}
_NAMED = re.compile(r"\b(?:FROM|JOIN|INTO|UPDATE)\s+(?:ONLY\s+)?(?:\w+\.)?(\w+)\b")
_LITERAL = re.compile(r'"""(.*?)"""|"([^"\n]*)"', re.DOTALL)
_STATEMENT = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b")


def _sources() -> list[tuple[str, str, str]]:
    """Return where a piece of SQL stands, the package it belongs to, and its text."""
    found: list[tuple[str, str, str]] = []
    root = Path(str(resources.files("retinue")))
    for package in _ORDER:
        for file in sorted((root / package).rglob("*.py")):
            texts = (match[1] or match[2] or "" for match in _LITERAL.finditer(file.read_text(encoding="utf-8")))
            found += [(str(file.relative_to(root)), package, text) for text in texts if _STATEMENT.match(text)]
        for name in _FUNCTION_FILES.get(package, "").split():
            text = (root / "migrations" / "functions" / f"{name}.sql").read_text(encoding="utf-8")
            found.append((f"functions/{name}.sql", package, text))
    return found


def test_each_table_has_a_home_package(postgres: Postgres) -> None:
    query = "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
    query += "WHERE relkind IN ('r', 'p') AND NOT relispartition AND nspname NOT IN ('pg_catalog', 'information_schema')"
    with psycopg.connect(postgres.owner_url) as connection:
        tables = {name for (name,) in connection.execute(query.encode()).fetchall()}

    assert tables - _TABLES.keys() == set(), "add the new tables to _HOMES"
    assert _TABLES.keys() - tables == set(), "these tables do not exist (any more)"


def test_each_function_file_has_a_home_package() -> None:
    files = {item.name for item in resources.files("retinue.migrations").joinpath("functions").iterdir()}

    assert {f"{name}.sql" for names in _FUNCTION_FILES.values() for name in names.split()} == {
        name for name in files if name.endswith(".sql")
    }


@pytest.mark.parametrize("package", _ORDER)
def test_sql_reaches_down(package: str) -> None:
    upward = {
        (where, table)
        for where, home, text in _sources()
        for table in _NAMED.findall(text)
        if home == package
        and table in _TABLES
        and _ORDER.index(_TABLES[table]) > _ORDER.index(home)
        and (home, table) not in _UPWARD
    }

    assert upward == set(), "use a port of the lower package, or a row that the upper one writes"


def test_exceptions_are_in_use() -> None:
    used = {(home, table) for _, home, text in _sources() for table in _NAMED.findall(text)}

    assert _UPWARD.keys() <= used


def test_advisory_locks_are_named() -> None:
    numbered = re.compile(r"advisory_(?:xact_)?lock(?:_shared)?\((?!tenant\.lock_key\('|hashtextextended\('retinue\.)")
    root = Path(str(resources.files("retinue")))
    files = [*root.rglob("*.py"), *root.rglob("functions/*.sql")]

    assert [str(file) for file in files if numbered.search(file.read_text(encoding="utf-8"))] == []


def test_no_advisory_lock_belongs_to_a_session() -> None:
    # Behind a pooler in transaction mode two clients would hold it.
    root = Path(str(resources.files("retinue")))
    files = [*root.rglob("*.py"), *root.rglob("functions/*.sql")]

    assert [str(file) for file in files if re.search(r"pg_(?:try_)?advisory_lock", file.read_text(encoding="utf-8"))] == []
