import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from retinue.core.ids import new_id
from retinue.core.outbound.client import OutboundRequest
from retinue.engine.ports import ToolInvocation, ToolPlan
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.process import Process
from retinue.tools import service
from retinue.tools.errors import ToolsUnusableError
from retinue.tools.invoke import Invoker
from retinue.tools.registry import BUILT_INS
from retinue.tools.settings import ToolSettings
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.tools.conftest import AN_AGENT, Api, make_tool


class NoVariables:
    """An agent without variables."""

    async def values(self, organization_id: str, agent_id: str, names: Sequence[str]) -> dict[str, str]:
        """Return nothing."""
        del organization_id, agent_id, names
        return {}


async def _plans(process: Process, cast: Cast, *uses: ToolUse, **options: Any) -> tuple[ToolPlan, ...]:
    async with process.database.context(cast.anna.actor) as ctx:
        return await service.plan_tools(ctx, AN_AGENT, uses, Limits(tool_timeout_seconds=1), **options)


def _invocation(cast: Cast, plan: ToolPlan, agent_id: str | None = None, **arguments: Any) -> ToolInvocation:
    call = str(new_id())
    return ToolInvocation(str(cast.acme), call, agent_id or call, call, plan, arguments, f"{call}:1")


async def test_a_plan_holds_no_secret_and_freezes_plain_variables(cast: Cast, process: Process, api: Api) -> None:
    agent = await make_agent(
        cast.anna, variables=[{"name": "city", "value": "Bonn"}, {"name": "key", "value": "hidden-value", "is_secret": True}]
    )
    await make_tool(
        cast.anna,
        {"url": api.url, "query": {"city": "{{city}}", "fixed": "{fixed}"}},
        name="weather",
        credentials={"type": "api_key", "in": "query", "name": "key", "value": "{{key}}"},
    )
    use = ToolUse(name="weather", requires_approval=True, settings={"arguments": {"fixed": "{{city}} {{key}}"}})
    (plan,) = await _plans(process, cast, use, variables={"city": "Bonn"})
    path = f"/agents/{agent['id']}/variables"
    city = (await cast.anna.http.get(path)).json["items"][0]["id"]
    await cast.anna.http.patch(f"{path}/{city}", json={"value": "Köln"})

    result = await process.tool_invoker.invoke(_invocation(cast, plan, agent["id"]))

    assert "hidden-value" not in repr(plan)
    assert (plan.requires_approval, plan.effect, plan.timeout_seconds) == (True, "read_only", 1.0)
    assert plan.parameters["properties"] == {}
    assert api.seen[0].query == {"city": "Bonn", "fixed": "Bonn hidden-value", "key": "hidden-value"}
    output: Any = result.output
    assert output["query"] == {"city": "Bonn", "fixed": "Bonn [secret]", "key": "[secret]"}


@pytest.mark.parametrize(
    ("uses", "field", "word"),
    [
        ([ToolUse(name="nothing")], "config.tools.0.name", "does not exist"),
        ([ToolUse(name="calculator"), ToolUse(name="off")], "config.tools.1.name", "disabled"),
        ([ToolUse(name="calculator"), ToolUse(name="calculator")], "config.tools.1.name", "second time"),
        ([ToolUse(name="calculator", settings={"x": 1})], "config.tools.0.settings.x", "not a known field"),
        ([ToolUse(name="http_fetch", settings={"max_chars": 1})], "config.tools.0.settings.max_chars", "at least"),
    ],
)
async def test_tools_that_cannot_be_used_are_named(
    cast: Cast, process: Process, uses: list[ToolUse], field: str, word: str
) -> None:
    await make_tool(cast.anna, {"url": "https://example.com"}, name="off", is_active=False)

    with pytest.raises(ToolsUnusableError, match=word) as caught:
        await _plans(process, cast, *uses)

    assert caught.value.fields[0].field == field


async def test_a_tool_that_does_not_answer_is_given_up(cast: Cast, process: Process, api: Api) -> None:
    api.held = asyncio.Event()
    await make_tool(cast.anna, {"url": api.url, "method": "POST"}, name="slow")
    (plan,) = await _plans(process, cast, ToolUse(name="slow"))

    result = await process.tool_invoker.invoke(_invocation(cast, plan))

    assert result.is_error
    assert "within 1 seconds" in str(result.output)
    assert "Whether the call took effect is not known" in str(result.output)


async def test_a_cancelled_call_is_cancelled(cast: Cast, process: Process, api: Api) -> None:
    api.held = asyncio.Event()
    await make_tool(cast.anna, {"url": api.url}, name="slow")
    (plan,) = await _plans(process, cast, ToolUse(name="slow"))
    task = asyncio.create_task(process.tool_invoker.invoke(_invocation(cast, plan)))
    while not api.seen:
        await asyncio.sleep(0.01)

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_outputs_are_cut_to_size(cast: Cast, process: Process, api: Api) -> None:
    limited = ToolSettings(tool_output_bytes=1024, tool_artifact_bytes=1024)
    settings = process.resources.settings
    process.resources.settings = {**settings, ToolSettings: limited}
    try:
        invoker = Invoker(process.database, NoVariables())
    finally:
        process.resources.settings = settings
    api.headers, api.body = {"Content-Type": "text/plain"}, ("ä" * 5000).encode()
    await make_tool(cast.anna, {"url": api.url}, name="long")
    long, write = await _plans(process, cast, ToolUse(name="long"), ToolUse(name="write_artifact"))

    cut = await invoker.invoke(_invocation(cast, long))
    refused = await invoker.invoke(_invocation(cast, write, name="a.txt", content="x" * 2000))

    assert "10000 bytes, 1024 shown" in str(cut.output)
    assert (refused.is_error, refused.artifacts) == (True, ())


async def test_one_organization_does_not_take_every_turn(cast: Cast, process: Process, api: Api) -> None:
    limited = ToolSettings(tool_concurrency=3, tool_concurrency_per_organization=2)
    settings = process.resources.settings
    process.resources.settings = {**settings, ToolSettings: limited}
    try:
        invoker = Invoker(process.database, NoVariables())
    finally:
        process.resources.settings = settings
    api.held = asyncio.Event()
    await make_tool(cast.anna, {"url": api.url}, name="slow")
    (plan,) = await _plans(process, cast, ToolUse(name="slow"))
    (calculator,) = await _plans(process, cast, ToolUse(name="calculator"))
    calls = [asyncio.create_task(invoker.invoke(_invocation(cast, plan))) for _ in range(4)]
    while len(api.seen) < 2:
        await asyncio.sleep(0.01)

    other = _invocation(cast, calculator, expression="1+1")
    own = await invoker.invoke(
        ToolInvocation(str(cast.globex), other.run_id, other.agent_id, other.call_id, calculator, other.arguments, "k")
    )
    seen_before = len(api.seen)
    api.held.set()
    results = await asyncio.gather(*calls)

    assert (own.output, seen_before) == ("2", 2)
    assert [each.is_error for each in results] == [False] * 4
    assert len(api.seen) == 4


async def test_a_deleted_tool_is_told(cast: Cast, process: Process, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": api.url}, name="gone")
    (plan,) = await _plans(process, cast, ToolUse(name="gone"))
    await cast.anna.http.delete(f"/tools/{tool['id']}")

    result = await process.tool_invoker.invoke(_invocation(cast, plan))

    assert (result.is_error, result.output) == (True, "The tool was deleted.")


async def test_the_idempotency_key_goes_with_what_changes_something(cast: Cast, process: Process, api: Api) -> None:
    await make_tool(cast.anna, {"url": api.url, "method": "POST", "idempotency_header": "X-Once"}, name="write_it")
    await make_tool(cast.anna, {"url": api.url}, name="read_it")
    write, read = await _plans(process, cast, ToolUse(name="write_it"), ToolUse(name="read_it"))
    invocation = _invocation(cast, write)

    await process.tool_invoker.invoke(invocation)
    await process.tool_invoker.invoke(_invocation(cast, read))

    assert api.seen[0].headers["X-Once"] == invocation.idempotency_key
    assert {"X-Once", "Idempotency-Key"}.isdisjoint(api.seen[1].headers)


async def test_an_unexpected_failure_is_told_without_its_reason(
    cast: Cast, process: Process, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(request: OutboundRequest) -> None:
        raise RuntimeError(f"secret of {request.url}")

    await make_tool(cast.anna, {"url": api.url}, name="breaks")
    (plan,) = await _plans(process, cast, ToolUse(name="breaks"))
    monkeypatch.setattr(process.resources.outbound, "send", broken)

    result = await process.tool_invoker.invoke(_invocation(cast, plan))

    assert result.is_error
    assert "secret" not in str(result.output)


async def test_only_tools_that_compute_in_this_process_are_instant(cast: Cast, process: Process, api: Api) -> None:
    await make_tool(cast.anna, {"url": api.url}, name="lookup")
    plans = await _plans(process, cast, *(ToolUse(name=name) for name in (*BUILT_INS, "lookup")))
    instant = [plan for plan in plans if process.tool_invoker.is_instant(plan)]

    assert [plan.name for plan in instant] == ["calculator", "current_time"]
    for changed in (
        {"requires_approval": True},
        {"is_connected": True},
        {"limits": {"rate_per_minute": 1}},
        {"settings": {"timezone": "{{zone}}"}},
    ):
        assert not any(process.tool_invoker.is_instant(replace(plan, **changed)) for plan in instant)
