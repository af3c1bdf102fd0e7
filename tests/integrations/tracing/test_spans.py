"""What a collector receives of runs: names, parents, times, usage, errors, and the trace of the caller."""

from datetime import datetime, timedelta

import pytest

from retinue.core.json import JsonObject
from retinue.engine.ports import ToolResult
from tests.integrations.tracing.conftest import Tracing
from tests.integrations.tracing.receiver import Got
from tests.teams.conftest import delegates
from tests.workflows.conftest import Workflows

_CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_ERROR, _INTERNAL, _CLIENT = 2, 1, 3
_CALLS: JsonObject = {"tool_calls": [{"name": "look", "arguments": {"text": "x"}}]}


def _nanoseconds(text: str) -> int:
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (datetime.fromisoformat(text) - epoch) // timedelta(microseconds=1) * 1000


def _require_tree(spans: list[Got], root: str) -> None:
    """Require that each span but the root's has a parent in the trace, and that no id is there twice."""
    ids = [span.span_id for span in spans]
    assert len(set(ids)) == len(ids)
    assert {span.parent_id for span in spans} - set(ids) == {root}


async def test_a_run_is_a_trace_of_its_steps_with_their_times(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    tracing.scene.tools["look"] = lambda _: "found"
    agent = await tracing.scene.agent(_CALLS, "Done.", tools=("look",), name="Finder")

    run = await tracing.run(agent)
    await tracing.export(exporter)

    spans = tracing.receiver.of(run["trace_id"])
    _require_tree(spans, "")
    own = tracing.receiver.named(run["trace_id"], "invoke_agent Finder")
    assert (own.parent_id, own.kind, own.status) == ("", _INTERNAL, 0)
    assert (own.start_ns, own.end_ns) == (_nanoseconds(run["started_at"]), _nanoseconds(run["completed_at"]))
    assert own.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert own.attributes["gen_ai.agent.id"] == agent
    assert own.attributes["gen_ai.provider.name"] == "scripted"
    assert own.attributes["user.id"] == str(tracing.scene.cast.anna.user_id)
    assert own.attributes["retinue.run.id"] == run["id"]
    steps = {each["id"]: each for each in await tracing.steps(run["id"])}
    assert len(spans) == len(steps) + 1 > 3
    of_steps = {span.attributes["retinue.step.id"]: span for span in spans if span is not own}
    for step_id, step in steps.items():
        span = of_steps[step_id]
        assert (span.start_ns, span.end_ns) == (_nanoseconds(step["started_at"]), _nanoseconds(step["completed_at"]))
        above = of_steps.get(step["parent_step_id"], own)
        assert span.parent_id == above.span_id


async def test_model_and_tool_calls_are_named_by_the_conventions(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    tracing.scene.tools["look"] = lambda _: "found"
    run = await tracing.run(await tracing.scene.agent(_CALLS, "Done.", tools=("look",)))

    await tracing.export(exporter)

    spans = tracing.receiver.of(run["trace_id"])
    chats = [span for span in spans if span.attributes.get("gen_ai.operation.name") == "chat"]
    calls = [step for step in await tracing.steps(run["id"]) if step["step_type"] == "llm_call"]
    assert len(chats) == 2
    for span, step in zip(chats, calls, strict=True):
        assert span.name == f"chat {step['step_name']}"
        assert span.kind == _CLIENT
        assert span.attributes["gen_ai.request.model"] == step["step_name"]
        assert span.attributes["gen_ai.usage.input_tokens"] == step["usage"]["input_tokens"]
        assert span.attributes["gen_ai.usage.output_tokens"] == step["usage"]["output_tokens"]
    assert chats[-1].attributes["gen_ai.response.finish_reasons"] == ["stop"]
    tool = tracing.receiver.named(run["trace_id"], "execute_tool look")
    assert tool.attributes["gen_ai.tool.name"] == "look"
    assert tool.attributes["gen_ai.tool.type"] == "function"
    assert tool.attributes["gen_ai.tool.call.id"]


async def test_errors_are_the_status_of_spans(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    tracing.scene.tools["look"] = lambda _: ToolResult("broken", is_error=True)
    agent = await tracing.scene.agent(_CALLS, {"error": "overloaded"}, tools=("look",), name="Faulty")

    run = await tracing.run(agent)
    await tracing.export(exporter)

    assert run["status"] == "failed"
    own = tracing.receiver.named(run["trace_id"], "invoke_agent Faulty")
    assert (own.status, own.message) == (_ERROR, run["error"]["code"])
    assert own.attributes["error.type"] == run["error"]["code"]
    assert tracing.receiver.named(run["trace_id"], "execute_tool look").status == _ERROR


async def test_members_of_a_team_are_spans_of_its_trace(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    finder = await tracing.scene.agent("Found.", name="Finder")
    writer = await tracing.scene.agent("Written.", name="Writer")
    team = await tracing.teams.team(
        delegates(("finder", "Find."), ("writer", "Write.")), "Done.", members=[finder, writer], name="Desk"
    )

    run = await tracing.teams.run(team)
    await tracing.export(exporter)

    spans = tracing.receiver.of(run["trace_id"])
    _require_tree(spans, "")
    own = tracing.receiver.named(run["trace_id"], "invoke_workflow Desk")
    assert own.attributes["gen_ai.workflow.name"] == "Desk"
    by_id = {span.span_id: span for span in spans}
    for name in ("Finder", "Writer"):
        member = tracing.receiver.named(run["trace_id"], f"invoke_agent {name}")
        assert by_id[member.parent_id].attributes["retinue.step.type"] == "member"


async def test_the_trace_of_the_caller_goes_on(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    agent = await tracing.scene.agent("Done.", name="Finder")

    run = await tracing.run(agent, headers={"traceparent": _CALLER})
    again = await tracing.scene.cast.anna.http.post(f"/runs/{run['id']}/retry", headers={"traceparent": _CALLER})
    await tracing.export(exporter)

    assert run["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    _require_tree(tracing.receiver.of(run["trace_id"]), "b7ad6b7169203331")
    assert again.json["trace_id"] == run["trace_id"]


_INVALID = (
    "",
    "x",
    _CALLER.upper(),
    _CALLER + "-more",
    "ff" + _CALLER[2:],
    "0" + _CALLER,
    "00-" + "0" * 32 + _CALLER[35:],
    _CALLER[:36] + "0" * 16 + "-01",
    _CALLER + ",vendor=1",
)


async def test_invalid_header_of_a_caller_starts_a_trace(tracing: Tracing) -> None:
    agent = await tracing.scene.agent("Done.")

    for header in _INVALID:
        started = await tracing.scene.start(agent, headers={"traceparent": header})

        assert started.json["trace_id"] == started.json["id"].replace("-", ""), header


async def test_header_of_a_later_version_is_read_to_the_fields_that_are_known(tracing: Tracing) -> None:
    agent = await tracing.scene.agent("Done.")

    header = "cc" + _CALLER[2:] + "-what-the-future-brings"
    started = await tracing.scene.start(agent, headers={"traceparent": header})

    assert started.json["trace_id"] == "0af7651916cd43dd8448eb211c80319c"


async def test_the_same_request_under_another_trace_is_a_repetition(tracing: Tracing) -> None:
    agent = await tracing.scene.agent("Done.")
    headers = {"Idempotency-Key": agent, "traceparent": _CALLER}

    first = await tracing.scene.start(agent, headers=headers)
    second = await tracing.scene.start(agent, headers=headers | {"traceparent": _CALLER.replace("b7", "b8")})

    assert (first.status, second.json["id"]) == (202, first.json["id"])


async def test_cancelled_run_is_exported_with_what_it_had_done(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    agent = await tracing.scene.agent({"text": "word " * 200, "tokens_per_second": 5}, name="Talker")
    run_id = await tracing.scene.started(agent)
    await tracing.scene.until(run_id, "running")

    cancelled = await tracing.scene.cast.anna.http.post(f"/runs/{run_id}/cancel")
    await tracing.scene.owner("UPDATE trace_exports SET due_at = now()")
    await tracing.export(exporter)

    assert cancelled.status == 200
    own = tracing.receiver.named(cancelled.json["trace_id"], "invoke_agent Talker")
    assert (own.status, own.attributes["retinue.run.status"]) == (0, "cancelled")


@pytest.mark.parametrize("has_content", [False, True])
async def test_content_leaves_only_where_the_operator_allows_it(tracing: Tracing, has_content: bool) -> None:  # noqa: FBT001 - a case
    settings = {"RETINUE_OTLP_CONTENT": "true"} if has_content else {}
    langfuse = {"RETINUE_LANGFUSE_PUBLIC_KEY": "pk", "RETINUE_LANGFUSE_SECRET_KEY": "sk"}
    exporter = await tracing.to_collector(**settings, **langfuse, RETINUE_LANGFUSE_URL=tracing.receiver.url)
    tracing.scene.tools["look"] = lambda _: ToolResult("marked: result", is_error=True)
    calls: JsonObject = {"text": "marked: thinking", "tool_calls": [{"name": "look", "arguments": {"text": "marked: args"}}]}
    finder = await tracing.scene.agent(calls, "marked: found", tools=("look",), name="Finder", instructions="marked: rules")
    team = await tracing.teams.team(delegates(("finder", "marked: task")), "marked: answer", members=[finder])

    run = await tracing.teams.run(team, "marked: prompt", tags=["marked: tag"], metadata={"key": "marked: value"})
    await tracing.export(exporter)

    assert run["status"] == "completed"
    assert len(tracing.receiver.of(run["trace_id"])) >= 16
    sent = b"".join(tracing.receiver.bodies)
    told = {
        text for text in ("prompt", "tag", "task", "args", "result", "found", "answer") if f"marked: {text}".encode() in sent
    }
    assert told == ({"prompt", "tag", "task", "args", "result", "found", "answer"} if has_content else set())
    assert b"marked: rules" not in sent
    assert (b"marked" in sent) is has_content


@pytest.mark.parametrize("has_content", [False, True])
async def test_content_of_an_agent_inside_a_workflow_leaves_only_where_it_is_allowed(
    tracing: Tracing,
    has_content: bool,  # noqa: FBT001 - a case
) -> None:
    exporter = await tracing.to_collector(RETINUE_OTLP_CONTENT="true" if has_content else "false")
    tracing.scene.tools["look"] = lambda _: ToolResult("marked: result")
    calls: JsonObject = {"text": "marked: thinking", "tool_calls": [{"name": "look", "arguments": {"text": "marked: args"}}]}
    agent = await tracing.scene.agent(calls, "marked: answer", tools=("look",), name="Finder", instructions="marked: rules")
    node: JsonObject = {"id": "ask", "type": "agent", "run_as": "subgraph", "agent": {"id": agent}}
    inside = {**node, "input": {"prompt": "marked: prompt"}, "output": {"said": "result['text']"}}
    workflows = Workflows(tracing.scene)
    workflow = await workflows.made([inside], [("START", "ask"), ("ask", "END")], state={"said": {}})

    run = await workflows.run(workflow)
    await tracing.export(exporter)

    assert (run["status"], run["output"]) == ("completed", {"said": "marked: answer"})
    assert len(tracing.receiver.of(run["trace_id"])) >= 5
    sent = b"".join(tracing.receiver.bodies)
    told = {text for text in ("prompt", "args", "result", "answer") if f"marked: {text}".encode() in sent}
    assert told == ({"prompt", "args", "result", "answer"} if has_content else set())
    assert b"marked: rules" not in sent
    assert (b"marked" in sent) is has_content
