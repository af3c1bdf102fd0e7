"""Reading a document by a Pydantic model so that each wrong field is named, with its remedy."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.validation import field_problems

ModelT = TypeVar("ModelT", bound=BaseModel)


def problems_of(model: type[BaseModel], document: JsonObject, prefix: str) -> tuple[FieldProblem, ...]:
    """Name each field of a document that a model refuses, as ``prefix.path.to.field``."""
    try:
        model.model_validate(document)
    except ValidationError as error:
        return field_problems(error.errors(include_url=False), prefix)
    return ()
