"""The published tables and the permission that reading each needs: that of the API's own routes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from retinue.realtime.types import Table

PERMISSIONS: Mapping[str, str] = {
    "agent_metrics": "metrics:read",
    "agent_schedules": "schedules:read",
    "agent_templates": "agents:read",
    "agent_thoughts": "runs:read",
    "agents": "agents:read",
    "alert_configs": "alerts:read",
    "alerts": "alerts:read",
    "api_usage": "usage:read",
    "approvals": "runs:read",
    "conversations": "conversations:read",
    "deployments": "deployments:read",
    "messages": "conversations:read",
    "notifications": "notifications:own",
    "run_artifacts": "runs:read",
    "run_logs": "runs:read",
    "run_steps": "runs:read",
    "runs": "runs:read",
    "team_members": "teams:read",
    "teams": "teams:read",
    "tools": "tools:read",
    "workflows": "workflows:read",
}


def assemble(rows: Sequence[tuple[str, str, str, bool]]) -> dict[str, Table]:
    """Return the tables by name, from (table, column, type, is key) of the catalogue."""
    types: defaultdict[str, dict[str, str]] = defaultdict(dict)
    keys: defaultdict[str, list[str]] = defaultdict(list)
    for table, column, kind, is_key in rows:
        types[table][column] = kind
        if is_key:
            keys[table].append(column)
    return {name: Table(name, types[name], tuple(keys[name]), PERMISSIONS[name]) for name in types if name in PERMISSIONS}
