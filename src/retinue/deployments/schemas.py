"""What comes in over the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.deployments.types import NewDeployment
from retinue.runs.types import RunType

_HIGHEST = 2_147_483_647


class CreateDeployment(Body):
    """A version to deploy."""

    target_type: RunType = Field(default=RunType.AGENT, description="What to deploy: an agent, a team or a workflow.")
    target_id: UUID = Field(description="The id of the agent, team or workflow.")
    version: Annotated[int, Field(ge=1, le=_HIGHEST)] | None = Field(
        default=None, description="One of its versions; the newest when left out."
    )
    deploy_at: AwareDatetime | None = Field(
        default=None, description="An instant within the next 366 days; at once when left out."
    )
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)] = ""

    def to_new(self) -> NewDeployment:
        """Return the request as a value."""
        return NewDeployment(self.target_type, self.target_id, self.version, self.note, self.deploy_at)


class ChatBody(Body):
    """A visitor's message."""

    content: Annotated[str, StringConstraints(max_length=8000)]
