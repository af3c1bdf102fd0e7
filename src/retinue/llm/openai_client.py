"""A lean client of OpenAI's chat completions and everything that speaks them, on one HTTP session a process.

Always streams, so that a first token is not held back. The path of a token is short on purpose: all events of one read are
parsed together and passed on as one chunk. ``benchmarks/bench_model_client`` has the figures.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import aiohttp

from retinue.core.errors import Error
from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse, Usage
from retinue.engine.pricing import price_call
from retinue.llm.errors import ModelLimitedError, ModelQuotaError, ModelTimeoutError, ModelUnavailableError
from retinue.llm.openai_wire import Answer, Dialect, MalformedError, StreamError, request_body
from retinue.llm.refusals import hide, refusal_in_stream, refusal_of
from retinue.llm.types import Endpoint

EndpointOf = Callable[[ModelRequest], Awaitable[Endpoint]]
"""Finds where a call goes and with which key, at the moment of the call."""

NO_COUNT = "The provider did not say how many tokens the call used."
MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MAX_REFUSAL_BYTES = 20_000
_LONGEST_DELAY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a call waits for what, in seconds, and how often it is made. The run's own limit stands above all of them."""

    connect_seconds: float = 15.0
    first_byte_seconds: float = 300.0
    idle_seconds: float = 120.0
    attempts: int = 4
    first_delay_seconds: float = 0.5


@dataclass(slots=True)
class _Attempt:
    """One attempt of a call, and what came of it so far."""

    request: ModelRequest
    endpoint: Endpoint
    on_delta: DeltaSink
    began: float
    first_token_ms: int | None = None

    def pass_on(self, text: str, reasoning: str) -> None:
        if not text and not reasoning:
            return
        if self.first_token_ms is None:
            self.first_token_ms = round((time.perf_counter() - self.began) * 1000)
        if reasoning:
            self.on_delta("reasoning", reasoning)
        if text:
            self.on_delta("text", text)


class OpenAIChatModel:
    """``ChatModel`` for the kinds openai, openai_compatible and local."""

    def __init__(self, session: aiohttp.ClientSession, endpoint_of: EndpointOf, patience: Patience | None = None) -> None:
        """Take the process's HTTP session, and the look-up of address and key."""
        self._session = session
        self._endpoint_of = endpoint_of
        self._patience = patience or Patience()
        self._dialects: dict[str, Dialect] = {}

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model. Retried with growing, jittered delays, only while nothing has been passed on."""
        endpoint = await self._endpoint_of(request)
        end = asyncio.get_running_loop().time() + request.timeout_seconds
        number = 0
        try:
            async with asyncio.timeout_at(end):
                while True:
                    number += 1
                    attempt = _Attempt(request, endpoint, on_delta, time.perf_counter())
                    try:
                        answer = await self._make(attempt)
                        return await _response(attempt, answer, number)
                    except (ModelUnavailableError, ModelLimitedError) as error:
                        delay = _delay(number, error, self._patience.first_delay_seconds)
                        is_pointless = isinstance(error, ModelQuotaError) or attempt.first_token_ms is not None
                        is_late = asyncio.get_running_loop().time() + delay >= end
                        if number >= self._patience.attempts or is_pointless or is_late:
                            raise
                    await asyncio.sleep(delay)
        except TimeoutError:
            raise ModelTimeoutError(f"The model did not finish within {request.timeout_seconds:g} s.") from None

    async def _make(self, attempt: _Attempt) -> Answer:
        """Make one attempt; a server that refuses a field of ours is asked once more without it."""
        usual = Dialect(is_limit_renamed=attempt.request.model.kind == "openai")
        dialect = self._dialects.get(attempt.endpoint.base_url, usual)
        while True:
            answer = await self._post(attempt, dialect)
            if not isinstance(answer, Dialect):
                return answer
            dialect = self._dialects[attempt.endpoint.base_url] = answer

    async def _post(self, attempt: _Attempt, dialect: Dialect) -> Answer | Dialect:
        endpoint, patience = attempt.endpoint, self._patience
        headers = {"Content-Type": "application/json", "Idempotency-Key": attempt.request.idempotency_key}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        has_begun = False
        try:
            async with (
                asyncio.timeout(patience.first_byte_seconds) as waiting,
                self._session.post(
                    f"{endpoint.base_url.rstrip('/')}/chat/completions",
                    data=request_body(attempt.request, dialect),
                    headers=headers,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience.connect_seconds),
                    allow_redirects=False,
                ) as response,
            ):
                if response.status == 200:  # noqa: PLR2004 - HTTP's own number
                    loop = asyncio.get_running_loop()

                    def has_read() -> None:
                        nonlocal has_begun
                        has_begun = True
                        waiting.reschedule(loop.time() + patience.idle_seconds)

                    return await _read(response, attempt, has_read)
                text = (await response.content.read(_MAX_REFUSAL_BYTES)).decode(errors="replace")
        except StreamError as error:
            raise refusal_in_stream(error.error, secret=endpoint.api_key) from None
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ClientError):
                raise _silence(patience, has_begun=has_begun) from None
            sentence = hide(str(error), endpoint.api_key) or type(error).__name__
            raise ModelUnavailableError(f"The model's server broke off: {sentence}.") from None
        except MalformedError:
            raise ModelUnavailableError("The model's server answered something that is not chat completions.") from None
        known = _spared(dialect, response.status, text)
        if known is not None:
            return known
        raise refusal_of(response.status, text, response.headers, secret=endpoint.api_key)


async def _response(attempt: _Attempt, answer: Answer, attempts: int) -> ModelResponse:
    model = attempt.request.model
    counts = answer.counts()
    usage = Usage(*(counts or (0, 0, 0)), cost_usd=None)
    return ModelResponse(
        content="".join(answer.texts),
        reasoning="".join(answer.reasonings),
        tool_calls=answer.tool_calls(),
        usage=await price_call(model.kind, model.name, usage, model.base_url) if counts else usage,
        model=answer.model or model.name,
        finish_reason=answer.finish_reason or "stop",
        first_token_ms=attempt.first_token_ms,
        attempts=attempts,
        warnings=() if counts else (NO_COUNT,),
    )


async def _read(response: aiohttp.ClientResponse, attempt: _Attempt, has_read: Callable[[], None]) -> Answer:
    answer = Answer()
    if "json" in response.content_type:
        attempt.pass_on(*answer.take_whole(await _whole(response, has_read)))
    else:
        rest, size = b"", 0
        async for read in response.content.iter_any():
            has_read()
            size += len(read)
            if size > MAX_ANSWER_BYTES:
                raise ModelUnavailableError(f"The model's answer has more than {MAX_ANSWER_BYTES} bytes.")
            lines = (rest + read).split(b"\n")
            rest = lines.pop()
            attempt.pass_on(*answer.take_events(lines))
        attempt.pass_on(*answer.take_events([rest]))
    if not answer.is_whole:
        raise ModelUnavailableError("The model's server ended its stream before the answer was complete.")
    return answer


async def _whole(response: aiohttp.ClientResponse, has_read: Callable[[], None]) -> bytes:
    body = bytearray()
    async for read in response.content.iter_any():
        has_read()
        body += read
        if len(body) > MAX_ANSWER_BYTES:
            raise ModelUnavailableError(f"The model's answer has more than {MAX_ANSWER_BYTES} bytes.")
    return bytes(body)


def _spared(dialect: Dialect, status: int, text: str) -> Dialect | None:
    """Say how to ask again when a refusal is about a field of ours; None when it is not."""
    if status not in {400, 422}:
        return None
    if dialect.has_usage and ("stream_options" in text or "include_usage" in text):
        return replace(dialect, has_usage=False)
    if not dialect.is_limit_renamed and "max_tokens" in text and "max_completion_tokens" in text:
        return replace(dialect, is_limit_renamed=True)
    return None


def _silence(patience: Patience, *, has_begun: bool) -> ModelTimeoutError:
    if has_begun:
        return ModelTimeoutError(f"The model fell silent for {patience.idle_seconds:g} s in the middle of its answer.")
    return ModelTimeoutError(f"The model did not begin to answer within {patience.first_byte_seconds:g} s.")


def _delay(attempt: int, error: Error, first_seconds: float) -> float:
    if error.retry_after_seconds is not None:
        return min(error.retry_after_seconds, _LONGEST_DELAY_SECONDS)
    return min(8.0, first_seconds * 2 ** (attempt - 1)) * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, no secret
