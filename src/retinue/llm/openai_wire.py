"""OpenAI's chat completions on the wire, as plain functions: a request out of ours, an answer out of streamed events.

Specification: https://platform.openai.com/docs/api-reference/chat. Other servers that speak it leave fields out or add some
(``reasoning_content``, ``reasoning``); what is not known is skipped.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from retinue.core.json import Json, JsonObject
from retinue.engine.ports import CallRecord, Message, ModelRequest, ToolCall

_RENAMED = {"temperature": "temperature", "top_p": "top_p", "seed": "seed", "stop": "stop"}


def request_body(request: ModelRequest, *, with_usage: bool) -> bytes:
    """Write the body of a streamed call; without usage for servers that refuse ``stream_options``."""
    body: dict[str, Any] = {
        "model": request.model.name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    parameters = request.model.parameters
    body |= {_RENAMED[name]: value for name, value in parameters.items() if name in _RENAMED and value not in (None, [])}
    limit = parameters.get("max_output_tokens")
    if limit is not None:
        body["max_completion_tokens" if request.model.kind == "openai" else "max_tokens"] = limit
    if with_usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in request.tools
        ]
    return orjson.dumps(body)


def _message(message: Message) -> dict[str, Any]:
    written: dict[str, Any] = {"role": message["role"], "content": _content(message["content"])}
    calls = message.get("tool_calls")
    if calls:
        written["tool_calls"] = [_call(call) for call in calls]
        written["content"] = written["content"] or None
    if "tool_call_id" in message:
        written["tool_call_id"] = message["tool_call_id"]
    return written


def _call(call: CallRecord) -> dict[str, Any]:
    arguments = orjson.dumps(call["arguments"]).decode()
    return {"id": call["id"], "type": "function", "function": {"name": call["name"], "arguments": arguments}}


def _content(content: Json) -> Any:  # noqa: ANN401 - a text or a list of parts, as the wire has it
    if not isinstance(content, list):
        return content
    return [_part(part) for part in content if isinstance(part, dict)]


def _part(part: JsonObject) -> dict[str, Any]:
    if part.get("type") == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{part['media_type']};base64,{part['data']}"}}
    return {"type": "text", "text": part.get("text", "")}


@dataclass(slots=True)
class _Fragment:
    """A tool call as it arrives in pieces."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Answer:
    """An answer as it is put together from events."""

    texts: list[str] = field(default_factory=list[str])
    reasonings: list[str] = field(default_factory=list[str])
    calls: dict[int, _Fragment] = field(default_factory=dict[int, _Fragment])
    usage: dict[str, Any] | None = None
    model: str = ""
    finish_reason: str = ""

    def take_events(self, lines: list[bytes]) -> tuple[str, str]:
        """Take the whole lines of one read; return the text and the reasoning that came in them."""
        texts, reasonings = len(self.texts), len(self.reasonings)
        for line in lines:
            if line.startswith(b"data:") and not line.startswith(b"data: [DONE]"):
                self._take(orjson.loads(line[5:]))
        return "".join(self.texts[texts:]), "".join(self.reasonings[reasonings:])

    def take_whole(self, document: dict[str, Any]) -> None:
        """Take an answer that a server sent in one piece although a stream was asked for."""
        choice = document["choices"][0]
        self._take({**document, "choices": [{"delta": choice["message"], "finish_reason": choice.get("finish_reason")}]})

    def _take(self, event: dict[str, Any]) -> None:
        choices = event.get("choices")
        if choices:
            choice = choices[0]
            delta = choice.get("delta")
            if delta:
                self._take_delta(delta)
            if choice.get("finish_reason"):
                self.finish_reason = choice["finish_reason"]
        if event.get("usage"):
            self.usage = event["usage"]
        if not self.model:
            self.model = event.get("model") or ""
        if "error" in event:
            raise StreamError(event["error"])

    def _take_delta(self, delta: dict[str, Any]) -> None:
        text = delta.get("content")
        if text:
            self.texts.append(text)
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            self.reasonings.append(reasoning)
        for position, piece in enumerate(delta.get("tool_calls") or ()):
            fragment = self.calls.setdefault(piece.get("index", position), _Fragment())
            function = piece.get("function") or {}
            fragment.id = piece.get("id") or fragment.id
            fragment.name = function.get("name") or fragment.name
            fragment.arguments.append(function.get("arguments") or "")

    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls asked for, in their order; arguments that are no JSON object are told, not raised."""
        return tuple(_tool_call(index, fragment) for index, fragment in sorted(self.calls.items()))


class StreamError(Exception):
    """The server put an error into the middle of its stream."""

    def __init__(self, error: dict[str, Any] | str) -> None:
        """Keep the server's own words."""
        super().__init__(str(error.get("message") if isinstance(error, dict) else error))


def _tool_call(index: int, fragment: _Fragment) -> ToolCall:
    text = "".join(fragment.arguments).strip()
    reason: str | None = None
    arguments: Json = {}
    if text:
        try:
            arguments = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            reason = f"The arguments are not JSON: {error}. Call the tool again with a JSON object."
    if not isinstance(arguments, dict):
        arguments, reason = {}, "The arguments are not a JSON object. Call the tool again with one."
    return ToolCall(fragment.id or f"call_{index}", fragment.name, arguments, reason)
