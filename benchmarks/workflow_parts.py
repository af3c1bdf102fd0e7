"""Workflows for the benchmark, and what is read of their runs."""

import asyncio
from itertools import pairwise
from typing import Any

import aiohttp

from benchmarks.installation import Installation

ENDED = ("completed", "failed", "cancelled")
_AT_ONCE = 16


def tool(name: str, **more: Any) -> dict[str, Any]:
    """Write a node that calls the calculator with what is written out, so that no expression is computed."""
    return {"id": name, "type": "tool", "tool": {"name": "calculator"}, "input": {"expression": "2 + 2"}, **more}


def row(nodes: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """Write a definition whose nodes follow one another."""
    names = ["START", *(node["id"] for node in nodes), "END"]
    edges = [{"from": one, "to": other} for one, other in pairwise(names)]
    limits = {"max_steps": 100_000}
    return {"format": "retinue.workflow/1", "nodes": nodes, "edges": edges, "limits": limits, **fields}


def mapped(count: int) -> dict[str, Any]:
    """Write a map over so many items whose only node does next to nothing."""
    body = {"nodes": [tool("item")]}
    node = {"id": "all", "type": "map", "over": f"list(range({count}))", "max_items": count, "concurrency": 16, "body": body}
    return row([node])


def looped(rounds: int) -> dict[str, Any]:
    """Write a loop of so many rounds whose only node does next to nothing."""
    until = f"index == {rounds - 1}"
    return row([{"id": "again", "type": "loop", "until": until, "max": rounds, "body": {"nodes": [tool("round")]}}])


async def create(made: Installation, name: str, definition: dict[str, Any]) -> str:
    """Create a workflow and publish it; return its id."""
    created = await made.call("POST", "/workflows", {"definition": {"name": name, **definition}})
    await made.call("POST", f"/workflows/{created['id']}/publish", {})
    await made.call("PATCH", f"/workflows/{created['id']}", {"is_active": True})
    return str(created["id"])


async def start(made: Installation, workflow_id: str, count: int) -> list[str]:
    """Start so many runs, some at once; return their ids."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one() -> str:
        async with gate:
            return (await made.call("POST", f"/workflows/{workflow_id}/runs", {"input": {}}))["id"]

    return await asyncio.gather(*(one() for _ in range(count)))


async def settled(made: Installation, run_ids: list[str], statuses: tuple[str, ...] = ENDED) -> None:
    """Wait until runs have one of some statuses; a failed run ends the benchmark, unless that is one of them."""
    statement = "SELECT status, count(*), min(error_message) FROM runs WHERE id = ANY (%s::uuid[]) GROUP BY 1"
    for _ in range(30_000):
        found = {status: (count, message) for status, count, message in made.query(statement, run_ids)}
        if "failed" in found:
            raise SystemExit(f"runs failed: {found['failed']}")
        if sum(count for status, (count, _) in found.items() if status in statuses) == len(run_ids):
            return
        await asyncio.sleep(0.02)
    raise SystemExit("the runs did not settle")


async def ran(made: Installation, workflow_id: str, count: int = 1) -> tuple[list[str], float]:
    """Carry out so many runs; return their ids, and the seconds of CPU that the workers took."""
    before = made.cpu_seconds("worker")
    run_ids = await start(made, workflow_id, count)
    await settled(made, run_ids)
    return run_ids, made.cpu_seconds("worker") - before


def checkpoint_bytes(made: Installation, run_id: str) -> int:
    """Return the bytes of a run's checkpoints and of what its tasks wrote, as text."""
    statement = """
    SELECT (SELECT coalesce(sum(octet_length(document::text) + octet_length(metadata::text)), 0) FROM checkpoints
        WHERE run_id = %s)
      + (SELECT coalesce(sum(octet_length(value::text)), 0) FROM checkpoint_writes WHERE run_id = %s)"""
    return int(made.query(statement, run_id, run_id)[0][0])


def wal_bytes(made: Installation) -> int:
    """Return how much the server has written to its log so far."""
    return int(made.query("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])


def waits(made: Installation, statement: str, run_ids: list[str]) -> list[float]:
    """Return seconds that a statement reads of runs."""
    return [float(each[0]) for each in made.query(statement, run_ids)]


async def send(made: Installation, path: str, body: Any) -> None:
    """Send one request whose answer is not looked at."""
    url = f"{made.api_url}/api/v1{path}"
    timeout = aiohttp.ClientTimeout(total=60)
    async with made.http.post(url, json=body, headers=made.headers, timeout=timeout) as response:
        if response.status >= 300:
            raise SystemExit(f"{path}: {response.status} {await response.text()}")
