"""Answers by a JSON Schema: asked for as each provider allows, and in words where a server refuses."""

from collections.abc import Sequence
from typing import Any

import pytest

from retinue.core.json import JsonObject
from retinue.engine.output import read_output
from retinue.engine.ports import DeltaSink, FinishReason, Message, ModelRequest, ModelResponse, ModelSpec, ToolSchema, Usage
from retinue.llm.demo import demo_turn
from retinue.llm.errors import ModelKeyError, ModelRefusedError
from retinue.llm.structured import StructuredOutput, is_strict
from tests.llm.test_conformance import TOOL, Subject, subject

__all__ = ["subject"]
pytestmark = pytest.mark.filterwarnings("ignore")  # of the foreign clients

SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"size": {"type": "integer"}},
    "required": ["size"],
    "additionalProperties": False,
}


def _asked_for(kind: str, body: dict[str, Any]) -> Any:
    """Return the schema that a provider was sent with a request."""
    match kind:
        case "anthropic":
            return body["output_config"]["format"]["schema"]
        case "google":
            config = body["generationConfig"]
            assert config["responseMimeType"] == "application/json"
            return config["responseJsonSchema"]
        case "ollama":
            return body["format"]
        case _:
            assert body["response_format"]["type"] == "json_schema"
            assert body["response_format"]["json_schema"]["strict"] is True
            return body["response_format"]["json_schema"]["schema"]


async def test_a_provider_is_asked_for_its_own_structured_output(subject: Subject) -> None:
    response = await subject.ask(output_schema=SCHEMA)

    assert _asked_for(subject.server.kind, subject.server.bodies[-1]) == SCHEMA
    assert response.content == subject.passed_on("text") != ""


async def test_a_call_without_a_schema_asks_for_none(subject: Subject) -> None:
    await subject.ask()

    sent = str(subject.server.bodies[-1])
    assert not any(name in sent for name in ("response_format", "output_config", "responseJsonSchema", "'format'"))


async def test_tools_and_a_schema_are_sent_together(subject: Subject) -> None:
    await subject.ask(tools=(TOOL,), output_schema=SCHEMA)

    assert _asked_for(subject.server.kind, subject.server.bodies[-1]) == SCHEMA
    assert subject.server.bodies[-1]["tools"]


class _Server:
    """A model that refuses requests with a schema, and records what it was asked."""

    def __init__(self, refusals: Sequence[Exception] = (), *, refuses_schemas: bool = False) -> None:
        self.asked: list[ModelRequest] = []
        self.refusals = list(refusals)
        self.refuses_schemas = refuses_schemas

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        self.asked.append(request)
        if self.refusals:
            raise self.refusals.pop(0)
        if self.refuses_schemas and request.output_schema is not None:
            raise ModelRefusedError("response_format is not supported.")
        on_delta("text", '{"size": 1}')
        return ModelResponse('{"size": 1}', "", (), Usage(1, 1), "m", FinishReason.STOP, 1, 1)


def _request(kind: str, *, name: str = "m", tools: tuple[ToolSchema, ...] = ()) -> ModelRequest:
    messages: list[Message] = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]
    return ModelRequest("o", ModelSpec("p", kind, name, None, {}), messages, tools, 30, "key", SCHEMA)


async def _ask(structured: StructuredOutput, model: _Server, request: ModelRequest) -> ModelResponse:
    return await structured.complete(model, request, lambda _kind, _chunk: None)


async def test_a_server_that_refuses_a_schema_is_asked_in_words_and_from_then_on_at_once() -> None:
    structured, model = StructuredOutput(), _Server(refuses_schemas=True)

    first = await _ask(structured, model, _request("openai_compatible"))
    await _ask(structured, model, _request("openai_compatible"))
    await _ask(structured, model, _request("openai_compatible", name="other"))

    assert first.content == '{"size": 1}'
    assert [each.output_schema is not None for each in model.asked] == [True, False, False, True, False]
    words = str(model.asked[1].messages[0]["content"])
    assert words.startswith("Be brief.\n\n")
    assert '"required":["size"]' in words
    assert [message["role"] for message in model.asked[1].messages] == ["system", "user"]


@pytest.mark.parametrize("kind", ["google", "ollama"])
async def test_a_kind_that_takes_no_schema_beside_tools_is_asked_in_words(kind: str) -> None:
    model = _Server()

    await _ask(StructuredOutput(), model, _request(kind, tools=(TOOL,)))

    assert model.asked[0].output_schema is None
    assert '"required":["size"]' in str(model.asked[0].messages[0]["content"])


async def test_a_refusal_for_another_reason_is_told_and_not_remembered() -> None:
    structured = StructuredOutput()
    key, bad, good = _Server([ModelKeyError()]), _Server([ModelRefusedError("a"), ModelRefusedError("b")]), _Server()

    with pytest.raises(ModelKeyError):
        await _ask(structured, key, _request("openai"))
    with pytest.raises(ModelRefusedError, match="b"):
        await _ask(structured, bad, _request("openai"))
    await _ask(structured, good, _request("openai"))

    assert (len(key.asked), len(bad.asked)) == (1, 2)
    assert good.asked[0].output_schema == SCHEMA


@pytest.mark.parametrize(
    ("change", "strict"),
    [
        ({}, True),
        ({"additionalProperties": True}, False),
        ({"required": []}, False),
        ({"minProperties": 1}, False),
        ({"properties": {"size": {"type": "integer", "minimum": 0}}}, False),
        (
            {
                "properties": {"size": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/n"}]}},
                "$defs": {"n": {"type": "integer"}},
            },
            True,
        ),
        ({"properties": {"size": {"type": "array", "items": {"type": "object"}}}}, False),
        ({"properties": {"size": True}}, False),
    ],
)
def test_only_schemas_of_the_guaranteed_subset_are_strict(change: JsonObject, strict: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_strict({**SCHEMA, **change}) is strict


@pytest.mark.parametrize(
    "properties",
    [
        {"a": {"type": "string", "minLength": 3}, "b": {"type": "string", "maxLength": 2}},
        {"a": {"type": "integer", "minimum": 5}, "b": {"type": "number", "exclusiveMaximum": -1}},
        {"a": {"type": "array", "minItems": 2, "items": {"type": "boolean"}}, "b": {"enum": ["x", "y"]}},
        {"a": {"$ref": "#/$defs/a"}, "b": {"anyOf": [{"type": "null"}, {"type": "string"}]}},
        {"a": {"const": 7}, "b": {"type": ["string", "null"]}},
    ],
)
def test_the_demonstration_answers_with_an_object_that_fits(properties: JsonObject) -> None:
    schema: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": ["a", "b"],
        "$defs": {"a": {"type": "object", "properties": {"c": {"type": "integer"}}, "required": ["c"]}},
    }
    request = ModelRequest("o", ModelSpec("p", "scripted", "demo", None, {}), [], (), 30, "key", schema)

    output, problems = read_output(demo_turn(request).text or "", schema)

    assert problems == ()
    assert output is not None
