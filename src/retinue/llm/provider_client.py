"""The client of all model providers, on one guarded HTTP session a process; the protocols are the ``_wire`` modules.

Always streams, so that a first token is not held back. All events of one read are parsed together and passed on as one
chunk. ``benchmarks/bench_model_client`` has the figures.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from typing import TypeVar

import aiohttp
from yarl import URL

from retinue.engine.partial import estimate, keep_usage
from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse, Usage
from retinue.engine.pricing import price_call
from retinue.llm.anthropic_wire import ANTHROPIC
from retinue.llm.attempts import Attempt, EndpointOf, RetryPolicy, attempted
from retinue.llm.documents import Document, Documents, MalformedError
from retinue.llm.errors import ModelUnavailableError
from retinue.llm.failures import connection_error
from retinue.llm.finish import finish_of
from retinue.llm.google_wire import GOOGLE
from retinue.llm.history import with_safe_history
from retinue.llm.ollama_wire import OLLAMA
from retinue.llm.openai_wire import OPENAI
from retinue.llm.parts import Parts, StreamError, error_in
from retinue.llm.refusals import refusal_in_stream, refusal_of
from retinue.llm.types import NO_COUNT, Endpoint, ProviderKind
from retinue.llm.wire import Reader, Spared, Wire

E = TypeVar("E", bound=BaseException)

MAX_ANSWER_BYTES = 64 * 1024 * 1024
_MAX_REFUSAL_BYTES = 20_000
_MALFORMED = (MalformedError, ValueError, TypeError, LookupError, AttributeError)
"""What reading a document raises that is JSON of another shape, or none."""
_WIRES: dict[str, Wire] = {
    ProviderKind.ANTHROPIC: ANTHROPIC,
    ProviderKind.GOOGLE: GOOGLE,
    ProviderKind.OLLAMA: OLLAMA,
}


class ProviderChatModel:
    """``ChatModel`` for every kind that is called over HTTP; the kind of a request says which protocol is spoken."""

    def __init__(self, session: aiohttp.ClientSession, endpoint_of: EndpointOf, patience: RetryPolicy | None = None) -> None:
        """Take the process's HTTP session (``network.open_session``), and the look-up of address and key."""
        self._session = session
        self._endpoint_of = endpoint_of
        self._patience = patience or RetryPolicy()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=self._patience.connect_seconds)
        self._spared: dict[str, Spared] = {}

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model, passing text on as it arrives. Raises an ``Error`` of ``llm.errors``."""
        endpoint = await self._endpoint_of(request)
        safe = with_safe_history(request)
        wire = _WIRES.get(request.model.kind, OPENAI)
        return await attempted(safe, on_delta, self._patience, lambda attempt: self._make(attempt, endpoint, wire))

    async def _make(self, attempt: Attempt, endpoint: Endpoint, wire: Wire) -> ModelResponse:
        """Make one attempt; a server that refuses a field of ours is asked once more without it."""
        spared = self._spared.get(endpoint.base_url) or wire.usual(attempt.request.model.kind)
        while True:
            answer = await self._post(attempt, endpoint, wire, spared)
            if isinstance(answer, Parts):
                return await _response(attempt, answer)
            spared = self._spared[endpoint.base_url] = answer

    async def _post(self, attempt: Attempt, endpoint: Endpoint, wire: Wire, spared: Spared) -> Parts | Spared:
        call = wire.call(attempt.request, endpoint, spared)
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity", **call.headers}
        reader = wire.reader()
        try:
            async with (
                attempt.watched(),
                self._session.post(
                    URL(call.url, encoded=True),
                    data=call.body,
                    headers=headers,
                    timeout=self._timeout,
                    allow_redirects=False,
                ) as response,
            ):
                if response.status // 100 == 2:  # noqa: PLR2004 - HTTP's own number
                    await _read(response, attempt, reader, wire)
                    return reader.parts
                text = (await response.content.read(_MAX_REFUSAL_BYTES)).decode(errors="replace")
        except StreamError as error:
            refusal = refusal_in_stream(error.error, secret=endpoint.api_key)
            raise _with_usage(refusal, reader.parts) from None
        except (aiohttp.ClientError, OSError) as error:
            raise _with_usage(connection_error(error, call.url), reader.parts) from None
        except ModelUnavailableError as error:
            raise _with_usage(error, reader.parts) from None
        except asyncio.CancelledError as error:  # the run was cancelled: what the provider counted by then is kept
            _with_usage(error, reader.parts)
            raise
        asked_again = wire.spare(spared, text) if response.status in {400, 422} else None
        if asked_again is not None:
            return asked_again
        raise refusal_of(response.status, text, response.headers, secret=endpoint.api_key)


async def _read(response: aiohttp.ClientResponse, attempt: Attempt, reader: Reader, wire: Wire) -> None:
    """Read an answer to its end. Raises ``StreamError``, ``ModelUnavailableError`` for one that is incomplete or foreign."""
    documents, size, parts = Documents(), 0, reader.parts
    try:
        async for read in response.content.iter_any():
            attempt.has_read()
            size += len(read)
            if size > MAX_ANSWER_BYTES:
                raise ModelUnavailableError(f"The model's answer has more than {MAX_ANSWER_BYTES} bytes.")
            _take(documents.feed(read), attempt, reader)
        _take(documents.end(), attempt, reader)
    except _MALFORMED:
        raise _foreign(wire) from None
    if documents.is_done:
        reader.done()
    if parts.is_whole:
        return
    if not parts.is_recognized and not documents.is_empty:
        raise _foreign(wire)
    raise ModelUnavailableError("The model's server ended its stream before the answer was complete.")


def _take(documents: Iterable[Document], attempt: Attempt, reader: Reader) -> None:
    """Take documents, and pass on what they brought even when one of them is an error."""
    parts = reader.parts
    texts, reasonings = len(parts.texts), len(parts.reasonings)
    try:
        for document in documents:
            error = error_in(document) or reader.error(document)
            if error is None:
                reader.take(document)
                continue
            with contextlib.suppress(*_MALFORMED):  # the last piece of the text may come with the error
                reader.take(document)
            raise StreamError(error)
    finally:
        attempt.pass_on("".join(parts.texts[texts:]), "".join(parts.reasonings[reasonings:]))


def _foreign(wire: Wire) -> ModelUnavailableError:
    return ModelUnavailableError(f"The model's server answered something that is not {wire.name}.")


def _with_usage(error: E, parts: Parts) -> E:
    """Note on a failure what the provider had counted by then; what was written since is estimated."""
    if parts.counts is not None:
        read, written, cached = parts.counts
        estimated = estimate([], "".join((*parts.reasonings, *parts.texts))).output_tokens
        keep_usage(error, Usage(read, max(written, estimated), cached, is_estimated=estimated > written))
    return error


async def _response(attempt: Attempt, parts: Parts) -> ModelResponse:
    texts, reasonings = len(parts.texts), len(parts.reasonings)
    parts.end()
    attempt.pass_on("".join(parts.texts[texts:]), "".join(parts.reasonings[reasonings:]))
    request, calls = attempt.request, parts.tool_calls()
    content, reasoning = "".join(parts.texts), "".join(parts.reasonings)
    finish, detail = finish_of(parts.finish_reason, has_calls=bool(calls), detail=parts.finish_detail)
    usage = Usage(*parts.counts) if parts.counts else estimate(request.messages, reasoning + content)
    model = request.model
    return ModelResponse(
        content=content,
        reasoning=reasoning,
        tool_calls=calls,
        usage=await price_call(model, usage),
        model=parts.model or model.name,
        finish_reason=finish,
        first_token_ms=attempt.first_token_ms,
        attempts=attempt.number,
        warnings=() if parts.counts else (NO_COUNT,),
        finish_detail=detail,
    )
