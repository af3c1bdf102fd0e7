"""The limits of a run: steps, tool calls, cost and time. Each failure says which limit and what to do."""

import asyncio
from typing import Any

import pytest

from retinue.core.json import JsonObject
from retinue.process import Process
from tests.conftest import Postgres
from tests.runs.workshop import plan_of, staged, tool

_RUN = "SELECT status, error FROM runs WHERE id = %s"
_FOREVER = [[("add", {"a": number})] for number in range(10)]


@pytest.mark.parametrize(
    ("limits", "code", "calls"),
    [
        ({"max_steps": 4}, "limit_steps", 2),
        ({"max_steps": 3}, "limit_steps", 1),
        ({"max_tool_calls": 2}, "limit_tool_calls", 2),
        ({"max_cost_usd": 0.002}, "limit_cost", 2),
    ],
)
async def test_run_stops_at_its_limit(
    postgres: Postgres, process: Process, limits: JsonObject, code: str, calls: int
) -> None:
    async with staged(postgres, process, _FOREVER, {"add": lambda _: 1}) as stage:
        run_id = await stage.run(plan_of(tool("add"), limits=limits))

        status, error = stage.one(_RUN, run_id)
        assert (status, error["code"]) == ("failed", code)
        assert "limits." in error["remedy"]
        assert len(stage.tools.calls) == calls


async def test_no_call_of_an_answer_is_made_when_all_are_too_many(postgres: Postgres, process: Process) -> None:
    turns = [[("add", {"a": 1}), ("add", {"a": 2}), ("add", {"a": 3})]]
    async with staged(postgres, process, turns, {"add": lambda _: 1}) as stage:
        run_id = await stage.run(plan_of(tool("add"), limits={"max_tool_calls": 2}))

        assert stage.one(_RUN, run_id)[1]["code"] == "limit_tool_calls"
        assert stage.tools.calls == []


async def test_run_that_takes_too_long_fails_with_its_timeout(postgres: Postgres, process: Process) -> None:
    async def hang(_: object) -> None:
        await asyncio.sleep(60)

    async with staged(postgres, process, ["Hello."]) as stage:
        stage.model.before = hang
        run_id = await stage.run(plan_of(limits={"timeout_seconds": 1}))

        assert stage.one(_RUN, run_id)[1]["code"] == "timeout"


async def test_limits_count_what_earlier_executions_used(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, _FOREVER, {"add": lambda _: 1}) as stage:
        run_id = await stage.run(plan_of(tool("add"), limits={"max_steps": 4}))
        stage.rows("UPDATE runs SET status = 'pending' WHERE id = %s RETURNING id", run_id)
        await stage.execute(run_id)

        usage: Any = stage.one("SELECT resource_usage FROM runs WHERE id = %s", run_id)[0]
        assert (usage["model_calls"], usage["tool_calls"]) == (2, 2)
        assert len(stage.tools.calls) == 2
