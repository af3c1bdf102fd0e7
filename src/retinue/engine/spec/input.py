"""What a run is given: a prompt, what was said before, and any further fields."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import Spec

_MAX_PROMPT = 200_000


class TextPart(Spec):
    """A piece of text of a prompt."""

    type: Literal["text"]
    text: Annotated[str, StringConstraints(max_length=_MAX_PROMPT)]


class ImagePart(Spec):
    """A picture of a prompt."""

    type: Literal["image"]
    media_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    data: Annotated[
        str, StringConstraints(pattern=form(r"^[A-Za-z0-9+/]+={0,2}$", "must be data in base64"), max_length=14_000_000)
    ] = Field(description="The picture's bytes in base64.")


def _form_of(prompt: object) -> str:
    return "text" if isinstance(prompt, str) else "parts"


Prompt = Annotated[
    Annotated[str, StringConstraints(min_length=1, max_length=_MAX_PROMPT), Tag("text")]
    | Annotated[
        list[Annotated[TextPart | ImagePart, Field(discriminator="type")]], Field(min_length=1, max_length=50), Tag("parts")
    ],
    Discriminator(_form_of),
]


class EarlierMessage(Spec):
    """A message from before."""

    role: Literal["user", "assistant"]
    content: Prompt


@dataclass(frozen=True, slots=True)
class PromptInput:
    """Where an input holds what a person says: its field, and whether ``messages`` holds what was said before."""

    field: str
    takes_messages: bool


AGENT_PROMPT: Final = PromptInput("prompt", takes_messages=True)
"""That of agents and teams."""


class InputBody(Spec):
    """Input of a run."""

    model_config = Spec.model_config | {"extra": "allow"}

    prompt: Prompt = Field(description="Prompt for the agent: text, or parts of text and images.")

    messages: Annotated[list[EarlierMessage], Field(max_length=500)] | None = Field(
        default=None, description="Earlier messages. The agent receives as many as its memory setting allows."
    )

    def to_document(self) -> JsonObject:
        """Return the input as it is stored: the prompt, and any further fields, which the agent is shown as JSON."""
        return self.model_dump(mode="json", exclude_none=True)
