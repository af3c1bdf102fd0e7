"""A run is executed: what it says, what is recorded of it, how it ends."""

from retinue.core.errors import UnavailableError
from retinue.process import Process
from tests.conftest import Postgres
from tests.runs.workshop import plan_of, staged, tool

_RUN = "SELECT status, output, error, resource_usage, last_sequence, started_at, completed_at FROM runs WHERE id = %s"
_STEPS = "SELECT step_name, step_type, status, input, output FROM run_steps WHERE run_id = %s ORDER BY sequence"
_EVENTS = "SELECT sequence, type FROM run_event_stream WHERE run_id = %s ORDER BY sequence"


async def test_run_without_tools_ends_with_the_models_answer(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, ["Hello."]) as stage:
        run_id = await stage.run(plan_of())

        status, output, error, usage, last, started_at, completed_at = stage.one(_RUN, run_id)
        assert (status, output, error) == ("completed", {"text": "Hello."}, None)
        assert usage["input_tokens"] == 10
        assert (usage["cost_usd"], usage["cost_state"]) == ("0.001", "known")
        assert completed_at >= started_at
        events = stage.rows(_EVENTS, run_id)
        assert [kind for _, kind in events] == [
            "run.started",
            "step.completed",
            "log",
            "thought",
            "thought",
            "run.completed",
        ]
        assert [sequence for sequence, _ in events] == list(range(1, last + 1))


async def test_tools_are_called_and_their_results_reach_the_model(postgres: Postgres, process: Process) -> None:
    turns = [[("add", {"a": 1, "b": 2}), ("add", {"a": 3, "b": 4})], "The sums are 3 and 7."]
    async with staged(postgres, process, turns, {"add": lambda given: given["a"] + given["b"]}) as stage:
        run_id = await stage.run(plan_of(tool("add")))

        steps = stage.rows(_STEPS, run_id)
        assert [(name, kind, status) for name, kind, status, _, _ in steps] == [
            ("scripted", "llm_call", "completed"),
            ("add", "tool", "completed"),
            ("add", "tool", "completed"),
            ("scripted", "llm_call", "completed"),
        ]
        assert [output for *_, output in steps][1:3] == [3, 7]
        told = [message["content"] for message in stage.model.calls[1].messages if message["role"] == "tool"]
        assert told == ["3", "7"]
        states = stage.rows("SELECT state, result FROM tool_calls WHERE run_id = %s ORDER BY result", run_id)
        assert states == [("succeeded", 3), ("succeeded", 7)]


async def test_mind_map_leads_from_the_question_to_the_answer(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("add", {})], "Done."], {"add": lambda _: 3}) as stage:
        run_id = await stage.run(plan_of(tool("add")))

        nodes = stage.rows(
            "SELECT node_type, node_id, parent_node_id, confidence_score FROM agent_thoughts WHERE run_id = %s ORDER BY id",
            run_id,
        )
        assert [kind for kind, *_ in nodes] == ["input", "processing", "action", "output"]
        ids = [node_id for _, node_id, _, _ in nodes]
        assert [parent for _, _, parent, _ in nodes] == [None, *ids[:-1]]
        assert all(score is None for *_, score in nodes)


async def test_model_that_fails_fails_the_run_with_a_remedy(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [UnavailableError("The provider is down.", remedy="Try later.")]) as stage:
        run_id = await stage.run(plan_of())

        status, output, error, *_ = stage.one(_RUN, run_id)
        assert (status, output) == ("failed", None)
        assert error == {
            "code": "unavailable",
            "kind": "unavailable",
            "message": "The provider is down.",
            "remedy": "Try later.",
            "step": "scripted",
        }
        assert [(kind, status) for _, kind, status, _, _ in stage.rows(_STEPS, run_id)] == [("llm_call", "failed")]


async def test_unknown_tools_and_failing_tools_are_told_to_the_model(postgres: Postgres, process: Process) -> None:
    def refuse(_: object) -> object:
        raise AssertionError("must not be called")

    async with staged(postgres, process, [[("guess", {})], "Sorry."], {"guess": refuse}) as stage:
        run_id = await stage.run(plan_of(tool("add")))

        assert stage.one(_RUN, run_id)[0] == "completed"
        (told,) = [message["content"] for message in stage.model.calls[1].messages if message["role"] == "tool"]
        assert told == "Error: There is no tool named 'guess'. The tools are: add."


async def test_text_that_postgres_cannot_hold_is_cleaned(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, [[("add", {"a": "x\x00y"})], "a\x00b \ud800"], {"add": lambda _: "\x00"}) as stage:
        run_id = await stage.run(plan_of(tool("add")))

        assert stage.one(_RUN, run_id)[:2] == ("completed", {"text": "a\ufffdb ?"})


async def test_run_that_is_over_is_left_alone(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, ["Hello."]) as stage:
        run_id = await stage.run(plan_of())

        await stage.execute(run_id)

        assert len(stage.model.calls) == 1
