"""Workers that die or sleep while agents inside a workflow work, and while a map of a thousand items is carried out."""

import asyncio
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.engine.plan import MemberPlan, WorkflowPlan, write_plan, write_workflow_plan
from retinue.engine.ports import AgentPlan, ModelSpec, ToolPlan
from retinue.engine.spec.workflow.document import Workflow
from tests.crash.ground import SCRIPTED, Call, Child, Ground

_AGENT = "01a20000-0000-7000-8000-000000000000"
_ITEMS = 1_000
_CONCURRENCY = 16
_CALLS = 4


def _agent(name: str, turns: list[Any], tools: tuple[ToolPlan, ...] = ()) -> AgentPlan:
    model = ModelSpec(SCRIPTED, "scripted", "scripted", None, {"script": {"turns": turns}})
    return AgentPlan(_AGENT, 1, name, "", model, tools, {}, {})


def _call(name: str, number: int) -> JsonObject:
    return {"name": name, "arguments": {"number": number}}


def _tools(ground: Ground) -> tuple[ToolPlan, ...]:
    return ground.tool("look", "GET", "read_only"), ground.tool("pay", "POST", "dangerous")


def _pair(tools: tuple[ToolPlan, ...], base: int) -> JsonObject:
    """Return the plan of a workflow of two agents side by side, each of which looks, pays, and says something."""
    members: list[MemberPlan] = []
    for place, key in enumerate(("first", "second"), 1):
        number = base + place
        calls = [_call("look", number), _call("pay", number)]
        plan = write_plan(_agent(key, [{"tool_calls": calls}, {"text": key}], tools))
        members.append(MemberPlan(key, key, "", "", "agent", _AGENT, 1, {}, plan))
    inside: Any = {"type": "agent", "run_as": "subgraph", "input": {"prompt": "Go."}, "output": {"said": "[result['text']]"}}
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Pair",
        "state": {"said": {"reducer": "append", "default": []}},
        "nodes": [
            {"id": "first", "agent": {"name": "first"}, **inside},
            {"id": "second", "agent": {"name": "second"}, **inside},
            {"id": "end", "type": "transform", "set": {"said": "['end']"}},
        ],
        "edges": [
            *({"from": "START", "to": key} for key in ("first", "second")),
            *({"from": key, "to": "end"} for key in ("first", "second")),
            {"from": "end", "to": "END"},
        ],
        "output": {"said": "sorted(state['said'])"},
    }
    workflow = WorkflowPlan(_AGENT, 1, definition, Workflow.model_validate(definition), {})
    return write_workflow_plan(_agent("Pair", []), workflow, tuple(members), {})


def _check_pair(ground: Ground, run_id: RunId, base: int) -> None:
    ((output,),) = ground.rows("SELECT output FROM runs WHERE id = %s", run_id)
    assert output == {"said": ["end", "first", "second"]}
    ground.check_record_of_steps(run_id, steps=11)
    paid = [number for number in ground.counter.numbers("pay") if base < number < base + 10]
    assert sorted(paid) == [base + 1, base + 2]
    usage = ground.rows("SELECT (resource_usage ->> 'model_calls')::int FROM runs WHERE id = %s", run_id)
    assert usage == [(4,)]


async def _gone(worker: Child, over: "asyncio.Task[str]") -> None:
    """Wait until a worker has died by itself, or the run is over; then it is killed."""
    ended = asyncio.create_task(worker.gone())
    await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()
    if not ended.done():
        worker.signal(signal.SIGKILL)
    await ended


@pytest.mark.timeout(400)
async def test_agents_inside_a_workflow_pay_once_whenever_the_worker_is_killed(ground: Ground) -> None:
    tools, run_ids = _tools(ground), dict[int, RunId]()
    for commits in range(1, 14, 2):
        worker = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
        run_id = run_ids[commits * 10] = ground.start_plan("workflow", _pair(tools, commits * 10))
        await _gone(worker, asyncio.create_task(ground.status(run_id, "completed", "waiting")))
    await ground.worker()

    for base, run_id in run_ids.items():
        assert await ground.settle(run_id) == "completed"
        _check_pair(ground, run_id, base)


@pytest.mark.timeout(200)
async def test_worker_that_slept_past_its_lease_records_nothing_of_a_workflow_more(ground: Ground) -> None:
    tools, resumed, begun = _tools(ground), asyncio.Event(), asyncio.Event()

    async def hold(_: Call) -> None:
        if begun.is_set():
            return
        if len(ground.counter.calls) == _CALLS:  # all of them are under way: which were made is known
            begun.set()
        await resumed.wait()

    ground.counter.on_call = hold
    sleeper = await ground.worker()
    run_id = ground.start_plan("workflow", _pair(tools, 0))
    await begun.wait()
    sleeper.signal(signal.SIGSTOP)
    await ground.worker()
    assert await ground.settle(run_id) == "completed"
    events = ground.rows("SELECT count(*) FROM run_event_stream WHERE run_id = %s", run_id)

    sleeper.signal(signal.SIGCONT)
    resumed.set()
    again = ground.start_plan("workflow", _pair(tools, 100))

    assert await ground.settle(again) == "completed"
    assert ground.rows("SELECT count(*) FROM run_event_stream WHERE run_id = %s", run_id) == events
    _check_pair(ground, run_id, 0)
    _check_pair(ground, again, 100)


_LOOK: Any = {"id": "look", "type": "tool", "tool": {"name": "look"}, "input": {"number": "{{ item }}"}}
_THOUSAND: Any = {
    "format": "retinue.workflow/1",
    "name": "Thousand",
    "state": {"seen": {"default": []}},
    "nodes": [
        {
            "id": "each",
            "type": "map",
            "over": f"list(range({_ITEMS}))",
            "concurrency": _CONCURRENCY,
            "body": {"nodes": [_LOOK]},
            "output": {"seen": "[each['number'] for each in result]"},
        }
    ],
    "edges": [{"from": "START", "to": "each"}, {"from": "each", "to": "END"}],
    "output": {"seen": "state['seen']"},
    "limits": {"max_steps": 2 * _ITEMS},
}


@dataclass
class _Watch:
    """Sees how many calls are under way at once, and when so many items were begun."""

    marks: list[int]
    at_work: int = 0
    most: int = 0
    seen: set[int] = field(default_factory=set[int])
    due: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, call: Call) -> None:
        self.at_work += 1
        self.most = max(self.most, self.at_work)
        self.seen.add(call.number)
        if self.marks and len(self.seen) >= self.marks[0]:
            self.due.set()
        try:
            await asyncio.sleep(0)
        finally:
            self.at_work -= 1


@pytest.mark.timeout(400)
async def test_map_of_a_thousand_items_keeps_order_and_bound_and_repeats_no_recorded_item(ground: Ground) -> None:
    tools = {"each/look": ground.tool("look", "GET", "read_only")}
    workflow = WorkflowPlan(_AGENT, 1, _THOUSAND, Workflow.model_validate(_THOUSAND), tools)
    plan = write_workflow_plan(_agent("Thousand", []), workflow, (), {"max_steps": 2 * _ITEMS})
    watch, after = _Watch([_ITEMS // 3, _ITEMS // 2, _ITEMS * 9 // 10]), list[tuple[set[int], int]]()
    ground.counter.on_call = watch.call
    worker = await ground.worker()
    run_id = ground.start_plan("workflow", plan)
    while watch.marks:
        await watch.due.wait()
        worker.signal(signal.SIGKILL)
        await worker.gone()
        watch.marks.pop(0)
        watch.due.clear()
        rows = ground.rows("SELECT item_index FROM run_steps WHERE run_id = %s AND node_id = 'each/look'", run_id)
        after.append(({index for (index,) in rows}, len(ground.counter.calls)))
        worker = await ground.worker()

    assert await ground.settle(run_id) == "completed"
    ((output,),) = ground.rows("SELECT output FROM runs WHERE id = %s", run_id)
    numbers = ground.counter.numbers("look")
    assert output == {"seen": list(range(_ITEMS))}
    assert 1 < watch.most <= _CONCURRENCY
    # What was recorded is not done again. What was under way when a worker died is, and what had ended and waited for its
    # commit: at most two turns each time.
    assert [sorted(recorded.intersection(numbers[before:])) for recorded, before in after] == [[], [], []]
    assert [len(recorded) > 100 for recorded, _ in after] == [True] * 3
    assert len(numbers) - _ITEMS <= 3 * 2 * _CONCURRENCY
    ground.check_record_of_steps(run_id, steps=_ITEMS + 1)
