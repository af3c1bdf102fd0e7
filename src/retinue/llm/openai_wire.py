"""OpenAI's chat completions as plain functions: a request out of ours, an answer out of the documents of its stream.

Specification: https://platform.openai.com/docs/api-reference/chat. Other servers that speak it leave fields out or add some
(``reasoning_content``, ``reasoning``); what is not known is skipped.
"""

from typing import Any

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import CallRecord, Message, ModelRequest
from retinue.llm.parts import Fragment, Parts
from retinue.llm.structured import response_format
from retinue.llm.types import Endpoint
from retinue.llm.wire import NOTHING_SPARED, HttpCall, Spared, Wire

_PASSED_ON = frozenset({"temperature", "top_p", "seed", "stop"})
_USAGE = "stream_options"
_NEW_LIMIT = "max_completion_tokens"
"""What OpenAI's newer models call the limit, and older servers do not know."""
_LEGACY = "function_call"


def usual(kind: str) -> Spared:
    """Return what servers of a kind are spared at first."""
    return frozenset({_NEW_LIMIT}) if kind == "openai" else NOTHING_SPARED


def call(request: ModelRequest, endpoint: Endpoint, spared: Spared) -> HttpCall:
    """Write a streamed call."""
    headers = {"Idempotency-Key": request.idempotency_key}
    if endpoint.api_key:
        headers["Authorization"] = f"Bearer {endpoint.api_key}"
    return HttpCall(f"{endpoint.base_url.rstrip('/')}/chat/completions", headers, _body(request, spared))


def spare(spared: Spared, text: str) -> Spared | None:
    """Return how to ask again when a refusal is about a field of ours; None when it is not."""
    if _USAGE not in spared and (_USAGE in text or "include_usage" in text):
        return spared | {_USAGE}
    if _NEW_LIMIT not in spared and "max_tokens" in text and _NEW_LIMIT in text:
        return spared | {_NEW_LIMIT}
    return None


def _body(request: ModelRequest, spared: Spared) -> bytes:
    body: dict[str, Any] = {
        "model": request.model.name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
    }
    parameters = request.model.parameters
    body |= {name: value for name, value in parameters.items() if name in _PASSED_ON and value not in (None, [])}
    limit = parameters.get("max_output_tokens")
    if limit is not None:
        body[_NEW_LIMIT if _NEW_LIMIT in spared else "max_tokens"] = limit
    if _USAGE not in spared:
        body[_USAGE] = {"include_usage": True}
    if request.output_schema is not None:
        body["response_format"] = response_format(request.output_schema)
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
        written["tool_calls"] = [_call(each) for each in calls]
        written["content"] = written["content"] or None
    if "tool_call_id" in message:
        written["tool_call_id"] = message["tool_call_id"]
    return written


def _call(record: CallRecord) -> dict[str, Any]:
    arguments = dumps(record["arguments"]).decode()
    return {"id": record["id"], "type": "function", "function": {"name": record["name"], "arguments": arguments}}


def _content(content: Json) -> Any:  # noqa: ANN401 - a text or a list of parts, as the wire has it
    if not isinstance(content, list):
        return content
    return [_part(part) for part in content if isinstance(part, dict)]


def _part(part: JsonObject) -> dict[str, Any]:
    if part.get("type") == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{part['media_type']};base64,{part['data']}"}}
    return {"type": "text", "text": part.get("text", "")}


class _Reader:
    """Reads the documents of one answer. See ``wire.Reader``."""

    def __init__(self) -> None:
        self.parts = Parts()
        self._places: dict[object, int] = {}

    def take(self, document: dict[str, Any]) -> None:
        parts = self.parts
        choices = document.get("choices")
        if choices:
            self._take_choice(choices[0])
        usage = document.get("usage")
        if usage:
            parts.counts = _counts(usage) or parts.counts
        if not parts.model:
            parts.model = str(document.get("model") or "")

    def done(self) -> None:
        self.parts.is_whole = True

    def error(self, document: dict[str, Any]) -> object:
        """Return an error inside a choice, where some routers put it."""
        choices = document.get("choices")
        if not choices or not isinstance(choices[0], dict):
            return None
        choice: dict[str, Any] = choices[0]
        if choice.get("error"):
            return choice["error"]
        return "the provider ended the answer with an error" if choice.get("finish_reason") == "error" else None

    def _take_choice(self, choice: dict[str, Any]) -> None:
        whole = choice.get("message")
        delta = choice.get("delta") or whole
        self.parts.is_recognized = self.parts.is_recognized or delta is not None
        if delta:
            self._take_delta(delta)
        if choice.get("finish_reason"):
            self.parts.finish(choice["finish_reason"])
        if whole:  # an answer in one piece, although a stream was asked for
            self.parts.is_whole = True

    def _take_delta(self, delta: dict[str, Any]) -> None:
        parts = self.parts
        text = delta.get("content") or delta.get("refusal")
        if text:
            if text.__class__ is str:
                parts.add_text(text)
            else:
                self._take_content(text)
        reasoning = delta.get("reasoning_content") or delta.get("reasoning")
        if reasoning:
            parts.add_reasoning(reasoning)
        pieces = delta.get("tool_calls")
        if pieces:
            for position, piece in enumerate(pieces):
                self._take_call(position, piece)
        if delta.get(_LEGACY):  # what servers sent before there were several calls
            self._take_call(_LEGACY, {"index": _LEGACY, "function": delta[_LEGACY]})

    def _take_content(self, content: list[dict[str, Any]]) -> None:
        """Take content that comes as a list of parts, as Mistral's reasoning models write it."""
        for part in content:
            if part.get("type") == "text":
                self.parts.add_text(part.get("text"))
            elif part.get("type") == "thinking":
                for each in part.get("thinking") or ():
                    self.parts.add_reasoning(each.get("text"))

    def _take_call(self, position: object, piece: dict[str, Any]) -> None:
        function: dict[str, Any] = piece.get("function") or {}
        index = piece.get("index")
        fragment = self._fragment(position if index is None else index, piece, function)
        if fragment is None:
            return
        fragment.id = str(piece.get("id") or fragment.id)
        fragment.name = str(function.get("name") or fragment.name)
        fragment.add(function.get("arguments") or "")

    def _fragment(self, index: object, piece: dict[str, Any], function: dict[str, Any]) -> Fragment | None:
        """Return the call that a piece belongs to, which may be new; None for a call that is sent a second time.

        Servers give every call the same index, or none, or change the index within a call; or every call the same id.
        """
        calls, place = self.parts.calls, self._places.get(index)
        call_id, name = str(piece.get("id") or ""), function.get("name")
        if place is None:
            if calls and not name and not call_id:
                self._places[index] = len(calls) - 1
                return calls[-1]
            return self._new(index)
        known = calls[place]
        if call_id and known.id not in {"", call_id}:
            return self._new(index)
        if name and known.name and function.get("arguments") and known.is_whole:
            repeated = Fragment(call_id or known.id, str(name))
            repeated.add(function["arguments"])
            is_same = (repeated.name, "".join(repeated.arguments)) == (known.name, "".join(known.arguments))
            return None if is_same and call_id else self._new(index)
        return known

    def _new(self, index: object) -> Fragment:
        self._places[index] = len(self.parts.calls)
        fragment = Fragment()
        self.parts.calls.append(fragment)
        return fragment


def _counts(usage: dict[str, Any]) -> tuple[int, int, int] | None:
    try:
        details: dict[str, Any] = usage.get("prompt_tokens_details") or {}
        cached = int(details.get("cached_tokens") or 0)
        return int(usage["prompt_tokens"] or 0), int(usage.get("completion_tokens") or 0), cached
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


OPENAI = Wire(name="chat completions", call=call, reader=_Reader, usual=usual, spare=spare)
