"""What comes in over the wire."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.core.json import Json
from retinue.runs.external_events.types import NewEvent

Name = Annotated[str, Field(min_length=1, max_length=200)]


class SendEventBody(Body):
    """An event."""

    name: Name = Field(description="What the nodes of type `wait_for_event` have as `event`.", examples=["payment.received"])
    key: Name | None = Field(
        default=None, description="What a node's `correlation` must equal; a node without one takes any key."
    )
    payload: Json = Field(default=None, description="Part of the node's result.")
    external_id: Name | None = Field(
        default=None, description="Your id of the event. Sent again under it, the event answers nothing again."
    )

    def to_event(self) -> NewEvent:
        """Return the event as a value."""
        return NewEvent(self.name, self.key, self.payload, self.external_id)
