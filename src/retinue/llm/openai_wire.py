"""OpenAI's chat completions on the wire, as plain functions: a request out of ours, an answer out of streamed events.

Specification: https://platform.openai.com/docs/api-reference/chat. Other servers that speak it leave fields out or add some
(``reasoning_content``, ``reasoning``); what is not known is skipped.
"""

from dataclasses import dataclass, field
from typing import Any, cast

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.ports import CallRecord, Message, ModelRequest, ToolCall

_PASSED_ON = frozenset({"temperature", "top_p", "seed", "stop"})
_SHORTEST_EVENT = 20
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What reading a document raises that is JSON of another shape, or none."""
_NO_EVENTS = frozenset({b"", b"[DONE]"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one server was found not to take, and is spared in its next calls."""

    has_usage: bool = True
    is_limit_renamed: bool = False
    """Whether the limit is ``max_completion_tokens``, which OpenAI's newer models ask for and older servers do not know."""


def request_body(request: ModelRequest, dialect: Dialect) -> bytes:
    """Write the body of a streamed call."""
    body: dict[str, Any] = {
        "model": request.model.name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    parameters = request.model.parameters
    body |= {name: value for name, value in parameters.items() if name in _PASSED_ON and value not in (None, [])}
    limit = parameters.get("max_output_tokens")
    if limit is not None:
        body["max_completion_tokens" if dialect.is_limit_renamed else "max_tokens"] = limit
    if dialect.has_usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in request.tools
        ]
    return dumps(body)


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
    arguments = dumps(call["arguments"]).decode()
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
    """An answer as it is put together from events.

    Reading what is not chat completions raises ``MalformedError``; an error that the server put in, ``StreamError``.
    """

    texts: list[str] = field(default_factory=list[str])
    reasonings: list[str] = field(default_factory=list[str])
    calls: list[_Fragment] = field(default_factory=list[_Fragment])
    usage: dict[str, Any] | None = None
    model: str = ""
    finish_reason: str = ""
    is_whole: bool = False
    _places: dict[int, int] = field(default_factory=dict[int, int])

    def take_events(self, lines: list[bytes]) -> tuple[str, str]:
        """Take the whole lines of one read; return the text and the reasoning that came in them."""
        texts, reasonings = len(self.texts), len(self.reasonings)
        try:
            for line in lines:
                if line.startswith(b"data:"):
                    if len(line) < _SHORTEST_EVENT and line[5:].strip() in _NO_EVENTS:
                        self.is_whole = self.is_whole or b"[DONE]" in line
                    else:
                        self._take(cast("dict[str, Any]", loads(line[5:])))
            return "".join(self.texts[texts:]), "".join(self.reasonings[reasonings:])
        except _MALFORMED:
            raise MalformedError from None

    def take_whole(self, body: bytes) -> tuple[str, str]:
        """Take an answer that a server sent in one piece although a stream was asked for; return as ``take_events``."""
        try:
            document = cast("dict[str, Any]", loads(body))
            if document.get("error"):
                raise StreamError(document["error"])
            choice = document["choices"][0]
            delta, finish = choice["message"], choice.get("finish_reason")
            self._take({**document, "choices": [{"delta": delta, "finish_reason": finish}]})
            self.is_whole = True
            return "".join(self.texts), "".join(self.reasonings)
        except _MALFORMED:
            raise MalformedError from None

    def counts(self) -> tuple[int, int, int] | None:
        """Return the tokens read, written, and read from the provider's cache; None when they were not told."""
        counted = self.usage
        if not counted:
            return None
        try:
            details: dict[str, Any] = counted.get("prompt_tokens_details") or {}
            cached = int(details.get("cached_tokens") or 0)
            return int(counted["prompt_tokens"] or 0), int(counted.get("completion_tokens") or 0), cached
        except _MALFORMED:
            return None

    def _take(self, event: dict[str, Any]) -> None:
        choices = event.get("choices")
        if choices:
            choice = choices[0]
            delta = choice.get("delta")
            if delta:
                self._take_delta(delta)
            if choice.get("finish_reason"):
                self.finish_reason, self.is_whole = str(choice["finish_reason"]), True
        if event.get("usage"):
            self.usage = event["usage"]
        if not self.model:
            self.model = str(event.get("model") or "")
        if event.get("error"):
            raise StreamError(event["error"])

    def _take_delta(self, delta: dict[str, Any]) -> None:
        text = delta.get("content") or delta.get("refusal")
        if text:
            if text.__class__ is str:
                self.texts.append(text)
            else:
                self._take_parts(text)
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning and reasoning.__class__ is str:
            self.reasonings.append(reasoning)
        pieces = delta.get("tool_calls")
        if pieces:
            for position, piece in enumerate(pieces):
                self._take_call(position, piece)

    def _take_parts(self, parts: list[dict[str, Any]]) -> None:
        """Take content that comes as a list of parts, as Mistral's reasoning models write it."""
        for part in parts:
            if part.get("type") == "text":
                self.texts.append(str(part.get("text") or ""))
            elif part.get("type") == "thinking":
                self.reasonings += [str(each.get("text") or "") for each in part.get("thinking") or ()]

    def _take_call(self, position: int, piece: dict[str, Any]) -> None:
        index = piece.get("index")
        index = position if index is None else index
        place = self._places.get(index)
        # Some servers give every call the same index, or none; a new id then is what tells that a new call begins.
        if place is None or (piece.get("id") and self.calls[place].id not in {"", str(piece["id"])}):
            place = self._places[index] = len(self.calls)
            self.calls.append(_Fragment())
        fragment = self.calls[place]
        function: dict[str, Any] = piece.get("function") or {}
        fragment.id = str(piece.get("id") or fragment.id)
        fragment.name = str(function.get("name") or fragment.name)
        arguments: object = function.get("arguments") or ""
        fragment.arguments.append(arguments if isinstance(arguments, str) else dumps(arguments).decode())

    def tool_calls(self) -> tuple[ToolCall, ...]:
        """Return the calls asked for, in their order; arguments that are no JSON object are told, not raised."""
        return tuple(_tool_call(index, fragment) for index, fragment in enumerate(self.calls))


class StreamError(Exception):
    """The server put an error into the middle of its stream."""

    def __init__(self, error: object) -> None:
        """Keep the server's own words."""
        super().__init__("the server put an error into its stream")
        self.error = error


class MalformedError(Exception):
    """The server answered something that is not chat completions."""


def _tool_call(index: int, fragment: _Fragment) -> ToolCall:
    text = "".join(fragment.arguments).strip()
    reason: str | None = None
    arguments: Json = {}
    if text:
        try:
            arguments = loads(text)
        except ValueError as error:
            reason = f"The arguments are not JSON: {error}. Call the tool again with a JSON object."
    if not isinstance(arguments, dict):
        arguments, reason = {}, "The arguments are not a JSON object. Call the tool again with one."
    return ToolCall(fragment.id or f"call_{index}", fragment.name, arguments, reason)
