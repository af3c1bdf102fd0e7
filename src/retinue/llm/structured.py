"""Asking a model for an answer by a JSON Schema: as its provider allows, else in words.

``complete`` tries the provider's own structured output and falls back to an instruction when the server refuses the request;
which models refuse it is remembered. The answer is checked and repaired by the engine either way.

Sources: OpenAI "Structured model outputs" (``response_format``), Anthropic "Structured outputs" (``output_config.format``),
Google "Structured output" (``response_json_schema``), Ollama "Structured outputs" (``format``).
"""

from collections import OrderedDict
from dataclasses import replace
from typing import Any, cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.output import instruction
from retinue.engine.ports import ChatModel, DeltaSink, Message, ModelRequest, ModelResponse
from retinue.llm.errors import ModelRefusedError
from retinue.llm.types import ProviderKind

_NAME = "answer"
_REMEMBERED = 256
_WITHOUT_TOOLS = frozenset({ProviderKind.GOOGLE, ProviderKind.OLLAMA})
"""Kinds that take a schema only in calls without tools: with both, models of theirs refuse, or never call a tool."""
_INSTRUCTED_TOO = frozenset({ProviderKind.OPENAI_COMPATIBLE, ProviderKind.OLLAMA})
"""Kinds whose servers may ignore a schema without a word, so the model receives it in the prompt as well."""
_STRICT_KEYWORDS = frozenset({"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf"})
_STRICT_NOTES = frozenset({"title", "description", "$defs", "$ref"})


class StructuredOutput:
    """Makes calls that ask for a structured answer. One per process: it remembers which models refuse a schema."""

    def __init__(self) -> None:
        """Start with no model known to refuse."""
        self._refused: OrderedDict[tuple[str, str, bytes], None] = OrderedDict()

    async def complete(self, model: ChatModel, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Call a model for an answer by ``request.output_schema``. Raises as ``ChatModel.complete`` does."""
        schema, kind = request.output_schema, ProviderKind(request.model.kind)
        if schema is None or kind is ProviderKind.SCRIPTED:
            return await model.complete(request, on_delta)
        key = (request.model.provider_id, request.model.name, dumps(schema))
        if key in self._refused or (request.tools and kind in _WITHOUT_TOOLS):
            return await model.complete(_instructed(replace(request, output_schema=None), schema), on_delta)
        try:
            native = _instructed(request, schema) if kind in _INSTRUCTED_TOO else request
            return await model.complete(native, on_delta)
        except ModelRefusedError:
            response = await model.complete(_instructed(replace(request, output_schema=None), schema), on_delta)
        self._refused[key] = None  # only now is it known that the schema was what the server refused
        if len(self._refused) > _REMEMBERED:
            self._refused.popitem(last=False)
        return response


def _instructed(request: ModelRequest, schema: JsonObject) -> ModelRequest:
    text = instruction(schema)
    first, *others = request.messages or [cast("Message", {"role": "user", "content": ""})]
    if first["role"] != "system":
        return replace(request, messages=[{"role": "system", "content": text}, *request.messages])
    return replace(request, messages=[{"role": "system", "content": f"{first['content']}\n\n{text}"}, *others])


def response_format(schema: JsonObject) -> dict[str, Any]:
    """Return OpenAI's ``response_format``: strict for a schema of the subset that is guaranteed there."""
    return {"type": "json_schema", "json_schema": {"name": _NAME, "schema": schema, "strict": is_strict(schema)}}


def is_strict(schema: Json) -> bool:
    """Return whether a schema lies in the subset of OpenAI's strict mode: closed objects with only required properties."""
    if isinstance(schema, bool) or not isinstance(schema, dict):
        return False
    if schema.keys() - _STRICT_KEYWORDS - _STRICT_NOTES:
        return False
    inner: list[Json] = []
    for name in ("properties", "$defs"):
        group = schema.get(name, {})
        inner += group.values() if isinstance(group, dict) else [None]
    several = schema.get("anyOf", [])
    inner += several if isinstance(several, list) else [None]
    inner += [schema["items"]] if "items" in schema else []
    if "properties" in schema or schema.get("type") == "object":
        properties, required = schema.get("properties"), schema.get("required")
        if schema.get("additionalProperties") is not False or not isinstance(properties, dict):
            return False
        if not isinstance(required, list) or set(map(str, required)) != properties.keys():
            return False
    return all(is_strict(each) for each in inner)


def langchain_options(kind: str, schema: JsonObject) -> dict[str, Any]:
    """Return what LangChain's client of a kind takes with a call for an answer by a schema."""
    match kind:
        case ProviderKind.ANTHROPIC:
            return {"output_config": {"format": {"type": "json_schema", "schema": schema}}}
        case ProviderKind.GOOGLE:
            return {"response_mime_type": "application/json", "response_json_schema": schema}
        case ProviderKind.OLLAMA:
            return {"format": schema}
        case _:
            # Past the client's own handling, which parses the answer itself and refuses what does not fit.
            return {"extra_body": {"response_format": response_format(schema)}}
