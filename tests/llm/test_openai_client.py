import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from retinue.engine.ports import ModelRequest, ModelResponse, ModelSpec, ToolSchema
from retinue.llm.attempts import RetryPolicy
from retinue.llm.errors import (
    ContextTooLongError,
    ModelKeyError,
    ModelLimitedError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import Endpoint
from tests.llm.openai_server import Answer, Server, event, serving, stream, usage

QUICK = RetryPolicy(first_delay_seconds=0.001)
TOOL = ToolSchema("calculator", "Calculates.", {"type": "object", "properties": {"expression": {"type": "string"}}})


def _request(**changes: Any) -> ModelRequest:
    values: dict[str, Any] = {
        "organization_id": "o",
        "model": ModelSpec("p", "openai_compatible", "some-model", None, {"temperature": 0.5, "max_output_tokens": 9}),
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}],
        "tools": (),
        "timeout_seconds": 20.0,
        "idempotency_key": "run:step",
        **changes,
    }
    return ModelRequest(**values)


async def _complete(
    server: Server, request: ModelRequest | None = None, patience: RetryPolicy = QUICK, **kwargs: Any
) -> tuple[ModelResponse, list[tuple[str, str]]]:
    deltas: list[tuple[str, str]] = []

    async def endpoint_of(_: ModelRequest) -> Endpoint:
        return Endpoint(server.url, "key-1")

    async with aiohttp.ClientSession() as session:
        model = ProviderChatModel(session, endpoint_of, patience)
        response = await model.complete(request or _request(**kwargs), lambda kind, chunk: deltas.append((kind, chunk)))
    return response, deltas


def _always(status: int, body: dict[str, Any], **headers: str) -> Answer:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


async def test_text_is_passed_on_as_it_comes_and_counted() -> None:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, event({"content": "Hel"}), event({"content": "lo"}), event({}, "stop"), usage(7, 2, 3))

    async with serving(answer) as server:
        response, deltas = await _complete(server)

    assert response.content == "Hello" == "".join(chunk for _, chunk in deltas)
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.cached_input_tokens) == (7, 2, 3)
    assert response.usage.cost_usd is None
    assert (response.model, response.finish_reason, response.attempts) == ("served-model", "stop", 1)
    assert server.bodies[0]["max_tokens"] == 9
    assert server.headers[0]["Authorization"] == "Bearer key-1"
    assert server.headers[0]["Idempotency-Key"] == "run:step"


async def test_an_event_split_over_two_writes_is_read_whole() -> None:
    whole = event({"content": "Grüße, 世界"}, "stop")

    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, whole[:41], whole[41:43], whole[43:] + usage(1, 1))

    async with serving(answer) as server:
        response, _ = await _complete(server)

    assert response.content == "Grüße, 世界"


async def test_tool_calls_are_put_together_from_fragments() -> None:
    def piece(index: int, **function: str) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, "id": f"c{index}", "function": function}]}

    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        return await stream(
            request,
            event(piece(0, name="calculator", arguments='{"expre')),
            event(piece(1, name="calculator", arguments="not json")),
            event(piece(0, arguments='ssion": "2+2"}')),
            event({}, "tool_calls"),
        )

    async with serving(answer) as server:
        response, _ = await _complete(server, tools=(TOOL,))

    good, bad = response.tool_calls
    assert (good.id, good.name, good.arguments, good.invalid_reason) == ("c0", "calculator", {"expression": "2+2"}, None)
    assert bad.invalid_reason is not None
    assert "not JSON" in bad.invalid_reason
    assert server.bodies[0]["tools"][0]["function"]["name"] == "calculator"
    assert response.warnings, "a missing count is told"


async def test_a_server_that_refuses_stream_options_is_asked_without_them() -> None:
    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if "stream_options" in body:
            return web.json_response({"error": {"message": "unknown field stream_options"}}, status=400)
        return await stream(request, event({"content": "ok"}, "stop"))

    async with serving(answer) as server:
        response, _ = await _complete(server)

    assert response.content == "ok"
    assert ["stream_options" in body for body in server.bodies] == [True, False]


async def test_an_answer_in_one_piece_is_taken_too() -> None:
    message = {"role": "assistant", "content": "whole"}
    body = {
        "model": "m",
        "choices": [{"message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }

    async with serving(_always(200, body)) as server:
        response, deltas = await _complete(server)

    assert response.content == "whole"
    assert deltas == [("text", "whole")]


async def test_a_busy_server_is_asked_again() -> None:
    count = iter((503, 429, 200))

    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        status = next(count)
        if status != 200:
            return web.json_response({"error": {"message": "busy"}}, status=status)
        return await stream(request, event({"content": "at last"}, "stop"))

    async with serving(answer) as server:
        response, _ = await _complete(server)

    assert (response.content, response.attempts) == ("at last", 3)


async def test_after_the_first_token_a_break_is_a_failure_and_not_repeated() -> None:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(event({"content": "half"}))
        await asyncio.sleep(0)
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(answer) as server:
        with pytest.raises(ModelUnavailableError):
            await _complete(server)

        assert len(server.bodies) == 1


@pytest.mark.parametrize(
    ("status", "error", "expected"),
    [
        (401, {"message": "bad key"}, ModelKeyError),
        (404, {"message": "no such model", "code": "model_not_found"}, ModelUnknownError),
        (400, {"message": "This model's maximum context length is 8 tokens"}, ContextTooLongError),
        (429, {"message": "slow down"}, ModelLimitedError),
    ],
)
async def test_a_refusal_has_a_plain_message_and_a_remedy(
    status: int, error: dict[str, str], expected: type[Exception]
) -> None:
    async with serving(_always(status, {"error": error}, **{"Retry-After": "0"})) as server:
        with pytest.raises(expected) as refused:
            await _complete(server)

    assert error["message"] in str(refused.value)
    assert getattr(refused.value, "remedy_text", None)


async def test_a_model_that_takes_too_long_is_given_up() -> None:
    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        await asyncio.Event().wait()
        return await stream(request)

    async with serving(answer) as server:
        with pytest.raises(ModelTimeoutError):
            await _complete(server, timeout_seconds=0.05)


async def test_cancelling_closes_the_connection() -> None:
    reached, closed = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        reached.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            closed.set()
            raise
        return await stream(request)

    async with serving(answer) as server:
        call = asyncio.create_task(_complete(server))
        await reached.wait()

        call.cancel()
        await asyncio.wait_for(closed.wait(), 5)

        with pytest.raises(asyncio.CancelledError):
            await call
