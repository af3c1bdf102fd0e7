"""What the client prints for people: plain columns, no colours, so that it can be cut and searched.

At a terminal a row is cut at its edge, which breaks no line in two; a file or another program gets it whole.
"""

import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import Any

from retinue.cli.client.format import cost_text, duration_text
from retinue.cli.client.output import harmless, print_text
from retinue.cli.client.progress import text_of

_WIDEST = 48
_ORIGINS = {"parent": "parent", "forked_from": "forked from", "retried_from": "retried from"}


def print_agents(agents: Sequence[Any]) -> None:
    """Print agents as a table."""
    rows = [
        [each["id"], each["name"], each["status"], each["category"], each["type"], each["description"]] for each in agents
    ]
    print_table(
        ["ID", "NAME", "STATUS", "CATEGORY", "TYPE", "DESCRIPTION"], rows, "No agents yet. Create one in the console."
    )


def print_teams(teams: Sequence[Any]) -> None:
    """Print teams as a table."""
    rows = [
        [each["id"], each["name"], each["type"], ", ".join(one["name"] for one in each["members"]), each["description"]]
        for each in teams
    ]
    print_table(["ID", "NAME", "TYPE", "MEMBERS", "DESCRIPTION"], rows, "No teams yet. Make one: retinue teams create.")


def print_schedules(schedules: Sequence[Any]) -> None:
    """Print schedules as a table."""
    rows = [
        [each["id"], each["name"], each["status"], each["target_name"], (each["next_run"] or "")[:19], each["summary"]]
        for each in schedules
    ]
    headings = ["ID", "NAME", "STATUS", "TARGET", "NEXT RUN (UTC)", "WHEN"]
    print_table(headings, rows, "No schedules yet. Create one: retinue schedules create.")


def print_approvals(approvals: Sequence[Any]) -> None:
    """Print approvals as a table."""
    rows = [
        [
            each["id"],
            each["status"],
            each["kind"],
            each["tool_name"],
            each["target_name"],
            each["created_at"][:19],
            (each["expires_at"] or "")[:19],
            each["reason"],
        ]
        for each in approvals
    ]
    headings = ["ID", "STATUS", "KIND", "NAME", "ASKED BY", "SINCE (UTC)", "EXPIRES (UTC)", "REASON"]
    print_table(headings, rows, "No approvals.")


def print_alerts(alerts: Sequence[Any]) -> None:
    """Print alerts as a table."""
    rows = [
        [
            each["id"],
            each["severity"],
            each["status"],
            each["config_name"],
            each["target_name"] or "",
            each["triggered_at"][:19],
            str(each["details"].get("summary") or ""),
        ]
        for each in alerts
    ]
    print_table(["ID", "SEVERITY", "STATUS", "RULE", "TARGET", "SINCE (UTC)", "WHAT"], rows, "No alerts.")


def print_alert_configs(configs: Sequence[Any]) -> None:
    """Print alert rules as a table."""
    rows = [
        [
            each["id"],
            each["name"],
            each["state"] if each["enabled"] else "disabled",
            each["severity"],
            each["target_name"] or "all",
            each["eval_error"] or each["summary"],
        ]
        for each in configs
    ]
    empty = "No alert rules yet. Create some: retinue alerts starter-pack."
    print_table(["ID", "NAME", "STATE", "SEVERITY", "TARGET", "FIRES WHEN"], rows, empty)


def print_channels(channels: Sequence[Any]) -> None:
    """Print channels of alerts as a table."""
    rows = [
        [
            *(each["id"], each["kind"], each["name"], "unsubscribed" if each["unsubscribed_at"] else each["status"]),
            *(str(each["sent_count"]), each["problem"] or ""),
        ]
        for each in channels
    ]
    print_table(["ID", "KIND", "NAME", "STATUS", "SENT", "PROBLEM"], rows, "No channels yet. Create one in the console.")


def print_notifications(notifications: Sequence[Any]) -> None:
    """Print notifications as a table."""
    rows = [
        [each["created_at"][:19], each["priority"], "" if each["read_at"] else "unread", each["title"], each["message"]]
        for each in notifications
    ]
    print_table(["TIME (UTC)", "PRIORITY", "STATE", "TITLE", "MESSAGE"], rows, "No notifications.")


def print_occurrences(occurrences: Sequence[Any]) -> None:
    """Print occurrences as a table."""
    rows = [
        [
            each["due_at"][:19],
            each["kind"],
            each["status"] if each["run_status"] is None else each["run_status"],
            each["run_id"] or "",
            each["reason"] or "",
        ]
        for each in occurrences
    ]
    print_table(["DUE (UTC)", "KIND", "STATUS", "RUN", "REASON"], rows, "No occurrences yet.")


def print_workflows(workflows: Sequence[Any]) -> None:
    """Print workflows as a table."""
    rows = [
        [
            *(each["id"], each["name"], each["status"], str(each["active_version"] or "-"), str(each["execution_count"])),
            *(str(each["error_count"]), each["description"]),
        ]
        for each in workflows
    ]
    head = ["ID", "NAME", "STATUS", "PUBLISHED", "RUNS", "FAILED", "DESCRIPTION"]
    print_table(head, rows, "No workflows yet. Save one: retinue workflows save FILE.")


def print_variables(variables: Sequence[Any]) -> None:
    """Print variables of the organization as a table."""
    rows = [
        [
            each["name"],
            ("(secret)" if each["is_secret"] else each["value"]) if each["has_value"] else "(none)",
            each["rotated_at"][:10],
            "due" if each["is_rotation_due"] else (each["rotation_due_at"] or "")[:10],
            each["description"],
        ]
        for each in variables
    ]
    print_table(["NAME", "VALUE", "ROTATED", "DUE", "DESCRIPTION"], rows, "No variables. Create one: retinue variables set.")


def print_members(members: Sequence[Any]) -> None:
    """Print a team's members as a table."""
    rows = [
        [
            str(each["position"] + 1),
            each["name"],
            "agent" if each["agent_id"] else "team",
            each["status"] or "",
            each["role"],
            each["agent_id"] or each["team_id"],
        ]
        for each in members
    ]
    print_table(["POSITION", "NAME", "KIND", "STATUS", "ROLE", "ID"], rows, "No members.")


def print_providers(providers: Sequence[Any]) -> None:
    """Print model providers as a table."""
    states = {None: "not tested", True: "passed", False: "failed"}
    rows = [
        [
            each["id"],
            each["name"] + (" (default)" if each["is_default"] else ""),
            each["kind"],
            states[each["last_test_ok"]],
            (each["last_tested_at"] or "")[:19],
            ", ".join(each["models"]),
        ]
        for each in providers
    ]
    print_table(
        ["ID", "NAME", "KIND", "TEST", "TESTED", "MODELS"], rows, "No model providers. Add one: retinue providers add."
    )


def print_tools(tools: Sequence[Any]) -> None:
    """Print tools as a table."""
    rows = [
        [
            each["id"],
            each["name"],
            each["tool_type"],
            each["effect"],
            "yes" if each["is_active"] else "no",
            each["description"],
        ]
        for each in tools
    ]
    print_table(["ID", "NAME", "TYPE", "EFFECT", "ACTIVE", "DESCRIPTION"], rows, "No tools.")


def print_tool_calls(calls: Sequence[Any]) -> None:
    """Print calls of a tool as a table."""
    rows = [
        [
            each["created_at"][:19],
            each["state"],
            duration_text(each["duration_ms"]),
            each["agent_name"] or "",
            each["run_id"],
            each["error_message"] or "",
        ]
        for each in calls
    ]
    print_table(["CREATED", "STATE", "TOOK", "AGENT", "RUN", "ERROR"], rows, "No calls.")


def print_tool_versions(versions: Sequence[Any]) -> None:
    """Print versions of a tool as a table."""
    rows = [
        [
            str(each["version"]),
            each["created_at"][:19],
            each["created_by"]["full_name"] if each["created_by"] else "",
            each["note"],
        ]
        for each in versions
    ]
    print_table(["VERSION", "CREATED", "BY", "NOTE"], rows, "No versions.")


def print_tool_users(users: Sequence[Any]) -> None:
    """Print who has a tool as a table."""
    rows = [
        [each["id"], each["type"], each["name"], each["status"], "yes" if each["is_allowed"] else "no"] for each in users
    ]
    print_table(["ID", "TYPE", "NAME", "STATUS", "ALLOWED"], rows, "Nothing uses this tool.")


def print_operations(operations: Sequence[Any]) -> None:
    """Print the operations of an OpenAPI document as a table."""
    rows = [
        [each["operation_id"], each["status"], each["method"], each["path"], each["name"], each["summary"]]
        for each in operations
    ]
    print_table(["OPERATION", "STATUS", "METHOD", "PATH", "TOOL", "SUMMARY"], rows, "No operations.")


def print_runs(runs: Sequence[Any]) -> None:
    """Print runs as a table."""
    rows = [_run_cells(run) for run in runs]
    print_table(["ID", "STATUS", "AGENT", "CREATED", "TOOK", "COST", "TAGS"], rows, "No runs.")


def _run_cells(run: Any) -> list[str]:
    took, cost = duration_text(run["duration_ms"]), cost_text(run["resource_usage"])
    tags = ", ".join(run["tags"])
    return [run["id"], run["status"], run["target_name"], run["created_at"][:19], took, cost, tags]


def print_deployments(items: Sequence[Any]) -> None:
    """Print deployments as a table."""
    rows = [
        [
            each["id"],
            each["name"],
            str(each["version"]),
            each["status"],
            each["trigger_type"],
            (each["deployed_at"] or each["created_at"])[:19],
            each["error_message"] or each["note"],
        ]
        for each in items
    ]
    heads = ["ID", "AGENT", "VERSION", "STATUS", "TRIGGER", "AT", "NOTE"]
    print_table(heads, rows, "No deployments yet. Make one: retinue deploy AGENT.")


def print_feedback(items: Sequence[Any]) -> None:
    """Print the feedback on a run as a table."""
    rows = [[each["value"], each["user_name"] or "", each["updated_at"][:19], each["comment"]] for each in items]
    print_table(["VALUE", "BY", "AT", "COMMENT"], rows, "No feedback yet.")


def print_run(run: Any, overview: Any, steps: Sequence[Any]) -> None:
    """Print one run with its overview and its steps."""
    usage = run["resource_usage"]
    facts = {
        "run": run["id"],
        "short id": run["short_id"],
        "agent": run["target_name"],
        "input": run["input_preview"],
        "status": run["status"] + (f" ({run['waiting_reason']})" if run["waiting_reason"] else ""),
        "created": run["created_at"],
        "warnings": str(run["warning_count"] or ""),
        "took": duration_text(run["duration_ms"]),
        "tokens": f"{usage['input_tokens']} in, {usage['output_tokens']} out" + (" (estimated)" * usage["is_estimated"]),
        "cost": cost_text(usage),
        "total": _total_text(overview["total_cost"]),
        "feedback": ", ".join(f"{run['feedback'][value]} {value}" for value in ("up", "down") if run["feedback"][value]),
        "tags": ", ".join(run["tags"]),
        "metadata": ", ".join(f"{key}={value}" for key, value in run["metadata"].items()),
        "error": run["error_message"],
        **{_ORIGINS[name]: overview[name]["id"] for name in _ORIGINS if overview[name]},
        **{name: ", ".join(each["short_id"] for each in overview[name]) for name in ("children", "forks", "retries")},
    }
    for name, value in facts.items():
        if value:
            print(f"{name:<12} {harmless(value)}")
    print()
    print_table(["AT", "EVENT", "BY", "DETAILS"], [_moment_cells(each) for each in overview["timeline"]], "No events.")
    print()
    rows = [_step_cells(each) for each in steps]
    print_table(["STEP", "NAME", "STATUS", "TOOK", "COST"], rows, "No steps yet.")
    if run["output"] is not None:
        print()
        print_text(text_of(run["output"]))


def _total_text(total: Any) -> str:
    return f"{cost_text(total)} with {total['run_count'] - 1} other runs it started" if total["run_count"] > 1 else ""


def _moment_cells(moment: Any) -> list[str]:
    actor, details = moment["actor"], moment["details"]
    name = "" if actor is None else (actor["name"] or "deleted") + (" (API key)" * (actor["kind"] == "api_key"))
    facts = ", ".join(str(value) for value in details.values() if value is not None)
    return [moment["at"][:19], moment["type"], name, facts]


def _step_cells(step: Any) -> list[str]:
    usage: dict[str, Any] = step["usage"] or {}
    cost = ""
    if "cost_usd" in usage:
        state = "unknown" if usage["cost_usd"] is None else "known"
        cost = cost_text({"cost_state": state, **usage})
    return [str(step["sequence"]), step["step_name"], step["status"], duration_text(step["duration_ms"]), cost]


def print_table(heads: list[str], rows: list[list[str]], empty: str) -> None:
    """Print rows below their heads, or a sentence when there are none."""
    if not rows:
        print(empty)
        return
    table = [heads, *[[_short(cell) for cell in row] for row in rows]]
    widths = [max(_width(row[column]) for row in table) for column in range(len(heads))]
    edge = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for row in table:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        print(_cut("  ".join(cells).rstrip(), edge))


def _short(cell: str) -> str:
    line = harmless(" ".join(str(cell).split()))
    return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 1]}…"


def _width(text: str) -> int:
    """Return how many columns a text takes at a terminal (Unicode Standard Annex 11)."""
    return sum(0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _cut(text: str, edge: int | None) -> str:
    if edge is None or _width(text) <= edge:
        return text
    while text and _width(text) >= edge:
        text = text[:-1]
    return f"{text}…"
