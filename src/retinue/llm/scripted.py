"""A model that follows a script: for tests, and to demonstrate tools without a key.

The script stands in the agent's parameters, or in the prompt as a block fenced by ```` ```script ````; without one, the
model's name chooses a built-in (``llm.demo``). The answer is turn number *n*, *n* being the assistant's turns since the
last message of the user: no state is kept, so a run that is resumed after a crash gets the same answers again.
"""

import asyncio
import re
import time

import orjson
from pydantic import ValidationError

from retinue.core.errors import Error
from retinue.core.json import Json
from retinue.engine.ports import DeltaSink, FinishReason, Message, ModelRequest, ModelResponse, ToolCall, Usage
from retinue.llm.demo import demo_turn, echo_turn, is_of_user, prompt_of, since_user
from retinue.llm.errors import (
    ModelKeyError,
    ModelLimitedError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelUnavailableError,
)
from retinue.llm.script import Turn, parse, problems_of
from retinue.llm.types import ECHO_MODEL

_IN_PROMPT = re.compile(r"```script\s*\n(.*?)```", re.DOTALL)
_WORD = re.compile(r"\S+\s*|^\s+")
_ERRORS: dict[str, type[Error]] = {
    "refused": ModelRefusedError,
    "unavailable": ModelUnavailableError,
    "limited": ModelLimitedError,
    "key": ModelKeyError,
}


class ScriptedChatModel:
    """``ChatModel`` for the kind scripted. Costs nothing unless the script pretends a price, and reports it."""

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Give the turn that is due. Raises what the turn says, ``ModelRefusedError`` for a script that is none."""
        turn = _turn_of(request)
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await _play(turn, request, on_delta)
        except TimeoutError:
            raise ModelTimeoutError(f"The model did not finish within {request.timeout_seconds:g} s.") from None


async def _play(turn: Turn, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
    began = time.perf_counter()
    if turn.delay_ms:
        await asyncio.sleep(turn.delay_ms / 1000)
    text, reasoning = turn.text or "", turn.reasoning or ""
    first_ms = round((time.perf_counter() - began) * 1000)
    if reasoning:
        on_delta("reasoning", reasoning)
    await _say(text, turn.tokens_per_second or 0, on_delta)
    if turn.error:
        raise _ERRORS[turn.error_kind](turn.error)
    calls = _calls_of(turn, request.messages)
    asked = sum(len(str(message["content"]).split()) for message in request.messages)
    return ModelResponse(
        content=text,
        reasoning=reasoning,
        tool_calls=calls,
        usage=Usage(input_tokens=asked, output_tokens=len(text.split()), cost_usd=turn.cost_usd),
        model=request.model.name,
        finish_reason=FinishReason(turn.finish_reason or ("tool_calls" if calls else "stop")),
        first_token_ms=first_ms if text or reasoning else None,
        attempts=1,
    )


async def _say(text: str, tokens_per_second: float, on_delta: DeltaSink) -> None:
    if not text:
        return
    if tokens_per_second <= 0:
        on_delta("text", text)
        return
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, word in enumerate(_WORD.findall(text), 1):
        on_delta("text", word)
        await asyncio.sleep(max(0.0, began + number / tokens_per_second - loop.time()))


def _turn_of(request: ModelRequest) -> Turn:
    document = request.model.parameters.get("script")
    if document is None:
        document = _script_in(prompt_of(request.messages))
    if document is None:
        return echo_turn(request) if request.model.name == ECHO_MODEL else demo_turn(request)
    try:
        script = parse(document)
    except ValidationError as error:
        first = problems_of(error, "script")[0]
        raise ModelRefusedError(f"{first.field}: {first.message}.", remedy=first.remedy) from None
    return script.turn(sum(message["role"] == "assistant" for message in since_user(request.messages)))


def _script_in(prompt: str) -> Json:
    found = _IN_PROMPT.search(prompt)
    if found is None:
        return None
    try:
        return orjson.loads(found[1])
    except orjson.JSONDecodeError as error:
        raise ModelRefusedError(f"The script in the prompt is not JSON: {error}.") from None


def _calls_of(turn: Turn, messages: list[Message]) -> tuple[ToolCall, ...]:
    asked = sum(is_of_user(message) for message in messages)
    said = sum(message["role"] == "assistant" for message in since_user(messages))
    return tuple(
        ToolCall(call.id or f"call_{asked}_{said}_{index}", call.name, dict(call.arguments))
        for index, call in enumerate(turn.tool_calls or ())
    )
