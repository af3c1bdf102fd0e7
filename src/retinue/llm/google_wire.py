"""Google's Gemini API as plain functions: a request out of ours, an answer out of the documents of its stream.

Specification: https://ai.google.dev/api/generate-content (``models.streamGenerateContent`` with ``alt=sse``).
"""

from typing import Any
from urllib.parse import quote

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import CallRecord, Message, ModelRequest, ToolSchema
from retinue.llm.google_schema import convert_schema
from retinue.llm.parts import Fragment, Parts
from retinue.llm.types import Endpoint
from retinue.llm.wire import HttpCall, Spared, Wire

_PARAMETERS = {"temperature": "temperature", "top_p": "topP", "seed": "seed", "max_output_tokens": "maxOutputTokens"}
_UNSPECIFIED = "FINISH_REASON_UNSPECIFIED"
_NO_SIGNATURE = "skip_thought_signature_validator"
"""What Gemini 3 takes for the signature of a call that it did not make itself (its documentation on thought signatures)."""


def call(request: ModelRequest, endpoint: Endpoint, spared: Spared) -> HttpCall:  # noqa: ARG001 - the same for all wires
    """Write a streamed call."""
    base, name = endpoint.base_url.rstrip("/"), request.model.name
    if not base.endswith(("/v1beta", "/v1", "/v1alpha")):
        base += "/v1beta"
    path = name if "/" in name else f"models/{name}"
    headers = {"x-goog-api-key": endpoint.api_key} if endpoint.api_key else {}
    return HttpCall(f"{base}/{quote(path)}:streamGenerateContent?alt=sse", headers, _body(request))


def _body(request: ModelRequest) -> bytes:
    given = request.model.parameters
    configuration: dict[str, Any] = {name: given[ours] for ours, name in _PARAMETERS.items() if given.get(ours) is not None}
    stop = given.get("stop")
    if stop:
        configuration["stopSequences"] = stop if isinstance(stop, list) else [stop]
    if request.output_schema is not None:
        configuration |= {"responseMimeType": "application/json", "responseJsonSchema": request.output_schema}
    body: dict[str, Any] = {"contents": _contents(request), "generationConfig": configuration}
    system = [{"text": str(each["content"])} for each in request.messages if each["role"] == "system"]
    if system:
        body["systemInstruction"] = {"parts": system}
    if request.tools:
        body["tools"] = [{"functionDeclarations": [_declaration(tool) for tool in request.tools]}]
    return dumps(body)


def _declaration(tool: ToolSchema) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": tool.name, "description": tool.description}
    parameters = convert_schema(tool.parameters)
    return declared if parameters is None else {**declared, "parameters": parameters}


def _contents(request: ModelRequest) -> list[dict[str, Any]]:
    """Write a history; results of tools are the user's, and those of one answer stand together."""
    needs_signature = "gemini-3" in request.model.name
    written: list[dict[str, Any]] = []
    for message in request.messages:
        if message["role"] == "system":
            continue
        role = "model" if message["role"] == "assistant" else "user"
        parts = _parts(message, needs_signature=needs_signature)
        if written and written[-1]["role"] == role:
            written[-1]["parts"] += parts
        else:
            written.append({"role": role, "parts": parts})
    return written


def _parts(message: Message, *, needs_signature: bool) -> list[dict[str, Any]]:
    if message["role"] == "tool":
        response = {"name": message.get("name", ""), "response": {"result": message["content"]}}
        return [{"functionResponse": response}]
    calls = message.get("tool_calls", [])
    called = [_called(each, needs_signature=needs_signature and place == 0) for place, each in enumerate(calls)]
    return [*_content(message["content"]), *called]


def _called(record: CallRecord, *, needs_signature: bool) -> dict[str, Any]:
    part: dict[str, Any] = {"functionCall": {"name": record["name"], "args": record["arguments"]}}
    signature = record.get("signature") or (_NO_SIGNATURE if needs_signature else None)
    return {**part, "thoughtSignature": signature} if signature else part


def _content(content: Json) -> list[dict[str, Any]]:
    if not isinstance(content, list):
        return [{"text": content}] if content else []
    return [_part(part) for part in content if isinstance(part, dict)]


def _part(part: JsonObject) -> dict[str, Any]:
    if part.get("type") == "image":
        return {"inlineData": {"mimeType": part["media_type"], "data": part["data"]}}
    return {"text": part.get("text", "")}


class _Reader:
    """Reads the documents of one answer. See ``wire.Reader``."""

    def __init__(self) -> None:
        self.parts = Parts()

    def take(self, document: dict[str, Any]) -> None:
        parts = self.parts
        parts.is_recognized = parts.is_recognized or "candidates" in document or "promptFeedback" in document
        for candidate in (document.get("candidates") or ())[:1]:
            content: dict[str, Any] = candidate.get("content") or {}
            for part in content.get("parts") or ():
                self._take_part(part)
            if candidate.get("finishReason") not in {None, _UNSPECIFIED}:
                parts.finish(candidate["finishReason"])
                parts.finish_detail = _detail(candidate)
        feedback: dict[str, Any] = document.get("promptFeedback") or {}
        if feedback.get("blockReason"):
            parts.finish("blocked")
            told = (feedback["blockReason"], feedback.get("blockReasonMessage"))
            parts.finish_detail = " - ".join(str(each) for each in told if each)
        usage = document.get("usageMetadata")
        if usage:
            self._count(usage)
        if not parts.model:
            parts.model = str(document.get("modelVersion") or "")

    def done(self) -> None:
        """Take no note: the last document says why the answer ended."""

    def error(self, document: dict[str, Any]) -> object:  # noqa: ARG002 - the protocol's one place is known to all
        return None

    def _take_part(self, part: dict[str, Any]) -> None:
        if part.get("functionCall"):
            function: dict[str, Any] = part["functionCall"]
            signature = part.get("thoughtSignature")
            fragment = Fragment(str(function.get("id") or ""), str(function.get("name") or ""))
            fragment.signature = signature if isinstance(signature, str) else None
            fragment.add(function.get("args"))
            self.parts.calls.append(fragment)
        elif part.get("thought"):
            self.parts.add_reasoning(part.get("text"))
        else:
            self.parts.add_text(part.get("text"))

    def _count(self, usage: dict[str, Any]) -> None:
        written = int(usage.get("candidatesTokenCount") or 0) + int(usage.get("thoughtsTokenCount") or 0)
        cached = int(usage.get("cachedContentTokenCount") or 0)
        self.parts.counts = int(usage.get("promptTokenCount") or 0), written, cached


def _detail(candidate: dict[str, Any]) -> str:
    """Return what the provider says beside the reason: its sentence, else the categories that were found unsafe."""
    if candidate.get("finishMessage"):
        return str(candidate["finishMessage"])
    ratings: list[dict[str, Any]] = candidate.get("safetyRatings") or []
    return ", ".join(str(each.get("category")) for each in ratings if each.get("blocked"))


GOOGLE = Wire(name="the Gemini API", call=call, reader=_Reader)
