"""The worker of a workflow dies after each commit: no dangerous call is made twice, no run starts twice, all nodes end."""

import asyncio
import copy
import signal
from typing import Any

import pytest

from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.engine.plan import MemberPlan, WorkflowPlan, write_plan, write_workflow_plan
from retinue.engine.ports import AgentPlan, ModelSpec
from retinue.engine.spec.workflow.document import Workflow
from tests.crash.ground import SCRIPTED, Ground

_ROUNDS = 16
_AGENT = "01a20000-0000-7000-8000-000000000000"
_DEFINITION: JsonObject = {
    "format": "retinue.workflow/1",
    "name": "Killed",
    "state": {"n": {"default": 0}, "said": {"reducer": "append", "default": []}},
    "nodes": [
        {"id": "count", "type": "transform", "join": "any", "set": {"n": "state['n'] + 1"}},
        {"id": "pay", "type": "tool", "tool": {"name": "pay"}, "input": {"number": "{{ input['base'] + state['n'] }}"}},
        {"id": "look", "type": "tool", "tool": {"name": "look"}, "input": {"number": "{{ input['base'] + state['n'] }}"}},
        {
            "id": "ask",
            "type": "agent",
            "agent": {"name": "One"},
            "input": {"prompt": "Go."},
            "output": {"said": "[result['text']]"},
        },
        {"id": "again", "type": "condition"},
    ],
    "edges": [
        {"from": "START", "to": "count"},
        {"from": "count", "to": "pay"},
        {"from": "count", "to": "look"},
        {"from": "count", "to": "ask"},
        {"from": "pay", "to": "again"},
        {"from": "look", "to": "again"},
        {"from": "ask", "to": "again"},
        {"from": "again", "to": "count", "when": "state['n'] < 2", "max_visits": 3},
        {"from": "again", "to": "END", "else": True},
    ],
    "output": {"n": "state['n']", "said": "state['said']"},
}
_CHILDREN = "SELECT status, parent_step_id FROM runs WHERE parent_run_id = %s"


def _agent(name: str, turns: list[Any]) -> AgentPlan:
    return AgentPlan(
        agent_id=_AGENT,
        agent_version=1,
        name=name,
        instructions="",
        model=ModelSpec(SCRIPTED, "scripted", "scripted", None, {"script": {"turns": turns}}),
        tools=(),
        limits={},
        memory={},
    )


def _plan(ground: Ground) -> JsonObject:
    member = MemberPlan("ask", "One", "", "", "agent", _AGENT, 1, {}, write_plan(_agent("One", [{"text": "one"}])))
    tools = {"pay": ground.tool("pay", "POST", "dangerous"), "look": ground.tool("look", "GET", "read_only")}
    workflow = WorkflowPlan(_AGENT, 1, _DEFINITION, Workflow.model_validate(_DEFINITION), tools)
    return write_workflow_plan(_agent("Killed", []), workflow, (member,), {})


@pytest.mark.timeout(400)
async def test_workflow_survives_workers_killed_after_any_commit(ground: Ground) -> None:
    plan = _plan(ground)
    run_ids: dict[int, RunId] = {}
    for commits in range(1, _ROUNDS, 2):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_id = run_ids[commits * 10] = ground.start_plan("workflow", plan, {"base": commits * 10})
        ended = asyncio.create_task(worker.gone())
        over = asyncio.create_task(ground.status(run_id, "completed", "waiting"))
        await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not ended.done():
            worker.signal(signal.SIGKILL)
        await ended
    await ground.worker()

    for base, run_id in run_ids.items():
        assert await ground.settle_family(run_id) == "completed"
        ((output,),) = ground.rows("SELECT output FROM runs WHERE id = %s", run_id)
        assert output == {"n": 2, "said": ["one", "one"]}
        children = ground.rows(_CHILDREN, run_id)
        assert [status for status, _ in children] == ["completed", "completed"]
        assert len({step for _, step in children}) == 2
        ground.check_record_of_steps(run_id, steps=10)
        paid = [number for number in ground.counter.numbers("pay") if base < number < base + 10]
        assert sorted(paid) == [base + 1, base + 2]


_MAP: JsonObject = {
    "format": "retinue.workflow/1",
    "name": "Killed map",
    "state": {"paid": {"default": []}},
    "nodes": [
        {
            "id": "each",
            "type": "map",
            "over": "list(range(10))",
            "concurrency": 4,
            "body": {
                "nodes": [
                    {
                        "id": "look",
                        "type": "tool",
                        "tool": {"name": "look"},
                        "input": {"number": "{{ input['base'] + item }}"},
                    },
                    {
                        "id": "pay",
                        "type": "tool",
                        "tool": {"name": "pay"},
                        "input": {"number": "{{ input['base'] + item }}"},
                    },
                ]
            },
            "output": {"paid": "[each['number'] for each in result]"},
        }
    ],
    "edges": [{"from": "START", "to": "each"}, {"from": "each", "to": "END"}],
    "output": {"paid": "state['paid']"},
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("is_alone", [False, True], ids=["two nodes an item", "one node an item"])
async def test_no_item_of_a_map_is_paid_twice_whenever_the_worker_is_killed(ground: Ground, *, is_alone: bool) -> None:
    tools = {"each/pay": ground.tool("pay", "POST", "dangerous"), "each/look": ground.tool("look", "GET", "read_only")}
    definition: Any = copy.deepcopy(_MAP)
    if is_alone:
        del definition["nodes"][0]["body"]["nodes"][0]
    workflow = WorkflowPlan(_AGENT, 1, definition, Workflow.model_validate(definition), tools)
    plan = write_workflow_plan(_agent("Killed map", []), workflow, (), {})
    run_ids: dict[int, RunId] = {}
    for commits in (1, 3, 6, 10, 15, 21, 28):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_id = run_ids[commits * 100] = ground.start_plan("workflow", plan, {"base": commits * 100})
        ended = asyncio.create_task(worker.gone())
        over = asyncio.create_task(ground.status(run_id, "completed", "waiting"))
        await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
        over.cancel()
        if not ended.done():
            worker.signal(signal.SIGKILL)
        await ended
    await ground.worker()

    for base, run_id in run_ids.items():
        assert await ground.settle_family(run_id) == "completed"
        ((output,),) = ground.rows("SELECT output FROM runs WHERE id = %s", run_id)
        wanted = list(range(base, base + 10))
        assert output == {"paid": wanted}
        assert sorted(number for number in ground.counter.numbers("pay") if base <= number < base + 10) == wanted
        ground.check_record_of_steps(run_id, steps=11 if is_alone else 21)
