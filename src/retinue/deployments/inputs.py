"""The body of a call as the input of a run of an agent or a team."""

from typing import Final

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from retinue.core.json import JsonObject
from retinue.engine.spec.input import InputBody

PROMPT: Final = "prompt"


def read_prompt(given: JsonObject) -> JsonObject:
    """Return a prompt and any further fields as they are stored. Raises ``RequestValidationError`` as a route does."""
    try:
        return InputBody.model_validate(given).to_document()
    except ValidationError as error:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None
