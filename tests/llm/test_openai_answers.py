"""What servers that are not OpenAI's send, and what a broken one does: no run may crash of it or take it for whole."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from retinue.core.errors import Error, Kind
from retinue.engine.ports import ModelRequest, ModelResponse, ModelSpec
from retinue.llm.attempts import RetryPolicy
from retinue.llm.errors import (
    ContextTooLongError,
    ModelAddressError,
    ModelKeyError,
    ModelLimitedError,
    ModelQuotaError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.refusals import refusal_of
from retinue.llm.types import Endpoint
from tests.llm.openai_server import Server, event, serving, stream, usage

KEY = "sk-a-very-secret-key"
QUICK = RetryPolicy(first_delay_seconds=0.001)
Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


async def _ask(server: Server, patience: RetryPolicy = QUICK, timeout_seconds: float = 20) -> ModelResponse:
    async def endpoint_of(_: ModelRequest) -> Endpoint:
        return Endpoint(server.url, KEY)

    spec = ModelSpec("p", "openai_compatible", "some-model", None, {"max_output_tokens": 9})
    request = ModelRequest("o", spec, [{"role": "user", "content": "Hello"}], (), timeout_seconds, "run:step")
    async with aiohttp.ClientSession() as session:
        return await ProviderChatModel(session, endpoint_of, patience).complete(request, lambda _kind, _chunk: None)


def _streams(*pieces: bytes) -> Handler:
    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, *pieces)

    return answer


def _says(body: Any, status: int = 200, **headers: str) -> Handler:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


def _call(arguments: Any, **ids: Any) -> dict[str, Any]:
    return {"tool_calls": [{**ids, "function": {"name": "calculator", "arguments": arguments}}]}


async def test_a_stream_that_ends_in_the_middle_is_no_answer() -> None:
    async with serving(_streams(event({"content": "only half of"}))) as server:
        with pytest.raises(ModelUnavailableError, match="before the answer was complete"):
            await _ask(server)


async def test_a_tool_call_cut_off_is_asked_for_again() -> None:
    pieces = iter([[event(_call('{"expr', index=0, id="a"))], [event(_call('{"expr": 1}', index=0, id="a"), "tool_calls")]])

    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, *next(pieces))

    async with serving(answer) as server:
        response = await _ask(server)

    assert response.tool_calls[0].arguments == {"expr": 1}
    assert response.attempts == 2


@pytest.mark.parametrize(
    "end", [b"data: [DONE]\n\n", b"data:[DONE]\r\n\r\n", b"data: [DONE]", b": done\n\ndata: [DONE]\n\ndata:\n\n"]
)
async def test_the_end_of_a_stream_is_known_however_it_is_written(end: bytes) -> None:
    async with serving(_streams(b": wait\n\n", event({"content": "ok"}), end)) as server:
        response = await _ask(server)

    assert response.content == "ok"


@pytest.mark.parametrize(
    "body",
    [b"data: 1\n\n", b"data: not json\n\n", b'data: {"choices": {"a": 1}}\n\n', b'data: {"choices": ["x"]}\n\n'],
)
async def test_events_that_are_not_chat_completions_are_told_as_such(body: bytes) -> None:
    async with serving(_streams(body)) as server:
        with pytest.raises(ModelUnavailableError, match="not chat completions"):
            await _ask(server)


@pytest.mark.parametrize("body", [{}, {"choices": []}, [], "text", {"choices": [{"text": "x"}]}])
async def test_a_document_that_is_not_chat_completions_is_told_as_such(body: Any) -> None:
    async with serving(_says(body)) as server:
        with pytest.raises(ModelUnavailableError, match="not chat completions"):
            await _ask(server)


async def test_content_in_parts_is_read_with_its_thoughts() -> None:
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}
    parts = [thinking, {"type": "text", "text": "hi"}]

    async with serving(_streams(event({"content": parts}, "stop"))) as server:
        response = await _ask(server)

    assert (response.content, response.reasoning) == ("hi", "hm")


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
async def test_reasoning_is_kept_apart_from_the_text(name: str) -> None:
    async with serving(_streams(event({name: "let me think"}), event({"content": "ok"}, "stop"))) as server:
        response = await _ask(server)

    assert (response.reasoning, response.content) == ("let me think", "ok")


async def test_calls_without_an_index_are_told_apart_by_their_ids() -> None:
    async with serving(_streams(event(_call("{}", id="a")), event(_call('{"n": 2}', id="b"), "tool_calls"))) as server:
        response = await _ask(server)

    assert [(call.id, call.arguments) for call in response.tool_calls] == [("a", {}), ("b", {"n": 2})]


async def test_arguments_that_come_as_an_object_are_taken() -> None:
    async with serving(_streams(event(_call({"n": 2}, index=0, id="a"), "tool_calls"))) as server:
        response = await _ask(server)

    assert response.tool_calls[0].arguments == {"n": 2}


@pytest.mark.parametrize("arguments", ["[1]", "3", '"text"'])
async def test_arguments_that_are_no_object_are_told_to_the_model(arguments: str) -> None:
    async with serving(_streams(event(_call(arguments, index=0, id="a"), "tool_calls"))) as server:
        response = await _ask(server)

    assert response.tool_calls[0].arguments == {}
    assert "not a JSON object" in str(response.tool_calls[0].invalid_reason)


async def test_counts_that_make_no_sense_are_unknown_and_not_zero_cost() -> None:
    async with serving(
        _streams(event({"content": "ok"}, "stop"), b'data: {"choices": [], "usage": {"prompt_tokens": "many"}}\n\n')
    ) as server:
        response = await _ask(server)

    assert response.usage.cost_usd is None
    assert response.warnings


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"message": "too long", "code": "context_length_exceeded"}, ContextTooLongError),
        ({"message": "slow down", "type": "rate_limit_error"}, ModelLimitedError),
        ({"message": "overloaded", "code": 503}, ModelUnavailableError),
        ("just text", ModelUnavailableError),
    ],
)
@pytest.mark.parametrize("streams", [True, False])
async def test_an_error_after_the_headers_has_its_kind(error: Any, expected: type[Error], *, streams: bool) -> None:
    document = {"error": error}
    handler = _streams(b"data: " + orjson.dumps(document) + b"\n\n") if streams else _says(document)

    async with serving(handler) as server:
        with pytest.raises(expected):
            await _ask(server)


async def test_an_account_that_is_used_up_is_not_asked_again() -> None:
    error = {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}

    async with serving(_says(error, 429)) as server:
        with pytest.raises(ModelQuotaError):
            await _ask(server)

        assert len(server.bodies) == 1


async def test_a_wait_that_would_last_past_the_run_is_not_begun() -> None:
    async with serving(_says({"error": {"message": "later"}}, 429, **{"Retry-After": "50"})) as server:
        with pytest.raises(ModelLimitedError) as limited:
            await _ask(server, timeout_seconds=5)

        assert len(server.bodies) == 1
    assert limited.value.retry_after_seconds == 50


async def test_a_key_in_the_provider_s_sentence_is_not_passed_on() -> None:
    async with serving(_says({"error": {"message": f"Incorrect API key provided: {KEY}"}}, 401)) as server:
        with pytest.raises(ModelKeyError) as refused:
            await _ask(server)

    assert "Incorrect API key" in refused.value.detail
    assert KEY not in refused.value.detail


async def test_a_redirect_is_not_followed_and_takes_the_key_nowhere() -> None:
    async with serving(_streams(event({"content": "stolen"}, "stop"))) as elsewhere:

        async def redirect(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
            return web.Response(status=307, headers={"Location": f"{elsewhere.url}/chat/completions"})

        async with serving(redirect) as server:
            with pytest.raises(ModelAddressError):
                await _ask(server)

        assert elsewhere.bodies == []


async def test_a_server_that_wants_the_newer_name_of_the_limit_gets_it_and_is_remembered() -> None:
    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if "max_tokens" in body:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return web.json_response({"error": {"message": message}}, status=400)
        return await stream(request, event({"content": "ok"}, "stop"))

    async with serving(answer) as server, aiohttp.ClientSession() as session:

        async def endpoint_of(_: ModelRequest) -> Endpoint:
            return Endpoint(server.url, None)

        model = ProviderChatModel(session, endpoint_of, QUICK)
        spec = ModelSpec("p", "openai_compatible", "m", None, {"max_output_tokens": 9})
        request = ModelRequest("o", spec, [{"role": "user", "content": "Hello"}], (), 20, "k")
        await model.complete(request, lambda _kind, _chunk: None)
        await model.complete(request, lambda _kind, _chunk: None)

    assert [sorted({"max_tokens", "max_completion_tokens"} & set(body)) for body in server.bodies] == [
        ["max_tokens"],
        ["max_completion_tokens"],
        ["max_completion_tokens"],
    ]


async def test_a_model_that_does_not_begin_is_given_up_before_the_run_s_own_limit() -> None:
    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.Event().wait()
        return await stream(request)

    async with serving(answer) as server:
        with pytest.raises(ModelTimeoutError, match="did not begin to answer"):
            await _ask(server, RetryPolicy(first_byte_seconds=0.05, attempts=1))


async def test_a_model_that_falls_silent_in_the_middle_is_given_up() -> None:
    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(event({"content": "and then"}))
        await asyncio.Event().wait()
        return response

    async with serving(answer) as server:
        with pytest.raises(ModelTimeoutError, match="fell silent"):
            await _ask(server, RetryPolicy(idle_seconds=0.05))

        assert len(server.bodies) == 1, "text was passed on: the call may not be made again"


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ModelUnavailableError):
        await _ask(Server("http://127.0.0.1:9/v1"))


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (404, '{"error": {"message": "The model `x` does not exist"}}', ModelUnknownError),
        (404, '{"detail": "Not Found"}', ModelAddressError),
        (404, "<html>nothing here</html>", ModelAddressError),
        (400, '{"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}', ModelKeyError),
        (400, '[{"error": {"message": "The input token count exceeds the maximum"}}]', ContextTooLongError),
        (400, '{"error": {"message": "temperature must be 1"}}', ModelRefusedError),
        (402, '{"error": "Insufficient credits"}', ModelQuotaError),
        (422, "null", ModelRefusedError),
        (529, '{"error": {"type": "overloaded_error", "message": "Overloaded"}}', ModelUnavailableError),
    ],
)
def test_a_refusal_is_classified_by_status_and_text(status: int, text: str, expected: type[Error]) -> None:
    error = refusal_of(status, text)

    assert type(error) is expected, error.detail
    assert error.remedy_text


@given(st.integers(300, 599), st.text(max_size=300))
def test_any_refusal_has_a_sentence_and_a_remedy_and_only_the_retryable_are_retried(status: int, text: str) -> None:
    error = refusal_of(status, text)

    assert error.detail
    assert error.remedy_text
    assert (error.kind is Kind.UNAVAILABLE) == (status >= 500 or status in {408, 409, 425})


@pytest.mark.parametrize(
    ("header", "least", "most"), [("7", 7, 7), ("-1", 0, 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("soon", None, None)]
)
def test_retry_after_is_read_as_seconds_or_a_date(header: str, least: float | None, most: float | None) -> None:
    seconds = refusal_of(429, "", {"Retry-After": header}).retry_after_seconds

    assert (seconds is None) == (least is None)
    assert seconds is None or (least or 0) <= seconds <= (most or 0)


_WHOLE = b"".join(
    [
        event({"role": "assistant", "content": ""}),
        event({"reasoning": "hm ✓"}),
        event({"content": "Grüße, "}),
        event({"content": "世界 🌍"}),
        event(_call('{"expr', index=0, id="a")),
        event(_call('ession": "2+2"}', index=0)),
        event({}, "tool_calls"),
        usage(7, 2, 3),
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, len(_WHOLE)), max_size=12))
def test_an_answer_is_the_same_wherever_the_network_cuts_it(cuts: list[int]) -> None:
    marks = [0, *sorted(cuts), len(_WHOLE)]
    pieces = [_WHOLE[a:b] for a, b in itertools.pairwise(marks) if a != b]

    async def ask() -> ModelResponse:
        async with serving(_streams(*pieces)) as server:
            return await _ask(server)

    response = asyncio.run(ask())

    assert (response.reasoning, response.content) == ("hm ✓", "Grüße, 世界 🌍")
    assert [call.arguments for call in response.tool_calls] == [{"expression": "2+2"}]
    assert (response.usage.input_tokens, response.usage.output_tokens, response.usage.cached_input_tokens) == (7, 2, 3)
