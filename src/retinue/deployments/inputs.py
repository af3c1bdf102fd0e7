"""What agents and teams have in common as targets: their face, and the body of a call as the input of a run."""

from pydantic import ValidationError

from retinue.core.json import JsonObject
from retinue.deployments.types import Face
from retinue.engine.spec.input import AGENT_PROMPT, InputBody, PromptInput


class Prompted:
    """A target that is given a prompt: an agent or a team."""

    def face_of(self, snapshot: JsonObject) -> Face:
        """Return a version's name, description and icon."""
        return Face(*(str(snapshot.get(name) or "") for name in ("name", "description", "icon")))

    def read_input(self, given: JsonObject) -> JsonObject:
        """Return a prompt, earlier messages and further fields. Raises ``RequestValidationError``."""
        return _read_prompt(given)

    def prompt_of(self, snapshot: JsonObject) -> PromptInput:
        """Return where every input has its prompt."""
        del snapshot
        return AGENT_PROMPT


def _read_prompt(given: JsonObject) -> JsonObject:
    """Return a prompt and any further fields as they are stored. Raises ``RequestValidationError`` as a route does."""
    try:
        return InputBody.model_validate(given).to_document()
    except ValidationError as error:
        from fastapi.exceptions import RequestValidationError  # noqa: PLC0415 - a worker, which serves no HTTP, does without

        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in error.errors()]) from None
