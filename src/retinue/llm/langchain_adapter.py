"""Anthropic, Google and Ollama, and OpenAI where an operator asks for it, through LangChain's chat models.

Imported by a worker when one of them is first used: their packages take seconds and tens of megabytes.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, cast

import aiohttp
import anthropic
import httpx2
from langchain.chat_models import init_chat_model
from langchain_anthropic import ChatAnthropic
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from retinue.core.errors import Error
from retinue.core.json import Json
from retinue.core.logging import get_logger
from retinue.engine.ports import DeltaSink, Message, ModelRequest, ModelResponse, ModelSpec, ToolCall, ToolSchema, Usage
from retinue.engine.pricing import price_call
from retinue.llm.attempts import Attempt, EndpointOf, RetryPolicy, attempted
from retinue.llm.errors import ModelUnavailableError
from retinue.llm.finish import finish_of
from retinue.llm.refusals import refusal_in_stream
from retinue.llm.structured import langchain_options
from retinue.llm.transport import GuardedTransport
from retinue.llm.types import NO_COUNT, Endpoint

_PROVIDERS = {
    "anthropic": "anthropic",
    "google": "google_genai",
    "ollama": "ollama",
    "openai": "openai",
    "openai_compatible": "openai",
}
_FIELDS = {
    "anthropic": {"max_output_tokens": "max_tokens", "stop": "stop_sequences", "seed": None},
    "google": {},
    "ollama": {"max_output_tokens": "num_predict"},
    "openai": {"max_output_tokens": "max_tokens"},
}
"""What a client calls our parameters, where it calls them something else; None for what its provider does not have."""
_PARAMETERS = ("temperature", "top_p", "max_output_tokens", "seed", "stop")
_NO_RETRIES = {"google": 1}
"""How often the client itself makes a call: we retry. Google's counts the first attempt, the others do not."""
CLIENTS = 32
_ANTHROPIC_LIMIT = 4096
"""Anthropic demands a limit; this one is used when the agent names none."""

_log = get_logger(__name__)
_ClientKey = tuple[str, str, str, str | None]


class LangChainChatModel:
    """``ChatModel`` over ``init_chat_model``. Keeps the clients of the last few providers; all share one HTTP session."""

    def __init__(self, session: aiohttp.ClientSession, endpoint_of: EndpointOf, patience: RetryPolicy | None = None) -> None:
        """Take the process's guarded HTTP session, and the look-up of address and key."""
        self._session = session
        self._endpoint_of = endpoint_of
        self._patience = patience or RetryPolicy()
        self._clients: OrderedDict[_ClientKey, BaseChatModel] = OrderedDict()
        self._making = asyncio.Lock()

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model, passing text on as it arrives. Raises an ``Error`` of ``llm.errors``."""
        endpoint = await self._endpoint_of(request)
        messages = [_message(each) for each in request.messages]
        model = _shaped(await self._client_of(request.model, endpoint), request)
        options = langchain_options(request.model.kind, request.output_schema) if request.output_schema else {}
        tools = [_tool(tool) for tool in request.tools]
        bound = model.bind_tools(tools, **options) if tools else model.bind(**options) if options else model

        async def make(attempt: Attempt) -> ModelResponse:
            answer = _Answer()
            try:
                async with attempt.watched():
                    async for chunk in bound.astream(messages):
                        attempt.has_read()
                        attempt.pass_on(*answer.take(cast("AIMessageChunk", chunk)))
            except Error:
                raise
            except Exception as error:  # noqa: BLE001 - the border to foreign clients: each has errors of its own
                raise _translated(error, endpoint.api_key) from None
            return await _response(attempt, answer)

        return await attempted(request, on_delta, self._patience, make)

    async def _client_of(self, spec: ModelSpec, endpoint: Endpoint) -> BaseChatModel:
        key = (spec.kind, spec.name, endpoint.base_url, endpoint.api_key)
        async with self._making:
            client = self._clients.pop(key, None)
            if client is None:
                transport = GuardedTransport(
                    self._session, connect_seconds=self._patience.connect_seconds, secret=endpoint.api_key
                )
                # The first of a kind imports its package: in a thread, so that other runs go on in the meantime.
                client = await asyncio.to_thread(_open, spec, endpoint, self._patience, transport)
            self._clients[key] = client
            if len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)
        return client


@dataclass(slots=True)
class _Answer:
    """An answer as it comes in chunks. Its texts are kept aside: merged, they may end up among blocks of other sorts."""

    chunks: list[AIMessageChunk] = field(default_factory=list[AIMessageChunk])
    texts: list[str] = field(default_factory=list[str])
    thoughts: list[str] = field(default_factory=list[str])

    def take(self, chunk: AIMessageChunk) -> tuple[str, str]:
        """Take a chunk; return the text and the reasoning in it."""
        text, thought = _texts(chunk)
        self.chunks.append(chunk)
        self.texts.append(text)
        self.thoughts.append(thought)
        return text, thought


class _Anthropic(ChatAnthropic):
    """LangChain's client of Anthropic on a transport of ours, which it has no parameter for."""

    transport: Any = None

    @cached_property
    def _async_client(self) -> anthropic.AsyncClient:
        client = httpx2.AsyncClient(transport=self.transport, follow_redirects=False, trust_env=False)
        return anthropic.AsyncClient(**self._client_params, http_client=client)


def _open(spec: ModelSpec, endpoint: Endpoint, patience: RetryPolicy, transport: GuardedTransport) -> BaseChatModel:
    """Make a provider's client, without parameters: those come with each call.

    The URL is always given, because otherwise variables of the environment would choose it.
    """
    http: dict[str, Any] = {"transport": transport, "follow_redirects": False, "trust_env": False}
    kind, options = spec.kind, dict[str, Any](base_url=endpoint.base_url)
    if kind == "ollama":
        headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
        options["async_client_kwargs"] = {**http, "headers": headers, "timeout": patience.first_byte_seconds}
    else:
        options |= {"api_key": endpoint.api_key or "none", "max_retries": _NO_RETRIES.get(kind, 0)}
        options["timeout"] = patience.first_byte_seconds
    if kind == "anthropic":
        return _Anthropic(model_name=spec.name, transport=transport, stop=None, **options)
    if kind == "google":
        options["client_args"] = http
    if _PROVIDERS[kind] == "openai":
        options |= {"stream_usage": True, "http_async_client": httpx2.AsyncClient(**http)}
    made: object = init_chat_model(spec.name, model_provider=_PROVIDERS[kind], **options)  # pyright: ignore[reportUnknownVariableType] - open in its signature
    return cast("BaseChatModel", made)


def _shaped(model: BaseChatModel, request: ModelRequest) -> BaseChatModel:
    """Return a copy of a client, on the same connections, with a call's parameters; None leaves the provider's default."""
    kind, given = request.model.kind, request.model.parameters
    names = _FIELDS.get(kind, _FIELDS["openai"])
    fields: dict[str, Json] = {}
    for parameter in _PARAMETERS:
        name = names.get(parameter, parameter)
        if name is not None:
            fields[name] = given.get(parameter) or None if parameter == "stop" else given.get(parameter)
    if kind == "anthropic":
        fields["max_tokens"] = fields["max_tokens"] or _ANTHROPIC_LIMIT
    return model.model_copy(update=fields)


def _tool(tool: ToolSchema) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
    }


def _message(message: Message) -> BaseMessage:
    content = _content(message["content"])
    match message["role"]:
        case "system":
            return SystemMessage(content)
        case "assistant":
            calls = [
                {"name": call["name"], "args": call["arguments"], "id": call["id"], "type": "tool_call"}
                for call in message.get("tool_calls", ())
            ]
            return AIMessage(content, tool_calls=calls)
        case "tool":
            return ToolMessage(content, tool_call_id=message.get("tool_call_id", ""), name=message.get("name"))
        case _:
            return HumanMessage(content)


def _content(content: Json) -> Any:  # noqa: ANN401 - a text or a list of parts, as LangChain has it
    if not isinstance(content, list):
        return str(content or "")
    parts: list[dict[str, Any]] = []
    for part in content:
        if isinstance(part, dict) and part.get("type") == "image":
            source = {"type": "image_url", "image_url": {"url": f"data:{part['media_type']};base64,{part['data']}"}}
            parts.append(source)
        elif isinstance(part, dict):
            parts.append({"type": "text", "text": part.get("text", "")})
    return parts


def _texts(chunk: AIMessageChunk) -> tuple[str, str]:
    content: Any = chunk.content  # pyright: ignore[reportUnknownMemberType] - LangChain leaves it open
    if isinstance(content, str):
        return content, str(chunk.additional_kwargs.get("reasoning_content") or "")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - as above
    blocks: list[Any] = content
    text = "".join(str(each.get("text") or "") for each in blocks if isinstance(each, dict) and each.get("type") == "text")  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - as above
    thought = "".join(str(each.get("thinking") or "") for each in blocks if isinstance(each, dict))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] - as above
    return text, thought


async def _response(attempt: Attempt, answer: _Answer) -> ModelResponse:
    if not answer.chunks:
        raise ModelUnavailableError("The model's server ended its stream without an answer.")
    whole = answer.chunks[0] + answer.chunks[1:]
    model, counted = attempt.request.model, whole.usage_metadata
    usage = Usage(0, 0)
    if counted is not None:
        cached = counted.get("input_token_details", {}).get("cache_read") or 0
        usage = Usage(counted["input_tokens"], counted["output_tokens"], cached)
        usage = await price_call(model, usage)
    details = cast("dict[str, Any]", whole.response_metadata)
    reason = details.get("stop_reason") or details.get("finish_reason") or details.get("done_reason") or ""
    calls = _calls(whole)
    finish, detail = finish_of(str(reason), has_calls=bool(calls))
    return ModelResponse(
        content="".join(answer.texts),
        reasoning="".join(answer.thoughts),
        tool_calls=calls,
        usage=usage,
        model=str(details.get("model_name") or details.get("model") or model.name),
        finish_reason=finish,
        finish_detail=detail,
        first_token_ms=attempt.first_token_ms,
        attempts=attempt.number,
        warnings=() if counted is not None else (NO_COUNT,),
    )


def _calls(whole: AIMessageChunk) -> tuple[ToolCall, ...]:
    calls = [ToolCall(str(each["id"] or ""), each["name"], each["args"]) for each in whole.tool_calls]
    for each in whole.invalid_tool_calls:
        reason = f"The arguments are not a JSON object: {each['args']!r:.200}. Call the tool again with one."
        calls.append(ToolCall(str(each["id"] or ""), str(each["name"] or ""), {}, reason))
    return tuple(call if call.id else replace(call, id=f"call_{number}") for number, call in enumerate(calls))


def _translated(error: Exception, secret: str | None) -> Error:
    """Translate an exception of a provider package: what our transport raised, or an error inside the stream."""
    causes: list[BaseException] = [error]
    while causes[-1].__cause__ is not None and causes[-1].__cause__ not in causes:
        causes.append(causes[-1].__cause__)
    for each in causes:
        if isinstance(each, Error):
            return each
    for each in causes:
        said: Any = getattr(each, "body", None) or getattr(each, "details", None) or getattr(each, "error", None)
        if said:
            return refusal_in_stream(said.get("error") or said if isinstance(said, dict) else said, secret=secret)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType] - a foreign document
    _log.warning("llm.answer_unreadable", error=type(error).__name__)
    return ModelUnavailableError("The provider's answer ended early or is not in the provider's own format.")
