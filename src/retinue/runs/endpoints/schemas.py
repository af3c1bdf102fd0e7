"""What comes in over the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body, Change
from retinue.runs.endpoints.types import RunEnd, WebhookDefinition

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Url = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8192), Field(description="Where it is sent.")
]
Events = Annotated[tuple[RunEnd, ...], Field(min_length=1, max_length=3, description="Which ends of runs are sent.")]
Target = Annotated[
    UUID,
    Field(description="Only runs of this agent, team or workflow; without it, runs that no other run started."),
]
IncludesOutput = Annotated[bool, Field(description="Send the output of the run too, up to 60 KiB.")]


class CreateWebhook(Body):
    """A new webhook."""

    name: Name
    url: Url
    events: Events = tuple(RunEnd)
    target_id: Target | None = None
    includes_output: IncludesOutput = True
    enabled: bool = True

    def to_definition(self) -> WebhookDefinition:
        """Return the definition as a value."""
        return WebhookDefinition(**{name: getattr(self, name) for name in WebhookDefinition.__slots__})


class UpdateWebhook(Change):
    """What to change; a field that is left out stays as it is."""

    clearable = frozenset({"target_id"})

    name: Name | None = None
    url: Url | None = None
    events: Events | None = None
    target_id: Target | None = None
    includes_output: IncludesOutput | None = None
    enabled: Annotated[bool, Field(description="True also enables one that was disabled after errors.")] | None = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return {name: getattr(self, name) for name in self.model_fields_set}
