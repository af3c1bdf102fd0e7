"""The worker of a team dies after each commit: no member starts twice, none is lost, and none that has ended runs again."""

import asyncio
import signal
from dataclasses import replace
from typing import Any

import pytest

from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.engine.plan import MemberPlan, TeamPlan, write_plan, write_team_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan
from retinue.engine.spec.team import Mode, TeamConfig
from tests.crash.ground import SCRIPTED, Ground

_ROUNDS = 14
_CHILDREN = "SELECT target_name, status, parent_step_id FROM runs WHERE parent_run_id = %s ORDER BY target_name"


def _agent(name: str, turns: list[Any], tools: tuple[ToolPlan, ...] = ()) -> AgentPlan:
    parameters: JsonObject = {"script": {"turns": turns}}
    return AgentPlan(
        agent_id="01a20000-0000-7000-8000-000000000000",
        agent_version=1,
        name=name,
        instructions="",
        model=ModelSpec(SCRIPTED, "scripted", "scripted", None, parameters),
        tools=tools,
        limits={},
        memory={},
    )


def _member(name: str, plan: Any, kind: str = "agent") -> MemberPlan:
    return MemberPlan(name.lower(), name, "", "", kind, "01a20000-0000-7000-8000-000000000000", 1, {}, plan)


def _delegates(*members: str) -> Any:
    return {"tool_calls": [{"name": "delegate", "arguments": {"member": each, "task": "Go."}} for each in members]}


def _team() -> Any:
    """Plan a team of two agents and a team that has one."""
    low = [_member("Low", write_plan(_agent("Low", [{"text": "low"}])))]
    inner = write_team_plan(
        _agent("Inner", [_delegates("low"), {"text": "inner"}]), 1, TeamPlan(Mode.COORDINATE, TeamConfig(), tuple(low))
    )
    members = (
        _member("One", write_plan(_agent("One", [{"text": "one", "delay_ms": 20}]))),
        _member("Two", write_plan(_agent("Two", [{"text": "two"}]))),
        _member("Inner", inner, "team"),
    )
    leader = _agent("Outer", [_delegates("one", "two", "inner"), {"text": "outer"}])
    return write_team_plan(leader, 1, TeamPlan(Mode.COORDINATE, TeamConfig(), members))


@pytest.mark.timeout(300)
async def test_team_survives_workers_killed_after_any_commit(ground: Ground) -> None:
    run_ids: list[RunId] = []
    for commits in range(1, _ROUNDS):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_ids.append(ground.start_plan("team", _team()))
        ended = asyncio.create_task(worker.gone())
        over = asyncio.create_task(ground.status(run_ids[-1], "completed"))
        await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not ended.done():
            worker.signal(signal.SIGKILL)
        await ended
    await ground.worker()

    for run_id in run_ids:
        assert await ground.status(run_id, "completed", "failed") == "completed"
        children = ground.rows(_CHILDREN, run_id)
        assert [(name, status) for name, status, _ in children] == [
            ("Inner", "completed"),
            ("One", "completed"),
            ("Two", "completed"),
        ]
        assert len({step for _, _, step in children}) == 3
        ground.check_record_of_steps(run_id, steps=5)


def _asking(tool: ToolPlan) -> Any:
    """Plan a team of an agent that asks a person before it calls a tool, and one that answers beside it."""
    asks = _agent("Asks", [{"tool_calls": [{"name": tool.name, "arguments": {"number": 1}}]}, {"text": "asked"}], (tool,))
    members = (_member("Asks", write_plan(asks)), _member("Two", write_plan(_agent("Two", [{"text": "two"}]))))
    leader = _agent("Outer", [_delegates("asks", "two"), {"text": "outer"}])
    return write_team_plan(leader, 1, TeamPlan(Mode.COORDINATE, TeamConfig(), members))


@pytest.mark.timeout(300)
async def test_member_that_waits_for_a_person_survives_workers_killed_after_any_commit(ground: Ground) -> None:
    tool = replace(ground.tool("pay", "POST", "dangerous"), requires_approval=True)
    for commits in range(1, _ROUNDS):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_id = ground.start_plan("team", _asking(tool))
        ended = asyncio.create_task(worker.gone())
        over = asyncio.create_task(_approve_until_over(ground, run_id))
        await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            worker.signal(signal.SIGKILL)
        await ended
        if not over.done():
            worker = await ground.worker()
        assert await over == "completed"
        worker.signal(signal.SIGKILL)
        await worker.gone()

        children = ground.rows(_CHILDREN, run_id)
        assert [(name, status) for name, status, _ in children] == [("Asks", "completed"), ("Two", "completed")]
        assert ground.counter.numbers("pay") == [1]
        ground.counter.calls.clear()


async def _approve_until_over(ground: Ground, run_id: RunId) -> str:
    """Approve what the family of a run asks for; of a call whose outcome is unknown, say whether it was made."""
    family = "SELECT id FROM runs WHERE parent_run_id = %s"
    while (status := ground.rows("SELECT status FROM runs WHERE id = %s", run_id)[0][0]) not in {"completed", "failed"}:
        for (child,) in ground.rows(family, run_id):
            ground.answer(child)
        await asyncio.sleep(0.03)
    return str(status)
