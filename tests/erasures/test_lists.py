"""What an erasure reaches is one list in the database; a column that names something without a reference is on it, or kept.

What refers to an agent or a person by a foreign key is found in the catalogue, by the erasure as by these tests.
"""

import psycopg

from retinue.erasures import rules
from tests.conftest import Postgres

_AGENT, _PERSON = "agent", "person"
NAMES: dict[str, frozenset[str]] = {
    "agent_schedules.target_id": frozenset({_AGENT}),
    "agent_thoughts.agent_id": frozenset({_AGENT}),
    "api_usage.agent_id": frozenset({_AGENT}),
    "api_usage.user_id": frozenset({_PERSON}),
    "applied_resources.resource_id": frozenset({_AGENT}),
    "approvals.assignees": frozenset({_PERSON}),
    "audit_log.actor_id": frozenset({_PERSON}),
    "audit_log.target_id": frozenset({_AGENT, _PERSON}),
    "budgets.subject_id": frozenset({_AGENT, _PERSON}),
    "deployment_visitors.target_id": frozenset({_AGENT}),
    "deployments.target_id": frozenset({_AGENT}),
    "due_timers.subject_id": frozenset({_AGENT}),
    "erasures.target_id": frozenset({_AGENT, _PERSON}),
    "metric_changes.agent_id": frozenset({_AGENT}),
    "runs.target_id": frozenset({_AGENT}),
    "reported_metrics.agent_id": frozenset({_AGENT}),
    "run_metrics.agent_id": frozenset({_AGENT}),
    "usage_hours.agent_id": frozenset({_AGENT}),
    "usage_hours.user_id": frozenset({_PERSON}),
    "webhook_endpoints.target_id": frozenset({_AGENT}),
}
"""Column of ids without a foreign key → what of that which is erased by itself it may name."""
OTHERS = frozenset(
    {
        "alert_deliveries.group_id",
        "api_usage.api_key_id",
        "audit_log.api_key_id",
        "budget_counters.counted_id",
        "budget_entries.counted_id",
        "budget_entries.interrupted_id",
        "budget_entries.run_id",
        "budget_entries.step_id",
        "budget_grants.counted_id",
        "budget_grants.run_id",
        "budgets.fallback_provider_id",
        "connection_attempts.session_id",
        "erasures.of_organization_id",
        "event_waits.event_id",
        "installation.backup_request_id",
        "metric_destinations.holder",
        "n8n_executions.workflow_id",
        "organization_deletions.target_id",
        "run_endings.ended_run_id",
        "run_metrics.ended_run_id",
        "trace_destinations.holder",
        "usage_hours.api_key_id",
        "runs.api_key_id",
        "runs.deployment_id",
        "runs.forked_from_run_id",
        "runs.retry_of_run_id",
        "runs.visitor_id",
        "runs.workflow_id",
        "tool_calls.tool_id",
        "tools.scope_id",
        "workflow_executions.run_id",
    }
)
"""Columns of ids without a foreign key that name neither agents nor persons: runs, steps, keys, workflows, processes."""
WITH_ANOTHER = {
    "agent_thoughts.agent_id": "goes with the run",
    "deployment_visitors.target_id": "goes with the deployment, which refers to the agent by agent_id",
    "deployments.target_id": "goes by agent_id",
    "runs.target_id": "the runs of an agent are deleted first",
    "erasures.target_id": "the record of the erasure itself",
}
"""Column → why no line of the list is needed."""
_COLUMNS = """
SELECT format('%s.%s', c.oid::regclass, a.attname)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
  AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype) AND a.attname NOT IN ('id', 'organization_id')
  AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.contype = 'f' AND f.conrelid = c.oid AND a.attnum = ANY (f.conkey))
"""
_LIST = "SELECT format('%%s.%%s', target, reference) FROM tenant.rows_without_reference(%s)"
_FOREIGN = """
SELECT f.conrelid::regclass::text FROM pg_constraint f
WHERE f.contype = 'f' AND f.confrelid = %s::regclass AND f.confdeltype NOT IN ('c', 'n')
"""


def _rows(postgres: Postgres, query: str, *values: str) -> set[str]:
    with psycopg.connect(postgres.owner_url) as owner:
        return {str(row[0]) for row in owner.execute(query.encode(), values or None).fetchall()}


def test_every_id_without_a_reference_is_known(postgres: Postgres) -> None:
    found = _rows(postgres, _COLUMNS)

    unknown = {each for each in found - set(NAMES) - OTHERS if not each.endswith("step_id")}
    assert unknown == set(), "say in NAMES or OTHERS what the column names"
    assert (set(NAMES) | OTHERS) - found == set(), "the column has gone, or has a reference now"


def test_every_column_that_names_what_is_erased_is_on_the_list_or_kept_for_a_reason(postgres: Postgres) -> None:
    for kind in (_AGENT, _PERSON):
        listed = _rows(postgres, _LIST, kind)
        naming = {column for column, kinds in NAMES.items() if kind in kinds}

        left = naming - listed - set(WITH_ANOTHER)
        assert {each for each in left if rules.reason_of(each.partition(".")[0]) == rules.reason_of("any")} == set(), kind


def test_references_to_persons_and_agents_end_with_them(postgres: Postgres) -> None:
    assert {table: _rows(postgres, _FOREIGN, table) for table in ("users", "agents")} == {"users": set(), "agents": set()}
