"""A worker dies while it deploys a version: another one ends it, and the URL serves the version before until then."""

import asyncio
import signal
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import new_id
from retinue.llm.types import SCRIPTED_ID
from tests.crash.ground import Ground

_SERVED = "SELECT version FROM tenant.find_deployed(%s)"
_LOCKS = {
    "while it checks": "SELECT FROM agents WHERE id = %(agent)s FOR UPDATE",
    "before its last commit": "SELECT FROM deployments WHERE id = %(first)s FOR UPDATE",
}


def _snapshot(name: str) -> dict[str, Any]:
    model = {"provider_id": str(SCRIPTED_ID)}
    config = {"model": model, "parameters": {"script": {"turns": [{"text": name}]}}}
    return {
        "name": name,
        "description": "",
        "icon": "bot",
        "category": "support",
        "agent_type": "assistive",
        "runtime": "hosted",
        "instructions": "",
        "config": config,
        "deployment_config": {},
        "webhook_url": None,
        "type": "custom",
    }


def _fill(ground: Ground) -> dict[str, Any]:
    """Make an agent whose first version is deployed, and a pending deployment of the second."""
    ids = {name: new_id() for name in ("agent", "first", "second")}
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute(
            "INSERT INTO agents (id, organization_id, name, category, version, status) VALUES (%s, %s, 'A', 'support', 2,"
            " 'inactive')",
            (ids["agent"], ground.organization_id),
        )
        for version, name, status in ((1, "first", "deployed"), (2, "second", "pending")):
            owner.execute(
                "INSERT INTO deployments (id, organization_id, target_id, agent_id, version, snapshot, status, began_at,"
                " deployed_at) VALUES (%s, %s, %s, %s, %s, %s, %s::text, CASE WHEN %s = 1 THEN now() END,"
                " CASE WHEN %s = 1 THEN now() END)",
                (
                    ids[name],
                    ground.organization_id,
                    ids["agent"],
                    ids["agent"],
                    version,
                    Jsonb(_snapshot(name)),
                    status,
                    version,
                    version,
                ),
            )
        owner.execute(
            "INSERT INTO due_timers (organization_id, kind, subject_id, due_at)"
            " VALUES (%s, 'deployments.deploy', %s, now())",
            (ground.organization_id, ids["second"]),
        )
    return ids


async def _until(ground: Ground, deployment_id: Any, condition: str) -> None:
    query = f"SELECT {condition} FROM deployments WHERE id = %s"  # noqa: S608 - the tests' own conditions
    async with asyncio.timeout(60):
        while ground.rows(query, deployment_id) != [(True,)]:
            await asyncio.sleep(0.03)


@pytest.mark.parametrize("place", list(_LOCKS))
async def test_worker_killed_during_a_deployment(ground: Ground, place: str) -> None:
    ids = _fill(ground)
    passed = "checks -> 5 ->> 'status' = 'passed'" if place == "before its last commit" else "status = 'deploying'"
    with psycopg.connect(ground.postgres.owner_url) as barrier:
        barrier.execute(_LOCKS[place].encode(), ids)
        worker = await ground.worker()
        await _until(ground, ids["second"], passed)
        worker.signal(signal.SIGKILL)
        await worker.gone()
        assert ground.rows(_SERVED, ids["agent"]) == [(1,)]

    # The lease of the dead worker expires, without waiting for it.
    ground.rows("UPDATE due_timers SET due_at = now() WHERE subject_id = %s RETURNING id", ids["second"])
    await ground.worker()
    await _until(ground, ids["second"], "status = 'deployed'")

    assert ground.rows(_SERVED, ids["agent"]) == [(2,)]
    assert ground.rows("SELECT status FROM deployments WHERE id = %s", ids["first"]) == [("stopped",)]
    assert ground.rows("SELECT count(*) FROM due_timers WHERE subject_id = %s", ids["second"]) == [(0,)]
    done = "SELECT count(*) FROM audit_log WHERE target_id = %s AND action = 'deployment.deployed'"
    assert ground.rows(done, ids["second"]) == [(1,)]


async def test_a_deployment_whose_workers_are_lost_each_time_fails_with_the_reason(ground: Ground) -> None:
    ids = _fill(ground)
    ground.rows("UPDATE due_timers SET attempts = 3 WHERE subject_id = %s RETURNING id", ids["second"])

    await ground.worker()
    await _until(ground, ids["second"], "status = 'failed'")

    ((reason,),) = ground.rows("SELECT error_message FROM deployments WHERE id = %s", ids["second"])
    assert "in three attempts" in reason
    assert ground.rows(_SERVED, ids["agent"]) == [(1,)]
