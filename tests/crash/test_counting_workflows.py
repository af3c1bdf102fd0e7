"""Counters of workflows after chaos: workers killed and suspended at random, while runs are cancelled and resumed."""

import asyncio
import os
import random
import signal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import RunId, new_id
from retinue.core.json import JsonObject
from retinue.engine.plan import WorkflowPlan, write_workflow_plan
from retinue.engine.ports import AgentPlan, ModelSpec
from retinue.engine.spec.workflow.document import Workflow
from tests.crash.ground import Ground

_SEED = int(os.environ.get("RETINUE_TEST_SEED", "20261130"))
_RUNS = 60
_DEFINITION: Any = {
    "format": "retinue.workflow/1",
    "name": "Counted",
    "state": {"n": {"default": 0}},
    "nodes": [
        {"id": "look", "type": "tool", "tool": {"name": "look"}, "input": {"number": "{{ input['number'] }}"}},
        {"id": "last", "type": "tool", "tool": {"name": "last"}, "input": {"number": "{{ input['number'] }}"}},
        {"id": "end", "type": "transform", "set": {"n": "1 / (input['number'] % 5)"}},
    ],
    "edges": [
        {"from": "START", "to": "look"},
        {"from": "look", "to": "last"},
        {"from": "last", "to": "end"},
        {"from": "end", "to": "END"},
    ],
}
_OF_RUNS = """
SELECT count(*), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'), max(created_at)
FROM runs WHERE target_id = %s
"""
_COUNTED = """
SELECT count(*), count(*) FILTER (WHERE status = 'completed'), count(*) FILTER (WHERE status = 'failed'), max(started_at)
FROM workflow_executions WHERE workflow_id = %s
"""


def _made(ground: Ground) -> UUID:
    workflow_id = new_id()
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO workflows (id, organization_id, name, definition) VALUES (%s, %s, 'Counted', %s)",
            (workflow_id, ground.organization_id, Jsonb(_DEFINITION)),
        )
    return workflow_id


def _plan(ground: Ground) -> JsonObject:
    tools = {name: ground.tool(name, "GET", "read_only") for name in ("look", "last")}
    own = AgentPlan(str(new_id()), 1, "Counted", "", ModelSpec("", "none", "", None, {}), (), {}, {})
    return write_workflow_plan(
        own, WorkflowPlan(str(new_id()), 1, _DEFINITION, Workflow.model_validate(_DEFINITION), tools), (), {}
    )


def _start(ground: Ground, workflow_id: UUID, plan: JsonObject, number: int) -> RunId:
    run_id = RunId(new_id())
    with psycopg.connect(ground.postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, trigger, plan, input, trace_id)"
            " VALUES (%s, %s, 'workflow', %s, 'Counted', 'manual', %s, %s, 't')",
            (run_id, ground.organization_id, workflow_id, Jsonb(plan), Jsonb({"number": number})),
        )
    return run_id


async def _disturb(ground: Ground, draws: random.Random, run_ids: list[RunId]) -> None:
    """Kill and suspend workers, cancel and resume runs, at random, for a while."""
    workers = [await ground.worker(), await ground.worker()]
    for _ in range(8):
        await asyncio.sleep(draws.uniform(0.05, 0.3))
        place = draws.randrange(2)
        match draws.choice(["kill", "sleep", "cancel", "resume"]):
            case "kill":
                workers[place].signal(signal.SIGKILL)
                await workers[place].gone()
                workers[place] = await ground.worker()
            case "sleep":
                workers[place].signal(signal.SIGSTOP)
                await asyncio.sleep(1.8)
                workers[place].signal(signal.SIGCONT)
            case "cancel":
                ground.rows("SELECT 1 FROM control.cancel(%s, NULL)", draws.choice(run_ids))
            case _:
                failed = ground.rows("SELECT id FROM runs WHERE status = 'failed' LIMIT 1")
                if failed:
                    ground.rows("SELECT 1 FROM control.resume(%s, NULL)", failed[0][0])


@pytest.mark.timeout(300)
async def test_counters_of_a_workflow_equal_its_runs_after_chaos(ground: Ground) -> None:
    draws = random.Random(_SEED)  # noqa: S311 - an order of events
    workflow_id, plan = _made(ground), _plan(ground)
    run_ids = [_start(ground, workflow_id, plan, number) for number in range(_RUNS)]

    await _disturb(ground, draws, run_ids)
    for run_id in run_ids:
        await ground.status(run_id)
    counted, of_runs = ground.rows(_COUNTED, workflow_id), ground.rows(_OF_RUNS, workflow_id)
    ground.rows("DELETE FROM runs WHERE id = %s RETURNING 1", run_ids[0])

    assert counted == of_runs
    ((total, completed, failed, _),) = counted
    assert (total, failed > 0, completed > _RUNS // 2) == (_RUNS, True, True)
    assert ground.rows(_COUNTED, workflow_id) == counted
