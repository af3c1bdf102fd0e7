"""A lean client of OpenAI's chat completions and everything that speaks them, on one HTTP session a process.

Always streams, so that a first token is not held back. The path of a token is short on purpose: all events of one read are
parsed together and passed on as one chunk. ``benchmarks/bench_model_client`` has the figures.
"""

from dataclasses import replace

import aiohttp

from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse, Usage
from retinue.engine.pricing import price_call
from retinue.llm.attempts import Attempt, EndpointOf, Patience, attempted
from retinue.llm.errors import ModelUnavailableError
from retinue.llm.failures import connection_error
from retinue.llm.finish import finish_of
from retinue.llm.openai_wire import Answer, Dialect, MalformedError, StreamError, request_body
from retinue.llm.refusals import refusal_in_stream, refusal_of
from retinue.llm.types import NO_COUNT, Endpoint

MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MAX_REFUSAL_BYTES = 20_000


class OpenAIChatModel:
    """``ChatModel`` for the kinds openai, openai_compatible and local."""

    def __init__(self, session: aiohttp.ClientSession, endpoint_of: EndpointOf, patience: Patience | None = None) -> None:
        """Take the process's HTTP session, and the look-up of address and key."""
        self._session = session
        self._endpoint_of = endpoint_of
        self._patience = patience or Patience()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._patience.connect_seconds)
        self._dialects: dict[str, Dialect] = {}

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model, passing text on as it arrives. Raises an ``Error`` of ``llm.errors``."""
        endpoint = await self._endpoint_of(request)
        return await attempted(request, on_delta, self._patience, lambda attempt: self._make(attempt, endpoint))

    async def _make(self, attempt: Attempt, endpoint: Endpoint) -> ModelResponse:
        """Make one attempt; a server that refuses a field of ours is asked once more without it."""
        usual = Dialect(is_limit_renamed=attempt.request.model.kind == "openai")
        dialect = self._dialects.get(endpoint.base_url, usual)
        while True:
            answer = await self._post(attempt, endpoint, dialect)
            if not isinstance(answer, Dialect):
                return await _response(attempt, answer)
            dialect = self._dialects[endpoint.base_url] = answer

    async def _post(self, attempt: Attempt, endpoint: Endpoint, dialect: Dialect) -> Answer | Dialect:
        headers = {"Content-Type": "application/json", "Idempotency-Key": attempt.request.idempotency_key}
        if endpoint.api_key:
            headers["Authorization"] = f"Bearer {endpoint.api_key}"
        try:
            async with (
                attempt.watched(),
                self._session.post(
                    f"{endpoint.base_url.rstrip('/')}/chat/completions",
                    data=request_body(attempt.request, dialect),
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                ) as response,
            ):
                if response.status == 200:  # noqa: PLR2004 - HTTP's own number
                    return await _read(response, attempt)
                text = (await response.content.read(_MAX_REFUSAL_BYTES)).decode(errors="replace")
        except StreamError as error:
            raise refusal_in_stream(error.error, secret=endpoint.api_key) from None
        except (aiohttp.ClientError, OSError) as error:
            raise connection_error(error, endpoint.base_url) from None
        except MalformedError:
            raise ModelUnavailableError("The model's server answered something that is not chat completions.") from None
        spared = _spared(dialect, response.status, text)
        if spared is not None:
            return spared
        raise refusal_of(response.status, text, response.headers, secret=endpoint.api_key)


async def _response(attempt: Attempt, answer: Answer) -> ModelResponse:
    model = attempt.request.model
    calls = answer.tool_calls()
    finish, detail = finish_of(answer.finish_reason, has_calls=bool(calls))
    counts = answer.counts()
    usage = Usage(*(counts or (0, 0, 0)), cost_usd=None)
    return ModelResponse(
        content="".join(answer.texts),
        reasoning="".join(answer.reasonings),
        tool_calls=calls,
        usage=await price_call(model, usage) if counts else usage,
        model=answer.model or model.name,
        finish_reason=finish,
        finish_detail=detail,
        first_token_ms=attempt.first_token_ms,
        attempts=attempt.number,
        warnings=() if counts else (NO_COUNT,),
    )


async def _read(response: aiohttp.ClientResponse, attempt: Attempt) -> Answer:
    answer = Answer()
    if "json" in response.content_type:
        attempt.pass_on(*answer.take_whole(await _whole(response, attempt)))
    else:
        rest, size = b"", 0
        async for read in response.content.iter_any():
            attempt.has_read()
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


async def _whole(response: aiohttp.ClientResponse, attempt: Attempt) -> bytes:
    body = bytearray()
    async for read in response.content.iter_any():
        attempt.has_read()
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
