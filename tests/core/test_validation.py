"""What a refused document is answered with: our words, what is expected and what to do; never a sentence of Pydantic's."""

import re
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import InitErrorDetails
from pydantic_core._pydantic_core import list_all_errors

from retinue.core.ids import new_id
from retinue.core.strict import StrictTypes
from retinue.core.validation import form, words_of
from tests.cast import Cast

_OF_PYTHON = {
    "needs_python_object",
    "default_factory_not_called",
    "missing_sentinel_error",
    "ellipsis_error",
    "is_instance_of",
    "is_subclass_of",
    "callable_type",
    "assertion_error",
}
"""Errors of what no document can hold: of these, that the value is not valid is all that is said."""


def _template(text: str) -> str:
    return re.sub(r"\\\{\w+\\\}", ".*", re.escape(text))


_PYDANTIC = re.compile(
    "|".join(
        _template(text)
        for each in list_all_errors()
        for text in (each["message_template_python"], each.get("message_template_json"))
        if text
    )
    + "|Value error|JSON decode error"
)
"""Matches what Pydantic says of any error."""

_EXAMPLES: dict[str, Any] = {
    "value_error": {"error": ValueError("is the end")},
    "assertion_error": {"error": AssertionError()},
}


def _errors() -> list[dict[str, Any]]:
    """Make one error of each type that Pydantic knows, as it reports them."""
    made: list[dict[str, Any]] = []
    for each in list_all_errors():
        kind = each["type"]
        context = _EXAMPLES.get(kind) or each["example_context"]
        if kind == "too_long":
            context = {**(context or {}), "actual_length": 1}
        detail = InitErrorDetails(type=kind, ctx=context or {}, loc=("field",), input=b"")
        made += [dict(error) for error in ValidationError.from_exception_data("Model", [detail]).errors()]
    return made


def test_no_error_of_any_type_is_described_in_the_words_of_pydantic() -> None:
    errors = _errors()

    assert len(errors) > 100
    assert [each["type"] for each in errors if not _PYDANTIC.search(str(each["msg"]))] == []
    for each in errors:
        message, remedy = words_of(each)
        assert not _PYDANTIC.search(f"{message} {remedy}"), each["type"]
        assert "{" not in f"{message} {remedy}", each["type"]


def test_every_type_that_a_document_can_cause_is_named_by_what_is_expected() -> None:
    unspecific = {str(each["type"]) for each in _errors() if words_of(each).message == "is not valid"}

    assert unspecific == _OF_PYTHON


class _Inner(StrictTypes, BaseModel):
    name: str = Field(max_length=3)


class _Document(StrictTypes, BaseModel, extra="forbid"):
    text: str = "a"
    count: Annotated[int, Field(ge=1, le=10)] = 1
    ratio: Annotated[float, Field(gt=0)] = 1.0
    is_on: bool = True
    names: Annotated[list[str], Field(min_length=1, max_length=2)] = ["a"]
    inner: _Inner | None = None
    word: Annotated[str, Field(pattern=form("^[a-c]+$", "may contain a, b and c only"))] = "a"


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({"text": 5}, "must be a string, not a number", "Change it to a string."),
        ({"text": None}, "must be a string, not null", "Change it to a string."),
        ({"count": "5"}, "must be a whole number, not a string", "Change it to a whole number."),
        ({"count": 5.5}, "must be a whole number, without a decimal point", "Round it, and leave the decimal point out."),
        ({"count": 11}, "must be at most 10", "Choose 10 or less."),
        ({"ratio": 0}, "must be greater than 0", "Choose a value greater than 0."),
        ({"is_on": "yes"}, "must be true or false, not a string", "Change it to true or false."),
        ({"names": {}}, "must be a list, not an object", "Change it to a list."),
        ({"names": []}, "may not be empty", "Give at least 1 item."),
        ({"names": ["a"] * 3}, "may have at most 2 items", "Shorten it to 2 items."),
        ({"inner": []}, "must be an object, not a list", "Change it to an object."),
        ({"inner": {"name": "long"}}, "may have at most 3 characters", "Shorten it to 3 characters."),
        ({"inner": {}}, "is missing", "Add this field."),
        ({"word": "d"}, "may contain a, b and c only", None),
        ({"other": 1}, "is not a known field", "Remove this field; it is not supported here."),
    ],
)
def test_a_value_is_refused_with_what_is_expected_what_was_given_and_what_to_do(
    given: dict[str, Any], message: str, remedy: str | None
) -> None:
    with pytest.raises(ValidationError) as caught:
        _Document.model_validate(given)

    assert tuple(words_of(caught.value.errors()[0])) == (message, remedy)


_WRONG: list[Any] = [{}, [], 5.5, True, "", "~ no ~" * 20_000, -(10**12), ["x"] * 1001, {"x": {"y": 1}}, None]
"""Values of which each field refuses some."""


def _fields_of(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return list(document["components"]["schemas"].get(name, schema).get("properties", {}))


async def test_no_operation_answers_in_the_words_of_pydantic(cast: Cast) -> None:
    document = (await cast.olga.http.get("/openapi.json")).json
    told: set[str] = set()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            address = "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))
            fields = _fields_of(document, operation)
            for wrong in _WRONG if fields else ():
                told |= await _told(cast, method, address, json=dict.fromkeys(fields, wrong))
            queries = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            if queries and method == "get":
                told |= await _told(cast, method, f"{address}?" + "&".join(f"{name}=~" for name in queries))
    assert len(told) > 60
    assert [each for each in sorted(told) if _PYDANTIC.search(each)] == []
    assert [each for each in told if "wrong form" in each] == []


async def _told(cast: Cast, method: str, address: str, **body: Any) -> set[str]:
    """Return the sentences of a refusal of what was sent."""
    refused = await cast.olga.http.request(method.upper(), address.removeprefix("/api/v1"), allow_redirects=False, **body)
    if refused.status != 422 or not address.startswith("/api/v1"):
        return set()
    return {str(refused.json["detail"])} | {f"{each['message']} {each['remedy']}" for each in refused.json.get("errors", [])}
