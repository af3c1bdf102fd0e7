import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.errors import Error
from retinue.core.json import Json
from retinue.engine.ports import Message, ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.errors import (
    ModelKeyError,
    ModelLimitedError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from retinue.llm.scripted import ScriptedChatModel


def _tool(name: str, required: tuple[str, ...] = (), **properties: Any) -> ToolSchema:
    return ToolSchema(name, "", {"type": "object", "properties": properties, "required": list(required)})


TOOLS = tuple(_tool(name) for name in ("calculator", "current_time", "http_fetch", "write_artifact"))


def _request(
    messages: list[Message], script: Json = None, tools: tuple[ToolSchema, ...] = (), name: str = "demo"
) -> ModelRequest:
    spec = ModelSpec("s", "scripted", name, None, {} if script is None else {"script": script})
    return ModelRequest("o", spec, messages, tools, 5, "k")


def _answer(messages: list[Message], script: Json = None, **values: Any) -> ModelResponse:
    return asyncio.run(ScriptedChatModel().complete(_request(messages, script, **values), lambda _kind, _chunk: None))


def _prompt(text: str, **values: Any) -> ModelResponse:
    return _answer([{"role": "user", "content": text}], **values)


def _said(count: int) -> list[Message]:
    turns: list[Message] = [{"role": "user", "content": "go"}]
    for _ in range(count):
        turns.append({"role": "assistant", "content": ""})
        turns.append({"role": "tool", "content": "4", "tool_call_id": "c"})
    return turns


@given(st.integers(0, 6))
def test_the_turn_follows_from_the_conversation_alone(count: int) -> None:
    script: dict[str, Any] = {"turns": [{"text": f"turn {n}"} for n in range(4)]}

    first, second = _answer(_said(count), script), _answer(_said(count), script)

    assert first == second or first.first_token_ms != second.first_token_ms
    assert first.content == f"turn {min(count, 3)}"


@given(st.lists(st.integers(1, 5), min_size=1, max_size=6), st.integers(0, 40))
def test_a_turn_with_times_stands_for_so_many_turns(times: list[int], count: int) -> None:
    script: dict[str, Any] = {"turns": [{"text": f"turn {n}", "times": repeated} for n, repeated in enumerate(times)]}
    written_out = [f"turn {n}" for n, repeated in enumerate(times) for _ in range(repeated)]

    answer = _answer(_said(count), script)

    assert answer.content == written_out[min(count, len(written_out) - 1)]


def test_a_script_past_its_end_asks_for_no_more_tools() -> None:
    script: dict[str, Any] = {"turns": [{"tool_calls": [{"name": "calculator", "arguments": {}}]}]}

    assert _answer(_said(0), script).tool_calls
    assert not _answer(_said(1), script).tool_calls


def test_calls_have_ids_that_are_the_same_again_and_not_those_of_another_turn() -> None:
    script: dict[str, Any] = {"turns": [{"tool_calls": [{"name": "a"}, {"name": "b"}], "times": 9}]}
    later: list[Message] = [*_said(1), {"role": "user", "content": "again"}]

    ids = [tuple(call.id for call in _answer(messages, script).tool_calls) for messages in (_said(0), _said(1), later)]

    assert ids[0] == tuple(call.id for call in _answer(_said(0), script).tool_calls)
    assert len({each for pair in ids for each in pair}) == 6


_NO_SCRIPTS: list[Any] = [
    {},
    [],
    "x",
    {"turns": []},
    {"turns": "x"},
    {"turns": [1]},
    {"turns": [{"text": 3}]},
    {"turns": [{"txt": "typo"}]},
    {"turns": [{"tool_calls": [{"arguments": {}}]}]},
    {"turns": [{"tool_calls": [{"name": "a", "arguments": []}]}]},
    {"turns": [{"times": 0}]},
    {"turns": [{"delay_ms": -1}]},
]


@pytest.mark.parametrize("script", _NO_SCRIPTS)
def test_a_script_that_is_none_is_refused_in_words(script: Any) -> None:
    with pytest.raises(ModelRefusedError) as refused:
        _answer(_said(0), script)

    assert refused.value.detail.startswith("script")
    assert refused.value.remedy_text


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (None, ModelRefusedError),
        ("unavailable", ModelUnavailableError),
        ("limited", ModelLimitedError),
        ("key", ModelKeyError),
    ],
)
def test_a_turn_may_be_an_error_of_any_kind(kind: str | None, expected: type[Error]) -> None:
    turn: dict[str, Any] = {"error": "as written", **({"error_kind": kind} if kind else {})}

    with pytest.raises(expected, match="as written") as failed:
        _answer(_said(0), {"turns": [turn]})

    assert type(failed.value) is expected


def test_a_turn_may_take_longer_than_the_run_has() -> None:
    request = _request(_said(0), {"turns": [{"text": "late", "delay_ms": 60_000}]})
    hurried = ModelRequest("o", request.model, request.messages, (), 0.02, "k")

    with pytest.raises(ModelTimeoutError):
        asyncio.run(ScriptedChatModel().complete(hurried, lambda _kind, _chunk: None))


def test_a_price_can_be_pretended_and_else_is_zero() -> None:
    assert _answer(_said(0), {"turns": [{"text": "x"}]}).usage.cost_usd == 0
    assert _answer(_said(0), {"turns": [{"text": "x", "cost_usd": 0.25}]}).usage.cost_usd == Decimal("0.25")


def test_a_script_may_stand_in_the_prompt() -> None:
    prompt = 'Please:\n```script\n{"turns": [{"text": "as you say"}]}\n```\n'

    assert _prompt(prompt).content == "as you say"
    with pytest.raises(ModelRefusedError, match="not JSON"):
        _prompt("```script\n{turns}\n```")


@given(st.text(min_size=1, max_size=80))
def test_what_is_said_slowly_is_said_whole(text: str) -> None:
    chunks: list[str] = []
    request = _request(_said(0), {"turns": [{"text": text, "tokens_per_second": 100_000}]})

    answer = asyncio.run(ScriptedChatModel().complete(request, lambda _kind, chunk: chunks.append(chunk)))

    assert "".join(chunks) == answer.content == text


def test_tokens_come_at_the_speed_that_is_written() -> None:
    request = _request(_said(0), {"turns": [{"text": "one two three four", "tokens_per_second": 100}]})

    async def timed() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await ScriptedChatModel().complete(request, lambda _kind, _chunk: None)
        return loop.time() - began

    assert asyncio.run(timed()) >= 0.039


def test_the_echo_says_the_prompt_again() -> None:
    assert _prompt("Say it.", name="echo").content == "Say it."


@pytest.mark.parametrize(
    ("prompt", "tool", "arguments"),
    [
        ("What is 12 * (3 + 4)?", "calculator", {"expression": "12 * (3 + 4)"}),
        ("What time is it?", "current_time", {}),
        ("what's 17 times 24", "calculator", {"expression": "17 * 24"}),
        ("15% of 80", "calculator", {"expression": "15 / 100 * 80"}),
        ("How much is 1,200 divided by 7?", "calculator", {"expression": "1200 / 7"}),
        ("twelve plus thirty please", "calculator", {"expression": "12 + 30"}),
        ("12x7", "calculator", {"expression": "12 * 7"}),
        ("Split 84 between 4 people", "calculator", {"expression": "84 / 4"}),
        ("square root of 144", "calculator", {"expression": "sqrt(144)"}),
        ("3 to the power of 4", "calculator", {"expression": "3 ^ 4"}),
        ("what time is it in tokyo?", "current_time", {"timezone": "Asia/Tokyo"}),
        ("current time in New York", "current_time", {"timezone": "America/New_York"}),
        ("What's the date in San Francisco?", "current_time", {"timezone": "America/Los_Angeles"}),
        ("Read https://example.com/a, please.", "http_fetch", {"url": "https://example.com/a"}),
        ("Write a poem", "write_artifact", {"name": "note.md", "content": "# Note\n\nWrite a poem\n"}),
    ],
)
def test_the_demo_uses_the_tool_that_fits(prompt: str, tool: str, arguments: dict[str, Any]) -> None:
    answer = _prompt(prompt, tools=TOOLS)

    assert [(call.name, call.arguments) for call in answer.tool_calls] == [(tool, arguments)]
    assert not _prompt(prompt).tool_calls, "a tool the agent does not have is not called"


@pytest.mark.parametrize("prompt", ["The delivery comes on Thursday.", "remember to buy milk", "Note: call Anna"])
def test_the_demo_writes_down_what_it_is_told_when_it_can_do_nothing_else(prompt: str) -> None:
    only = tuple(tool for tool in TOOLS if tool.name == "write_artifact")

    (call,) = _prompt(prompt, tools=only).tool_calls

    assert prompt in str(call.arguments["content"])


@pytest.mark.parametrize("prompt", ["hello", "What can you do?", "thanks a lot"])
def test_the_demo_says_what_can_be_asked_of_it(prompt: str) -> None:
    answer = _prompt(prompt, tools=TOOLS)

    assert not answer.tool_calls
    assert "What is 17 times 24?" in answer.content


def test_the_demo_calls_a_tool_of_the_organization_that_the_prompt_names() -> None:
    weather = _tool(
        "get_weather",
        ("city", "days"),
        city={"type": "string"},
        days={"type": "integer"},
        unit={"type": "string", "enum": ["celsius", "fahrenheit"]},
        note={"type": "string"},
    )

    answer = _prompt('Please get weather, city="New York" unit: Fahrenheit, for 3 days', tools=(weather,))

    assert [call.arguments for call in answer.tool_calls] == [{"city": "New York", "days": 3, "unit": "fahrenheit"}]
    assert not _prompt("Get me the umbrella", tools=(weather,)).tool_calls


@given(
    st.text(max_size=60),
    st.dictionaries(st.sampled_from(["a", "b", "c"]), st.one_of(st.none(), st.just({}), st.just({"type": "array"}))),
)
def test_the_demo_survives_any_prompt_and_any_tool(prompt: str, properties: dict[str, Any]) -> None:
    odd = ToolSchema("odd", "", {"properties": properties, "required": [*properties, "absent"]})

    answer = _prompt(f"odd {prompt} 1 odd", tools=(*TOOLS, odd))

    assert answer.tool_calls or answer.content


def test_the_demo_costs_nothing_and_says_what_it_found() -> None:
    messages: list[Message] = [
        {"role": "user", "content": "What is 2+2?"},
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "4", "tool_call_id": "c", "name": "calculator"},
    ]

    answer = _answer(messages, tools=TOOLS)

    assert "4" in answer.content
    assert answer.usage.cost_usd == 0
