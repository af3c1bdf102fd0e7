"""A model that follows a script: for tests, and to demonstrate tools without a key.

With a script in the parameters the answer is its turn number *n*, *n* being the assistant's turns already in the
conversation since the last user message; so it keeps no state and answers the same after a crash. A turn is an object:

    {"text": str, "reasoning": str, "tool_calls": [{"name": str, "arguments": {...}}],
     "delay_ms": int, "tokens_per_second": int, "error": str}

Past the last turn the last one that only speaks is given again. Without a script the model is the *demo*: it reads the
prompt and uses whatever of the agent's tools fits it, then says what came of it.
"""

import asyncio
import re
import time
from decimal import Decimal
from typing import Any

from retinue.core.json import JsonObject
from retinue.engine.ports import DeltaSink, Message, ModelRequest, ModelResponse, ToolCall, Usage
from retinue.llm.errors import ModelRefusedError

_EXPRESSION = re.compile(r"-?\(?\d[\d\s.,+*/%^()-]*[+*/%^-]\s*\(*\d[\d.)]*")
_ADDRESS = re.compile(r"https?://[^\s<>\"']+")
_TIME = re.compile(r"\b(time|date|day|clock|today|now)\b", re.IGNORECASE)
_WRITE = re.compile(r"\b(write|note|save|file|report|artifact|draft)\b", re.IGNORECASE)
_WORD = re.compile(r"\S+\s*")


class ScriptedChatModel:
    """``ChatModel`` for the kind scripted. Costs nothing, and says so."""

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Give the turn that is due. Raises ``ModelRefusedError`` for a turn that is an error or a script without turns."""
        began = time.perf_counter()
        turn = _turn_of(request)
        await asyncio.sleep(float(turn.get("delay_ms") or 0) / 1000)
        if turn.get("error"):
            raise ModelRefusedError(str(turn["error"]))
        text, reasoning = str(turn.get("text") or ""), str(turn.get("reasoning") or "")
        if reasoning:
            on_delta("reasoning", reasoning)
        first_ms = round((time.perf_counter() - began) * 1000)
        await _say(text, float(turn.get("tokens_per_second") or 0), on_delta)
        calls = _calls_of(turn, _said_before(request.messages))
        return ModelResponse(
            content=text,
            reasoning=reasoning,
            tool_calls=calls,
            usage=_usage(request.messages, text),
            model=request.model.name,
            finish_reason="tool_calls" if calls else "stop",
            first_token_ms=first_ms if text or reasoning else None,
            attempts=1,
        )


async def _say(text: str, tokens_per_second: float, on_delta: DeltaSink) -> None:
    if not text:
        return
    if tokens_per_second <= 0:
        on_delta("text", text)
        return
    for word in _WORD.findall(text):
        on_delta("text", word)
        await asyncio.sleep(1 / tokens_per_second)


def _since_user(messages: list[Message]) -> list[Message]:
    last = max((index for index, message in enumerate(messages) if message["role"] == "user"), default=-1)
    return messages[last + 1 :]


def _said_before(messages: list[Message]) -> int:
    return sum(message["role"] == "assistant" for message in _since_user(messages))


def _turn_of(request: ModelRequest) -> dict[str, Any]:
    script = request.model.parameters.get("script")
    if script is None:
        return _demo(request)
    turns: Any = script.get("turns") if isinstance(script, dict) else None
    if not isinstance(turns, list) or not turns:
        raise ModelRefusedError("The script has no turns.", remedy='Give parameters.script as {"turns": [{"text": "…"}]}.')
    due = _said_before(request.messages)
    turn: Any = turns[min(due, len(turns) - 1)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - foreign JSON
    if not isinstance(turn, dict):
        raise ModelRefusedError("A turn of the script is not an object.")
    if due >= len(turns):  # pyright: ignore[reportUnknownArgumentType] - foreign JSON
        return {"text": turn.get("text") or "That is all the script says."}  # pyright: ignore[reportUnknownMemberType] - foreign JSON
    return turn  # pyright: ignore[reportUnknownVariableType] - foreign JSON


def _calls_of(turn: dict[str, Any], said: int) -> tuple[ToolCall, ...]:
    calls: list[dict[str, Any]] = turn.get("tool_calls") or []
    return tuple(
        ToolCall(str(call.get("id") or f"call_{said}_{index}"), str(call.get("name")), dict(call.get("arguments") or {}))
        for index, call in enumerate(calls)
    )


def _usage(messages: list[Message], text: str) -> Usage:
    asked = sum(len(str(message["content"]).split()) for message in messages)
    return Usage(input_tokens=asked, output_tokens=len(text.split()), cost_usd=Decimal(0))


def _text_of(message: Message) -> str:
    content = message["content"]
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def _demo(request: ModelRequest) -> dict[str, Any]:
    results = [message for message in _since_user(request.messages) if message["role"] == "tool"]
    prompt = next((_text_of(each) for each in reversed(request.messages) if each["role"] == "user"), "")
    if results:
        told = "; ".join(f"{each.get('name', 'the tool')} answered {_text_of(each)[:400]}" for each in results)
        return {"text": f"Here is what I found: {told}.", "tokens_per_second": 60}
    calls = _fitting_calls(prompt, {tool.name for tool in request.tools})
    if calls:
        names = " and ".join(str(call["name"]) for call in calls)
        return {"reasoning": f"The question can be answered with {names}.", "tool_calls": calls}
    return {
        "text": f"I am a script, not a model: I can only show how tools are used. You said: “{prompt[:200]}”. "
        "Ask for a calculation, the time, a web page or a note, or give this agent a real model.",
        "tokens_per_second": 60,
    }


def _fitting_calls(prompt: str, tools: set[str]) -> list[JsonObject]:
    calls: list[JsonObject] = []
    expression = _EXPRESSION.search(prompt)
    if "calculator" in tools and expression:
        calls.append({"name": "calculator", "arguments": {"expression": expression[0].strip()}})
    if "current_time" in tools and _TIME.search(prompt):
        calls.append({"name": "current_time", "arguments": {}})
    address = _ADDRESS.search(prompt)
    if "http_fetch" in tools and address:
        calls.append({"name": "http_fetch", "arguments": {"url": address[0]}})
    if "write_artifact" in tools and _WRITE.search(prompt):
        calls.append({"name": "write_artifact", "arguments": {"name": "note.md", "content": f"# Note\n\n{prompt}\n"}})
    return calls
