"""Anthropic, Google and Ollama through LangChain's chat models. Imported by a worker when one of them is first used."""

import asyncio
import inspect
import time
from collections import OrderedDict
from typing import Any, cast

from langchain.chat_models import init_chat_model
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from retinue.core.errors import Error
from retinue.core.json import Json, dumps
from retinue.engine.ports import DeltaSink, Message, ModelRequest, ModelResponse, ToolCall, ToolSchema, Usage
from retinue.engine.pricing import price_call
from retinue.llm.errors import ModelTimeoutError, ModelUnavailableError
from retinue.llm.openai_client import EndpointOf
from retinue.llm.refusals import refusal_of
from retinue.llm.types import Endpoint

_PROVIDERS = {"anthropic": "anthropic", "google": "google_genai", "ollama": "ollama", "openai": "openai"}
_LIMIT_NAMES = {"ollama": "num_predict", "google": "max_output_tokens"}
_CLIENTS = 16
_TIMEOUT_SECONDS = 600.0
_DEFAULT_LIMIT = 4096
"""Anthropic demands a limit; this one is used when the agent names none."""

_ClientKey = tuple[str, str, str, str | None, bytes]


class LangChainChatModel:
    """``ChatModel`` over ``init_chat_model``. Keeps the clients of the last few providers, for their open connections."""

    def __init__(self, endpoint_of: EndpointOf) -> None:
        """Take the look-up of address and key."""
        self._endpoint_of = endpoint_of
        self._clients: OrderedDict[_ClientKey, BaseChatModel] = OrderedDict()

    async def stop(self) -> None:
        """Close every client's connections."""
        while self._clients:
            await _close(self._clients.popitem()[1])

    async def _client_of(self, request: ModelRequest) -> BaseChatModel:
        spec, endpoint = request.model, await self._endpoint_of(request)
        key = (spec.kind, spec.name, endpoint.base_url, endpoint.api_key, dumps(spec.parameters))
        known = self._clients.pop(key, None) or _client(request, endpoint)
        self._clients[key] = known
        if len(self._clients) > _CLIENTS:
            await _close(self._clients.popitem(last=False)[1])
        return known

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call the model, passing text on as it arrives. The provider's own client retries before the first token."""
        model = await self._client_of(request)
        bound = model.bind_tools([_tool(tool) for tool in request.tools]) if request.tools else model
        began = time.perf_counter()
        first_ms: int | None = None
        whole: AIMessageChunk | None = None
        try:
            async with asyncio.timeout(request.timeout_seconds):
                async for chunk in bound.astream([_message(each) for each in request.messages]):
                    piece = cast("AIMessageChunk", chunk)
                    if _pass_on(piece, on_delta) and first_ms is None:
                        first_ms = round((time.perf_counter() - began) * 1000)
                    whole = piece if whole is None else whole + piece
        except TimeoutError:
            raise ModelTimeoutError(f"The model did not finish within {request.timeout_seconds:.0f} s.") from None
        except Error:
            raise
        except Exception as error:  # noqa: BLE001 - the border to foreign clients: each has errors of its own
            raise _told(error) from None
        if whole is None:
            raise ModelUnavailableError("The model's server ended its stream without an answer.")
        return await _response(request, whole, first_ms)


async def _close(model: BaseChatModel) -> None:
    """Close what a client keeps open; LangChain has no common verb for it."""
    for name in ("root_async_client", "_async_client", "async_client"):
        client: Any = getattr(model, name, None)
        inner: Any = getattr(client, "_client", None)
        for each in (client, inner):
            close = getattr(each, "aclose", None) or getattr(each, "close", None)
            if close is not None:
                closing = close()
                if inspect.isawaitable(closing):
                    await closing


def _client(request: ModelRequest, endpoint: Endpoint) -> BaseChatModel:
    kind, given = request.model.kind, request.model.parameters
    options: dict[str, Any] = {name: given[name] for name in ("temperature", "top_p", "seed") if given.get(name) is not None}
    if kind == "anthropic":
        options.pop("seed", None)
    if given.get("stop"):
        options["stop"] = given["stop"]
    limit = given.get("max_output_tokens") or (_DEFAULT_LIMIT if kind == "anthropic" else None)
    if limit is not None:
        options[_LIMIT_NAMES.get(kind, "max_tokens")] = limit
    if kind != "ollama":
        options |= {"api_key": endpoint.api_key or "none", "max_retries": 3, "timeout": _TIMEOUT_SECONDS}
    if request.model.base_url:
        options["base_url"] = endpoint.base_url
    made: object = init_chat_model(request.model.name, model_provider=_PROVIDERS[kind], **options)  # pyright: ignore[reportUnknownVariableType] - open in its signature
    return cast("BaseChatModel", made)


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


def _pass_on(chunk: AIMessageChunk, on_delta: DeltaSink) -> bool:
    text, thought = _texts(chunk)
    if thought:
        on_delta("reasoning", thought)
    if text:
        on_delta("text", text)
    return bool(text or thought)


async def _response(request: ModelRequest, whole: AIMessageChunk, first_ms: int | None) -> ModelResponse:
    counted = whole.usage_metadata
    usage = Usage(0, 0)
    if counted is not None:
        cached = counted.get("input_token_details", {}).get("cache_read", 0)
        usage = Usage(counted["input_tokens"], counted["output_tokens"], cached)
        usage = await price_call(request.model.kind, request.model.name, usage)
    text, thought = _texts(whole)
    calls = [ToolCall(str(each["id"]), each["name"], each["args"]) for each in whole.tool_calls]
    calls += [
        ToolCall(str(each["id"]), str(each["name"]), {}, f"The arguments are not a JSON object: {each['args']!r:.200}.")
        for each in whole.invalid_tool_calls
    ]
    details = cast("dict[str, Any]", whole.response_metadata)
    return ModelResponse(
        content=text,
        reasoning=thought,
        tool_calls=tuple(calls),
        usage=usage,
        model=str(details.get("model_name") or details.get("model") or request.model.name),
        finish_reason=str(
            details.get("stop_reason") or details.get("finish_reason") or details.get("done_reason") or "stop"
        ),
        first_token_ms=first_ms,
        attempts=1,
        warnings=() if counted is not None else ("The provider did not say how many tokens the call used.",),
    )


def _told(error: Exception) -> Error:
    """Say a foreign client's error in our words; its HTTP status is where the kinds are told apart."""
    for name in ("status_code", "code", "http_status"):
        status = getattr(error, name, None)
        if isinstance(status, int) and status >= 400:  # noqa: PLR2004 - HTTP's own number
            return refusal_of(status, str(error), None)
    cause = error.__cause__
    if isinstance(cause, Exception) and getattr(cause, "status_code", getattr(cause, "code", None)) is not None:
        return _told(cause)
    return ModelUnavailableError(f"The model's server broke off: {str(error)[:300] or type(error).__name__}.")
