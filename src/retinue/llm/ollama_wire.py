"""Ollama's chat API as plain functions: a request out of ours, an answer out of the lines of its stream.

Specification: https://github.com/ollama/ollama/blob/main/docs/api.md, "Generate a chat completion".
"""

from typing import Any

from retinue.core.json import Json, dumps
from retinue.engine.ports import Message, ModelRequest
from retinue.llm.parts import Fragment, Parts
from retinue.llm.types import Endpoint
from retinue.llm.wire import HttpCall, Spared, Wire

_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "seed": "seed",
    "stop": "stop",
    "max_output_tokens": "num_predict",
}


def call(request: ModelRequest, endpoint: Endpoint, spared: Spared) -> HttpCall:  # noqa: ARG001 - the same for all wires
    """Write a streamed call."""
    base = endpoint.base_url.rstrip("/").removesuffix("/v1").removesuffix("/api")
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    return HttpCall(f"{base}/api/chat", headers, _body(request))


def _body(request: ModelRequest) -> bytes:
    given = request.model.parameters
    options = {name: given[ours] for ours, name in _OPTIONS.items() if given.get(ours) not in (None, [])}
    body: dict[str, Any] = {
        "model": request.model.name,
        "messages": [_message(message) for message in request.messages],
        "stream": True,
        "options": options,
    }
    if request.output_schema is not None:
        body["format"] = request.output_schema
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
    text, images = _content(message["content"])
    written: dict[str, Any] = {"role": message["role"], "content": text}
    if images:
        written["images"] = images
    calls = message.get("tool_calls")
    if calls:
        written["tool_calls"] = [
            {"id": each["id"], "function": {"name": each["name"], "arguments": each["arguments"]}} for each in calls
        ]
    if message["role"] == "tool":
        written["tool_name"] = message.get("name", "")
        written["tool_call_id"] = message.get("tool_call_id", "")
    return written


def _content(content: Json) -> tuple[str, list[Json]]:
    if not isinstance(content, list):
        return str(content or ""), []
    parts = [part for part in content if isinstance(part, dict)]
    texts = [str(part.get("text") or "") for part in parts if part.get("type") != "image"]
    return "\n\n".join(texts), [part["data"] for part in parts if part.get("type") == "image"]


class _Reader:
    """Reads the lines of one answer. See ``wire.Reader``."""

    def __init__(self) -> None:
        self.parts = Parts()

    def take(self, document: dict[str, Any]) -> None:
        parts, message = self.parts, document.get("message")
        parts.is_recognized = parts.is_recognized or message is not None
        if message:
            parts.add_text(message.get("content"))
            parts.add_reasoning(message.get("thinking"))
            for each in message.get("tool_calls") or ():
                function: dict[str, Any] = each["function"]
                fragment = Fragment(str(each.get("id") or ""), str(function.get("name") or ""))
                fragment.add(function.get("arguments"))
                parts.calls.append(fragment)
        if not parts.model:
            parts.model = str(document.get("model") or "")
        if document.get("done"):
            parts.is_whole = True
            parts.finish_reason = str(document.get("done_reason") or "")
        if document.get("eval_count") is not None:
            parts.counts = int(document.get("prompt_eval_count") or 0), int(document["eval_count"]), 0

    def done(self) -> None:
        """Take no note: the last line says that it is the last."""

    def error(self, document: dict[str, Any]) -> object:  # noqa: ARG002 - the protocol's one place is known to all
        return None


OLLAMA = Wire(name="Ollama's chat API", call=call, reader=_Reader)
