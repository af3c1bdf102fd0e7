"""Anthropic's Messages API as plain functions: a request out of ours, an answer out of the documents of its stream.

Specification: https://docs.anthropic.com/en/api/messages and …/messages-streaming.
"""

from typing import Any

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import Message, ModelRequest
from retinue.llm.parts import Fragment, Parts
from retinue.llm.types import Endpoint
from retinue.llm.wire import HttpCall, Spared, Wire

_VERSION = "2023-06-01"
_LIMIT = 4096
"""The API requires a limit; this one is used when the agent names none."""
_BOTH_SAMPLINGS = "top_p"


def call(request: ModelRequest, endpoint: Endpoint, spared: Spared) -> HttpCall:
    """Write a streamed call."""
    base = endpoint.base_url.rstrip("/").removesuffix("/v1")
    headers = {"anthropic-version": _VERSION}
    if endpoint.api_key:
        headers["x-api-key"] = endpoint.api_key
    return HttpCall(f"{base}/v1/messages", headers, _body(request, spared))


def spare(spared: Spared, text: str) -> Spared | None:
    """Return how to ask again: newer models take one of temperature and top_p, not both."""
    is_about_both = "temperature" in text and _BOTH_SAMPLINGS in text
    return spared | {_BOTH_SAMPLINGS} if is_about_both and _BOTH_SAMPLINGS not in spared else None


def _body(request: ModelRequest, spared: Spared) -> bytes:
    given = request.model.parameters
    body: dict[str, Any] = {
        "model": request.model.name,
        "max_tokens": given.get("max_output_tokens") or _LIMIT,
        "stream": True,
        "messages": _messages(request.messages),
    }
    system = [str(each["content"]) for each in request.messages if each["role"] == "system"]
    if system:
        body["system"] = "\n\n".join(system)
    if given.get("temperature") is not None:
        body["temperature"] = given["temperature"]
    if given.get("top_p") is not None and (_BOTH_SAMPLINGS not in spared or "temperature" not in body):
        body["top_p"] = given["top_p"]
    stop = given.get("stop")
    sequences = [each for each in (stop if isinstance(stop, list) else [stop]) if isinstance(each, str) and each.strip()]
    if sequences:
        body["stop_sequences"] = sequences
    if request.output_schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": request.output_schema}}
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": {"type": "object", **tool.parameters}}
            for tool in request.tools
        ]
    return dumps(body)


def _messages(messages: list[Message]) -> list[dict[str, Any]]:
    """Write a history; results of tools are the user's, and the user's next words follow them in the same message."""
    written: list[dict[str, Any]] = []
    for message in messages:
        if message["role"] == "system":
            continue
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message)
        if written and written[-1]["role"] == role:
            written[-1]["content"] += blocks
        else:
            written.append({"role": role, "content": blocks})
    return written


def _blocks(message: Message) -> list[dict[str, Any]]:
    if message["role"] == "tool":
        text = str(message["content"])
        return [{"type": "tool_result", "tool_use_id": message.get("tool_call_id", ""), "content": text}]
    uses = [
        {"type": "tool_use", "id": each["id"], "name": each["name"], "input": each["arguments"]}
        for each in message.get("tool_calls", ())
    ]
    return [*_content(message["content"]), *uses]


def _content(content: Json) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        return [{"type": "text", "text": content}] if content else []
    return [_part(part) for part in content if isinstance(part, dict)]


def _part(part: JsonObject) -> dict[str, Any]:
    if part.get("type") == "image":
        return {"type": "image", "source": {"type": "base64", "media_type": part["media_type"], "data": part["data"]}}
    return {"type": "text", "text": part.get("text", "")}


class _Reader:
    """Reads the documents of one answer. See ``wire.Reader``."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._places: dict[object, Fragment] = {}
        self._input: tuple[int, int] = (0, 0)

    def take(self, document: dict[str, Any]) -> None:
        self.parts.is_recognized = True
        match document["type"]:
            case "message_start":
                self._take_start(document["message"])
            case "content_block_start":
                self._take_block(document.get("index"), document["content_block"])
            case "content_block_delta":
                self._take_delta(document.get("index"), document["delta"])
            case "message_delta":
                self._take_end(document)
            case "message_stop":
                self.parts.is_whole = True
            case "message":  # an answer in one piece, although a stream was asked for
                self._take_start(document)
                for index, block in enumerate(document["content"]):
                    self._take_block(index, block)
                self._take_end({"delta": document, "usage": document.get("usage")})
                self.parts.is_whole = True
            case _:
                pass  # ping, content_block_stop, and what is added later

    def done(self) -> None:
        self.parts.is_whole = True

    def error(self, document: dict[str, Any]) -> object:  # noqa: ARG002 - the protocol's one place is known to all
        return None

    def _take_start(self, message: dict[str, Any]) -> None:
        self.parts.model = str(message.get("model") or "")
        usage = message.get("usage")
        if usage:
            self._count(usage)

    def _take_block(self, index: object, block: dict[str, Any]) -> None:
        match block.get("type"):
            case "text":
                self.parts.add_text(block.get("text"))
            case "thinking":
                self.parts.add_reasoning(block.get("thinking"))
            case "tool_use":
                fragment = Fragment(str(block.get("id") or ""), str(block.get("name") or ""))
                if block.get("input"):
                    fragment.add(block["input"])
                self._places[index] = fragment
                self.parts.calls.append(fragment)
            case _:
                pass

    def _take_delta(self, index: object, delta: dict[str, Any]) -> None:
        match delta.get("type"):
            case "text_delta":
                self.parts.add_text(delta.get("text"))
            case "thinking_delta":
                self.parts.add_reasoning(delta.get("thinking"))
            case "input_json_delta":
                fragment = self._places.get(index) or (self.parts.calls[-1] if self.parts.calls else None)
                if fragment is not None:
                    fragment.add(delta.get("partial_json") or "")
            case _:
                pass

    def _take_end(self, document: dict[str, Any]) -> None:
        delta: dict[str, Any] = document.get("delta") or {}
        self.parts.finish(delta.get("stop_reason"))
        details = delta.get("stop_details")
        if isinstance(details, dict):
            self.parts.finish_detail = str(details.get("explanation") or details.get("category") or "")  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - a document
        usage = document.get("usage")
        if usage:
            self._count(usage)

    def _count(self, usage: dict[str, Any]) -> None:
        """Count tokens; what is read from or written to the cache is told apart from the rest of the input."""
        if usage.get("input_tokens") is not None:
            cached = int(usage.get("cache_read_input_tokens") or 0)
            written = int(usage.get("cache_creation_input_tokens") or 0)
            self._input = int(usage["input_tokens"]) + cached + written, cached
        self.parts.counts = self._input[0], int(usage.get("output_tokens") or 0), self._input[1]


ANTHROPIC = Wire(name="Anthropic's Messages API", call=call, reader=_Reader, spare=spare)
