import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.json import Json
from retinue.engine.ports import Message, ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.errors import ModelRefusedError
from retinue.llm.scripted import ScriptedChatModel

TOOLS = tuple(ToolSchema(name, "", {}) for name in ("calculator", "current_time", "write_artifact"))


def _answer(messages: list[Message], script: Json = None, tools: tuple[ToolSchema, ...] = ()) -> ModelResponse:
    spec = ModelSpec("s", "scripted", "demo", None, {} if script is None else {"script": script})
    request = ModelRequest("o", spec, messages, tools, 5, "k")
    return asyncio.run(ScriptedChatModel().complete(request, lambda _kind, _chunk: None))


def _said(count: int) -> list[Message]:
    turns: list[Message] = [{"role": "user", "content": "go"}]
    for _ in range(count):
        turns.append({"role": "assistant", "content": ""})
        turns.append({"role": "tool", "content": "4", "tool_call_id": "c"})
    return turns


@given(st.integers(0, 6))
def test_the_turn_is_told_by_the_conversation_alone(count: int) -> None:
    script: dict[str, Any] = {"turns": [{"text": f"turn {n}"} for n in range(4)]}

    first, second = _answer(_said(count), script), _answer(_said(count), script)

    assert first == second or first.first_token_ms != second.first_token_ms
    assert first.content == f"turn {min(count, 3)}"


def test_a_script_past_its_end_asks_for_no_more_tools() -> None:
    script: dict[str, Any] = {"turns": [{"tool_calls": [{"name": "calculator", "arguments": {}}]}]}

    assert _answer(_said(0), script).tool_calls
    assert not _answer(_said(1), script).tool_calls


@pytest.mark.parametrize("script", [{}, {"turns": []}, {"turns": "x"}, {"turns": [1]}])
def test_a_script_that_is_none_is_refused(script: dict[str, Any]) -> None:
    with pytest.raises(ModelRefusedError):
        _answer(_said(0), script)


@pytest.mark.parametrize(
    ("prompt", "tool"),
    [("What is 12 * (3 + 4)?", "calculator"), ("What time is it?", "current_time"), ("Write a note", "write_artifact")],
)
def test_the_demo_uses_the_tool_that_fits(prompt: str, tool: str) -> None:
    answer = _answer([{"role": "user", "content": prompt}], tools=TOOLS)

    assert [call.name for call in answer.tool_calls] == [tool]


def test_the_demo_costs_nothing_and_says_what_it_found() -> None:
    messages: list[Message] = [
        {"role": "user", "content": "What is 2+2?"},
        {"role": "assistant", "content": ""},
        {"role": "tool", "content": "4", "tool_call_id": "c", "name": "calculator"},
    ]

    answer = _answer(messages, tools=TOOLS)

    assert "4" in answer.content
    assert answer.usage.cost_usd == 0
