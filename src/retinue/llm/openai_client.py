"""A lean client of OpenAI's chat completions and everything that speaks them, on one HTTP session a process.

Always streams, so that a first token is not held back. The path of a token is short on purpose: all events of one read are
parsed together and passed on as one chunk. ``benchmarks/bench_streams`` has the figures.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from retinue.core.errors import Error
from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse, Usage
from retinue.engine.pricing import price_call
from retinue.llm.errors import (
    ContextTooLongError,
    ModelKeyError,
    ModelLimitedError,
    ModelRefusedError,
    ModelTimeoutError,
    ModelUnavailableError,
    ModelUnknownError,
)
from retinue.llm.openai_wire import Answer, StreamError, request_body
from retinue.llm.types import Endpoint

EndpointOf = Callable[[ModelRequest], Awaitable[Endpoint]]
"""Finds where a call goes and with which key, at the moment of the call."""

MAX_ATTEMPTS = 4
FIRST_DELAY_SECONDS = 0.5
_SILENT_SECONDS = 120.0


@dataclass(slots=True)
class _Progress:
    """What came of one attempt so far."""

    began: float
    first_token_ms: int | None = None

    def token(self) -> None:
        if self.first_token_ms is None:
            self.first_token_ms = round((time.perf_counter() - self.began) * 1000)


class OpenAIChatModel:
    """``ChatModel`` for the kinds openai, openai_compatible and local."""

    def __init__(self, session: aiohttp.ClientSession, endpoint_of: EndpointOf) -> None:
        """Take the process's HTTP session, and the look-up of address and key."""
        self._session = session
        self._endpoint_of = endpoint_of
        self._without_usage: set[str] = set()

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model. Retried with growing, jittered delays, only while nothing has been passed on."""
        endpoint = await self._endpoint_of(request)
        attempt = 0
        try:
            async with asyncio.timeout(request.timeout_seconds):
                while True:
                    attempt += 1
                    progress = _Progress(time.perf_counter())
                    try:
                        answer = await self._attempt(request, endpoint, on_delta, progress)
                        return await self._response(request, answer, progress, attempt)
                    except (ModelUnavailableError, ModelLimitedError) as error:
                        if attempt >= MAX_ATTEMPTS or progress.first_token_ms is not None:
                            raise
                        await asyncio.sleep(_delay(attempt, error))
        except TimeoutError:
            raise ModelTimeoutError(f"The model did not finish within {request.timeout_seconds:.0f} s.") from None

    async def _response(self, request: ModelRequest, answer: Answer, progress: _Progress, attempts: int) -> ModelResponse:
        model = answer.model or request.model.name
        counted = answer.usage or {}
        details: dict[str, Any] = counted.get("prompt_tokens_details") or {}
        usage = Usage(
            input_tokens=int(counted.get("prompt_tokens") or 0),
            output_tokens=int(counted.get("completion_tokens") or 0),
            cached_input_tokens=int(details.get("cached_tokens") or 0),
        )
        warnings = () if answer.usage else ("The provider did not say how many tokens the call used.",)
        return ModelResponse(
            content="".join(answer.texts),
            reasoning="".join(answer.reasonings),
            tool_calls=answer.tool_calls(),
            usage=await price_call(request.model.kind, request.model.name, usage) if answer.usage else usage,
            model=model,
            finish_reason=answer.finish_reason or "stop",
            first_token_ms=progress.first_token_ms,
            attempts=attempts,
            warnings=warnings,
        )

    async def _attempt(self, request: ModelRequest, endpoint: Endpoint, on_delta: DeltaSink, progress: _Progress) -> Answer:
        with_usage = endpoint.base_url not in self._without_usage
        headers = {"Content-Type": "application/json", "Idempotency-Key": request.idempotency_key}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        try:
            async with self._session.post(
                f"{endpoint.base_url.rstrip('/')}/chat/completions",
                data=request_body(request, with_usage=with_usage),
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=15, sock_read=_SILENT_SECONDS),
            ) as response:
                if response.status == 200:  # noqa: PLR2004 - HTTP's own number
                    return await _read(response, on_delta, progress)
                text = (await response.content.read(20_000)).decode(errors="replace")
        except (aiohttp.ClientError, OSError, StreamError, orjson.JSONDecodeError) as error:
            raise ModelUnavailableError(f"The model's server broke off: {error or type(error).__name__}.") from None
        if with_usage and response.status in {400, 422} and "stream_options" in text:
            self._without_usage.add(endpoint.base_url)
            return await self._attempt(request, endpoint, on_delta, progress)
        raise refusal_of(response.status, text, response.headers.get("Retry-After"))


async def _read(response: aiohttp.ClientResponse, on_delta: DeltaSink, progress: _Progress) -> Answer:
    answer = Answer()
    if response.content_type == "application/json":
        answer.take_whole(orjson.loads(await response.read()))
        _pass_on("".join(answer.texts), "".join(answer.reasonings), on_delta, progress)
        return answer
    rest = b""
    async for read in response.content.iter_any():
        lines = (rest + read).split(b"\n")
        rest = lines.pop()
        _pass_on(*answer.take_events(lines), on_delta, progress)
    if rest.strip():
        _pass_on(*answer.take_events([rest]), on_delta, progress)
    if not answer.finish_reason and not answer.texts and not answer.calls:
        raise ModelUnavailableError("The model's server ended its stream without an answer.")
    return answer


def _pass_on(text: str, reasoning: str, on_delta: DeltaSink, progress: _Progress) -> None:
    if reasoning:
        progress.token()
        on_delta("reasoning", reasoning)
    if text:
        progress.token()
        on_delta("text", text)


def _delay(attempt: int, error: Error) -> float:
    if error.retry_after_seconds is not None:
        return min(error.retry_after_seconds, 60.0)
    return min(8.0, FIRST_DELAY_SECONDS * 2 ** (attempt - 1)) * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, no secret


def _said(text: str) -> tuple[str, str]:
    try:
        document: Any = orjson.loads(text)
        error: dict[str, Any] = document["error"] if isinstance(document["error"], dict) else {"message": document["error"]}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return text.strip()[:500] or "no reason given", ""
    return str(error.get("message") or error)[:500], str(error.get("code") or error.get("type") or "")


def refusal_of(status: int, text: str, retry_after: str | None) -> Error:
    """Say a provider's refusal in our words, with its own sentence in it."""
    message, code = _said(text)
    sentence = f"The provider answered {status}: {message}"
    if status in {401, 403}:
        return ModelKeyError(sentence)
    if status == 429:  # noqa: PLR2004 - HTTP's own number
        seconds = float(retry_after) if retry_after and retry_after.replace(".", "", 1).isdigit() else None
        return ModelLimitedError(sentence, retry_after_seconds=seconds)
    if status in {408, 409} or status >= 500:  # noqa: PLR2004 - HTTP's own numbers
        return ModelUnavailableError(sentence)
    if "context" in code or "context length" in message.lower() or "context size" in message.lower():
        return ContextTooLongError(sentence)
    if status == 404 or "model_not_found" in code:  # noqa: PLR2004 - HTTP's own number
        return ModelUnknownError(sentence)
    return ModelRefusedError(sentence)
