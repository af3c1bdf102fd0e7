"""Reading a document by a Pydantic model so that each wrong field is named, with its remedy."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject

ModelT = TypeVar("ModelT", bound=BaseModel)

_REMEDIES = {"extra_forbidden": "Remove this field; it is not supported here.", "missing": "Add this field."}


def problems_of(model: type[BaseModel], document: JsonObject, prefix: str) -> tuple[FieldProblem, ...]:
    """Name each field of a document that a model refuses, as ``prefix.path.to.field``."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        return field_problems(error.errors(include_url=False), prefix)
    return ()


def field_problems(errors: Sequence[ErrorDetails], prefix: str) -> tuple[FieldProblem, ...]:
    """Turn Pydantic's errors into field problems."""
    return tuple(
        FieldProblem(
            ".".join((prefix, *(str(part) for part in each["loc"]))),
            each["msg"].removeprefix("Value error, "),
            _REMEDIES.get(each["type"]),
        )
        for each in errors
    )
