"""What comes in over the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body, Change
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.team import MAX_MEMBERS, MemberLimits, TeamConfig
from retinue.teams.types import MemberDefinition, TeamType

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]
Icon = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Instructions = Annotated[str, StringConstraints(max_length=100_000)]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), Field(description="Why, kept with the version.")
]


class MemberBody(Body):
    """A member: an agent or a team."""

    agent_id: UUID | None = None
    team_id: UUID | None = None
    role: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = Field(
        default="", description="What it does in this team; the leader reads it."
    )
    config: MemberLimits = MemberLimits()

    def to_member(self) -> MemberDefinition:
        """Return the member as a value."""
        return MemberDefinition(self.agent_id, self.team_id, self.role, self.config)


Members = Annotated[
    tuple[MemberBody, ...],
    Field(max_length=MAX_MEMBERS, description="In their order, which is the order of their answers too."),
]


class CreateTeam(Body):
    """A new team."""

    name: Name
    description: Description = ""
    icon: Icon = "users"
    type: TeamType
    instructions: Instructions = ""
    config: TeamConfig = TeamConfig()
    members: Members = ()
    deployment_config: ServingConfig = ServingConfig()
    note: Note = ""


class UpdateTeam(Change):
    """What to change; a field that is left out stays as it is.

    ``config``, ``members`` and ``deployment_config`` are replaced whole. With
    ``version``, the change is refused when the team has another version by now.
    """

    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    name: Name | None = None
    description: Description | None = None
    icon: Icon | None = None
    type: TeamType | None = None
    instructions: Instructions | None = None
    config: TeamConfig | None = None
    members: Members | None = None
    deployment_config: ServingConfig | None = None
    note: Note = ""
