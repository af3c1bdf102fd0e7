"""`retinue demo`: every screen has something to see, nothing of others is touched, and nothing is left after its removal."""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg import sql

from retinue.demo import service
from retinue.demo.errors import DemoExistsError, DemoMissingError, DemoUsedError, OwnerMissingError
from tests.conftest import Postgres
from tests.identity.conftest import Installation, blank, installation, own_database

__all__ = ["blank", "installation", "own_database"]

# What processes write about themselves, and what expires by itself.
_PASSING = {"workers", "kv", "kv_entries", "rate_limits", "procrastinate_workers"}


@pytest.fixture
async def claimed(installation: Installation) -> Installation:
    """Give an installation of Olga's."""
    answer = await installation.claim(installation.issue_claim())
    assert answer.status == 200, answer.text
    return installation


def _counts(owner: psycopg.Connection[Any]) -> dict[str, int]:
    """Count the rows of every table that is no partition."""
    tables = owner.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition"
    ).fetchall()
    counts: dict[str, int] = {}
    for (table,) in tables:
        row = owner.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()
        counts[table] = row[0] if row else 0
    return {table: count for table, count in counts.items() if table not in _PASSING}


async def _settled_counts(owner: psycopg.Connection[Any]) -> dict[str, int]:
    """Count once the listeners have handled what was committed."""
    while (row := owner.execute("SELECT count(*) FROM outbox").fetchone()) and row[0]:
        await asyncio.sleep(0.05)
    return _counts(owner)


def _quiet(_what: str) -> None:
    pass


async def test_the_demonstration_fills_every_screen_and_is_removed_without_a_trace(
    claimed: Installation, environ: dict[str, str], own_database: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "RUNS", 60)
    urls = {"DATABASE_URL": own_database.owner_url, "RETINUE_APP_DATABASE_URL": own_database.app_url}
    given, url = {**environ, **urls}, own_database.owner_url
    http = claimed.http
    before = _counts(claimed.owner)
    began = time.monotonic()

    await service.fill(url, given, None, _quiet)

    assert time.monotonic() - began < 60
    with pytest.raises(DemoExistsError):
        await service.fill(url, given, None, _quiet)
    organizations = {each["slug"]: each["id"] for each in (await http.get("/organizations")).json["items"]}
    own = await http.get("/agents")
    assert (await http.post("/auth/organization", json={"organization_id": organizations["retinue-demo"]})).status == 200
    for path in (
        "/agents?q=Market",
        "/teams",
        "/workflows",
        "/runs?status=completed",
        "/runs?status=failed",
        "/conversations",
        "/schedules",
        "/deployments",
        "/alert-configs",
        "/notifications",
        "/approvals?status=pending",
        "/budgets",
        "/variables",
        "/audit-log",
    ):
        assert (await http.get(path)).json["items"], path
    assert all(float(each["settled_usd"]) > 0 for each in (await http.get("/budgets")).json["items"])
    figures = (await http.get("/dashboard", params={"range": "7d"})).json
    assert int(figures["runs"]["value"]) > 0
    assert int(figures["runs"]["previous"]) > 0
    usage = await http.get("/usage", params={"group_by": "model"})
    assert {row["model"] for row in usage.json["items"]} >= {"gpt-4.1-mini", "claude-sonnet-4-5"}
    run = (await http.get("/runs", params={"status": "completed", "q": "Market", "limit": 1})).json["items"][0]
    steps = (await http.get(f"/runs/{run['id']}/steps")).json["items"]
    assert {each["step_name"] for each in steps if each["step_type"] == "llm_call"} == {"claude-sonnet-4-5"}
    assert (await http.get(f"/runs/{run['id']}/thoughts")).json["items"]

    added = await http.post("/agents", json={"name": "Mine"})
    with pytest.raises(DemoUsedError, match="1 agents"):
        await service.remove(url, given, everything=False)
    assert (await http.delete(f"/agents/{added.json['id']}")).status == 204
    assert (await http.post("/auth/organization", json={"organization_id": organizations["acme"]})).status == 200
    await service.remove(url, given, everything=False)

    assert await _settled_counts(claimed.owner) == before
    assert (await http.get("/agents")).json == own.json
    with pytest.raises(DemoMissingError):
        await service.remove(url, given, everything=False)


async def test_an_installation_without_an_owner_gets_no_demonstration(
    installation: Installation, environ: dict[str, str], own_database: Postgres
) -> None:
    urls = {"DATABASE_URL": own_database.owner_url, "RETINUE_APP_DATABASE_URL": own_database.app_url}

    with pytest.raises(OwnerMissingError):
        await service.fill(own_database.owner_url, {**environ, **urls}, None, _quiet)

    assert _counts(installation.owner)["organizations"] == 0
