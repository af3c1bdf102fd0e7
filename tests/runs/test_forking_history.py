"""A run goes on from a step of another one, or from its own last step after it failed."""

import pytest
from psycopg.types.json import Jsonb

from retinue.core.errors import UnavailableError
from retinue.core.ids import OrganizationId, RunId
from retinue.core.json import JsonObject
from retinue.process import Process
from retinue.runs import history, repository
from retinue.runs.errors import InputNotForkableError, StepMissingError
from tests.conftest import Postgres
from tests.runs.workshop import Stage, plan_of, staged, tool

_STEPS = "SELECT id, step_name, output FROM run_steps WHERE run_id = %s ORDER BY sequence"
_CALLS = "SELECT arguments, state, tool_name, result FROM tool_calls WHERE run_id = %s ORDER BY started_at"
_STATUS = "SELECT status, output FROM runs WHERE id = %s"


async def _fork(stage: Stage, source: RunId, step_id: object, amendment: JsonObject | None = None) -> RunId:
    plan = stage.one("SELECT plan FROM runs WHERE id = %s", source)[0]
    target = await stage.start(plan_of())
    async with stage.process.database.system_context([OrganizationId(stage.organization_id)]) as ctx:
        await ctx.tx.execute("UPDATE runs SET plan = %s WHERE id = %s", (Jsonb(plan), target))
        await repository.copy_progress(ctx, source, step_id, target)  # pyright: ignore[reportArgumentType] - a row's id
        if amendment is not None:
            await history.amend(ctx, source, target, step_id, amendment)  # pyright: ignore[reportArgumentType] - as above
    return target


async def test_fork_repeats_the_step_and_nothing_before_it(postgres: Postgres, process: Process) -> None:
    turns = [[("add", {"a": 1})], [("add", {"a": 2})], "Done."]
    async with staged(postgres, process, turns, {"add": lambda given: given["a"]}) as stage:
        source = await stage.run(plan_of(tool("add")))
        second_call = stage.rows(_STEPS, source)[3]

        fork = await _fork(stage, source, second_call[0])
        await stage.execute(fork)

        assert stage.one(_STATUS, fork) == ("completed", {"text": "Done."})
        assert [row[1:] for row in stage.rows(_STEPS, fork)] == [row[1:] for row in stage.rows(_STEPS, source)]
        assert [call.arguments for call in stage.tools.calls] == [{"a": 1}, {"a": 2}, {"a": 2}]
        assert len(stage.rows(_STEPS, source)) == 5
        assert stage.rows(_CALLS, fork) == stage.rows(_CALLS, source)
        assert [row[:2] for row in stage.rows(_CALLS, fork)] == [({"a": 1}, "succeeded"), ({"a": 2}, "succeeded")]


async def test_fork_of_a_tool_step_takes_other_arguments(postgres: Postgres, process: Process) -> None:
    async with staged(
        postgres, process, [[("add", {"a": 1}), ("add", {"a": 2})], "Done."], {"add": lambda given: given["a"]}
    ) as stage:
        source = await stage.run(plan_of(tool("add")))
        first, second = (row[0] for row in stage.rows(_STEPS, source)[1:3])

        fork = await _fork(stage, source, second, {"arguments": {"a": 5}})
        await stage.execute(fork)

        del first
        assert [call.arguments for call in stage.tools.calls] == [{"a": 1}, {"a": 2}, {"a": 5}]
        told = [message["content"] for message in stage.model.calls[-1].messages if message["role"] == "tool"]
        assert told == ["1", "5"]


async def test_fork_of_a_model_step_takes_one_more_message(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("add", {})], "Done."], {"add": lambda _: 1}) as stage:
        source = await stage.run(plan_of(tool("add")))
        answer = stage.rows(_STEPS, source)[2][0]

        fork = await _fork(stage, source, answer, {"prompt": "In French, please."})
        await stage.execute(fork)

        assert [message["role"] for message in stage.model.calls[-1].messages] == [
            "system",
            "user",
            "assistant",
            "tool",
            "user",
        ]


async def test_fork_that_does_not_fit_its_step_is_refused(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, ["Done."]) as stage:
        source = await stage.run(plan_of())
        (step,) = stage.rows(_STEPS, source)

        with pytest.raises(InputNotForkableError):
            await _fork(stage, source, step[0], {"arguments": {}})
        with pytest.raises(StepMissingError):
            await _fork(stage, source, source, {"prompt": "What?"})


async def test_failed_run_goes_on_from_its_last_step(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("add", {})], UnavailableError("Down.")], {"add": lambda _: 1}) as stage:
        run_id = await stage.run(plan_of(tool("add")))
        assert stage.one(_STATUS, run_id)[0] == "failed"

        stage.model.turns = [[("add", {})], "Done."]
        stage.rows("UPDATE runs SET status = 'pending' WHERE id = %s RETURNING id", run_id)
        await stage.execute(run_id)

        assert stage.one(_STATUS, run_id) == ("completed", {"text": "Done."})
        assert len(stage.tools.calls) == 1
        assert len(stage.rows(_STEPS, run_id)) == 3
        assert stage.one("SELECT error FROM runs WHERE id = %s", run_id) == (None,)
