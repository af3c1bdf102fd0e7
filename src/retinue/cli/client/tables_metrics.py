"""What the client prints of metrics and usage."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from retinue.cli.client.format import usd_text
from retinue.cli.client.tables import print_table


def print_metrics(metrics: Sequence[Any]) -> None:
    """Print metrics as a table."""
    rows = [
        [each["metric_type"], each["unit"], each["aggregation"], "yes" if each["has_points"] else "no", each["description"]]
        for each in metrics
    ]
    print_table(["METRIC", "UNIT", "AGGREGATION", "POINTS", "DESCRIPTION"], rows, "No metrics yet.")


def print_metric(found: Any) -> None:
    """Print a metric over time as a table."""
    rows = [
        [
            point["at"][:16].replace("T", " "),
            series["agent_name"] or "",
            series["label"] or "",
            point["value"],
            str(point["count"]),
        ]
        for series in found["series"]
        for point in series["points"]
    ]
    heads = [
        f"{found['bucket'].upper()} (UTC)",
        "AGENT",
        "LABEL",
        f"{found['aggregation'].upper()} ({found['unit']})",
        "POINTS",
    ]
    print_table(heads, rows, "No points in this time.")


_DIMENSIONS: dict[str, Callable[[Any], str]] = {
    "agent": lambda each: each["agent_name"] or each["agent_id"] or "—",
    "model": lambda each: each["model"] or "—",
    "user": lambda each: each["user_name"] or each["user_id"] or "—",
    "api_key": lambda each: each["api_key_name"] or each["api_key_id"] or "—",
    "endpoint": lambda each: f"{each['method']} {each['endpoint']}",
    "day": lambda each: each["day"][:10],
}


def print_usage(report: Any, groups: Sequence[str]) -> None:
    """Print usage in groups as a table."""
    rows = [[*(_DIMENSIONS[group](each) for group in groups), *_figures(each)] for each in report["items"]]
    if rows:
        rows.append(["Total", *[""] * (len(groups) - 1), *_figures(report["total"])])
    heads = [*(group.upper().replace("_", " ") for group in groups), "CALLS", "FAILED", "TOKENS IN", "TOKENS OUT", "COST"]
    print_table(heads, rows, "No usage in this time.")


def _figures(each: Any) -> list[str]:
    cost = usd_text(Decimal(each["cost_usd"]))
    cost = f"≥ {cost}" if each["unpriced_calls"] else cost
    counts = (each["calls"], each["failed_calls"], each["input_tokens"], each["output_tokens"])
    return [*(f"{number:,}" for number in counts), cost]
