"""What the client's commands for metrics and usage do."""

from typing import Any

from retinue.cli.client.actions import find_agent
from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED
from retinue.cli.client.output import print_json, print_text
from retinue.cli.client.tables_metrics import print_metric, print_metrics, print_usage


async def list_metrics(given: Credentials, *, as_json: bool) -> int:
    """Print the metrics with their units."""
    async with connected(given) as connection:
        found = (await connection.get("/metrics/types"))["items"]
    print_json(found) if as_json else print_metrics(found)
    return COMPLETED


async def show_metric(given: Credentials, agents: list[str], query: dict[str, Any], *, as_json: bool) -> int:
    """Print a metric over time."""
    async with connected(given) as connection:
        ids = [await find_agent(connection, agent) for agent in agents]
        found = await connection.get("/metrics/query", agent_id=ids, **query)
    print_json(found) if as_json else print_metric(found)
    return COMPLETED


async def report_metric(given: Credentials, agent: str, point: dict[str, str]) -> int:
    """Report a point."""
    async with connected(given) as connection:
        path = f"/agents/{await find_agent(connection, agent)}/metrics"
        receipt = await connection.post(path, {"points": [point]})
    print(f"{receipt['written']} point written.")
    return COMPLETED


async def show_usage(given: Credentials, query: dict[str, Any], *, as_json: bool) -> int:
    """Print usage in groups."""
    async with connected(given) as connection:
        found = await connection.get("/usage", **query)
    print_json(found) if as_json else print_usage(found, query["group_by"])
    return COMPLETED


async def export_usage(given: Credentials, query: dict[str, Any]) -> int:
    """Print usage as CSV."""
    async with connected(given) as connection:
        text = await connection.get_text("/usage/export", **query)
    print_text(text.replace("\r\n", "\n").rstrip("\n"))
    return COMPLETED


async def rebuild_usage(given: Credentials, window: dict[str, str]) -> int:
    """Have the usage of runs written again."""
    async with connected(given) as connection:
        made = await connection.post("/usage/rebuild", window)
    print(f"{made['runs']} runs queued. Their model calls and metrics are written again within seconds.")
    return COMPLETED
