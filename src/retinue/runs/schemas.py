"""What comes in over the wire."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field, StringConstraints, model_validator

from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.http.request_models import Body, Change
from retinue.core.json import Json, JsonObject
from retinue.core.validation import form
from retinue.engine.spec.agent import AgentConfig
from retinue.engine.spec.input import InputBody
from retinue.engine.spec.team import MAX_MEMBERS, MemberLimits, TeamConfig
from retinue.runs.labels.types import Labels, Metadata, RunTag, Tags
from retinue.runs.run_from import RunFrom
from retinue.runs.types import EditedAgent, RunType, StartRun, TeamDraft
from retinue.teams.types import TeamType, mode_of


class DraftBody(Body):
    """An agent with unsaved changes."""

    instructions: Annotated[str, Field(max_length=100_000)] | None = None
    config: AgentConfig | None = None


class MemberDraftBody(Body):
    """A member of a team that is tried: an agent or a team."""

    agent_id: UUID | None = None
    team_id: UUID | None = None
    role: Annotated[str, Field(max_length=2000)] = ""
    config: MemberLimits = MemberLimits()


class TeamDraftBody(Change):
    """A team with unsaved changes: another mode, another roster, another configuration."""

    type: TeamType | None = None
    instructions: Annotated[str, Field(max_length=100_000)] | None = None
    config: TeamConfig | None = None
    members: Annotated[tuple[MemberDraftBody, ...], Field(max_length=MAX_MEMBERS)] | None = None

    def to_draft(self) -> TeamDraft:
        """Return the fields that are given."""
        changes: JsonObject = self.model_dump(mode="json", include=self.model_fields_set)
        return TeamDraft(changes if self.type is None else changes | {"type": mode_of(self.type)})


class StartBody(Body):
    """A run to start."""

    type: RunType = Field(default=RunType.AGENT, description="What to run.")
    target_id: UUID = Field(description="The id of the agent, team or workflow.")
    input: InputBody
    limits: JsonObject | None = Field(
        default=None,
        description="Lower limits for this run only: max_steps, max_tool_calls, max_cost_usd, timeout_seconds, …",
    )
    draft: DraftBody | None = Field(default=None, description="Replaces the saved agent for this run only.")
    team_draft: TeamDraftBody | None = Field(default=None, description="Replaces the saved team for this run only.")
    playground: bool = Field(
        default=False,
        description="Run in the playground, where inactive agents run too. For signed-in users; refused for API keys.",
    )
    priority: Annotated[int, Field(ge=-100, le=100)] | None = Field(
        default=None, description="Runs of higher priority are admitted first; by default the agent's priority."
    )
    tags: Tags = Field(default_factory=list[str])
    metadata: Metadata = Field(default_factory=dict[str, str])

    def to_request(self, idempotency_key: str | None) -> StartRun:
        """Return the request as a value."""
        draft: EditedAgent | TeamDraft | None = None if self.team_draft is None else self.team_draft.to_draft()
        if self.draft is not None:
            if draft is not None:
                raise InvalidError(fields=(FieldProblem("team_draft", "is given beside draft", "Give one of the two."),))
            config = None if self.draft.config is None else self.draft.config.model_dump(mode="json")
            draft = EditedAgent(self.draft.instructions, config)
        return StartRun(
            type=self.type,
            target_id=self.target_id,
            input=self.input.to_document(),
            limits=self.limits,
            draft=draft,
            playground=self.playground,
            priority=self.priority,
            idempotency_key=idempotency_key,
            labels=Labels(tuple(self.tags), self.metadata),
        )


Pins = Annotated[
    dict[Annotated[str, Field(max_length=1_000)], Any],
    Field(
        max_length=500,
        description="Results of nodes, by id (`map/node` inside a map or a loop). These nodes are not executed, and the run"
        " is not counted.",
    ),
]
DryRun = Annotated[
    bool,
    Field(
        description="Make no call with effects outside: the step shows what would have been called. Nobody is asked, and the"
        " run is not counted."
    ),
]


class StartWorkflowBody(Body):
    """A run of a workflow to start."""

    input: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="The workflow's input, which must fit its input_schema."
    )
    limits: JsonObject | None = Field(
        default=None, description="Lower limits for this run only: max_steps, max_cost_usd, timeout_seconds."
    )
    playground: bool = Field(
        default=False,
        description="Run the newest version as a trial, of an inactive workflow too; a trial is not counted. For signed-in"
        " users; refused for API keys.",
    )
    pins: Pins = Field(default_factory=dict[str, Any])
    dry_run: DryRun = False
    priority: Annotated[int, Field(ge=-100, le=100)] | None = Field(
        default=None, description="Runs of higher priority are admitted first."
    )
    tags: Tags = Field(default_factory=list[str])
    metadata: Metadata = Field(default_factory=dict[str, str])

    def to_request(self, workflow_id: UUID, idempotency_key: str | None) -> StartRun:
        """Return the request as a value."""
        return StartRun(
            type=RunType.WORKFLOW,
            target_id=workflow_id,
            input=self.input,
            limits=self.limits,
            playground=self.playground,
            pins=self.pins,
            dry_run=self.dry_run,
            priority=self.priority,
            idempotency_key=idempotency_key,
            labels=Labels(tuple(self.tags), self.metadata),
        )


class UpdateBody(Change):
    """Fields of a run to change. Omitted fields are not changed."""

    tags: Tags | None = None
    metadata: Metadata | None = None


class RetryBody(Body):
    """Tags and metadata of a run that is started from another; each is that of the other run when left out."""

    tags: Tags | None = None
    metadata: Metadata | None = None


class ForkBody(RetryBody):
    """A step to fork from. Tags and metadata are those of the forked run when left out."""

    step_id: UUID = Field(description="The step from which the new run continues. The step is executed again.")
    input: InputBody | None = Field(
        default=None,
        description="For a first step another input; for a later model step an additional prompt.",
    )
    arguments: JsonObject | None = Field(
        default=None, description="For a tool step: arguments that replace those of the model."
    )

    @model_validator(mode="after")
    def _check_one(self) -> "ForkBody":
        if self.input is not None and self.arguments is not None:
            raise ValueError("give either input or arguments, by the sort of the step")
        return self

    def to_amendment(self) -> JsonObject | None:
        """Return what the step is given instead; None for nothing."""
        if self.arguments is not None:
            return {"arguments": self.arguments}
        return None if self.input is None else self.input.to_document()


class RunFromBody(RetryBody):
    """A node of a finished run of a workflow to run from. Tags and metadata are those of the run when left out."""

    node: str = Field(max_length=1_000, description="The id of the node. It and what follows it are executed.")
    visit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(
        default=None, description="Which visit of the node, from 1; by default the last one."
    )
    input: Json = Field(
        default=None,
        description="Replaces the input of the node: for an http node {url, headers, query, body}, for a model node"
        " {messages}, some of them or all.",
    )
    pins: Pins = Field(default_factory=dict[str, Any])
    dry_run: DryRun = False
    version: Literal["recorded", "newest"] = Field(
        default="recorded", description="Follow the version of the run, or the newest one; the latter is a trial."
    )

    def to_request(self) -> RunFrom:
        """Return the request as a value."""
        given = (self.input,) if "input" in self.model_fields_set else None
        return RunFrom(self.node, self.visit, given, self.pins, self.dry_run, self.version == "newest")


TagFilter = Annotated[
    list[RunTag] | None,
    Query(max_length=10, description="Only runs that have this tag. Repeat it: only runs that have all of them."),
]
MetadataFilter = Annotated[
    list[
        Annotated[
            str,
            StringConstraints(
                max_length=577,
                pattern=form(r"^[^:]{1,64}:", "must be a key of up to 64 characters and a value, as in key:value"),
            ),
        ]
    ]
    | None,
    Query(
        max_length=10,
        description="`key:value`: only runs whose metadata has this entry. Repeat it: only runs that have all of them.",
    ),
]


def entries_of(given: Sequence[str] | None) -> dict[str, str]:
    """Read entries that are written as ``key:value``. Raises ``InvalidError`` for two values of one key."""
    entries: dict[str, str] = {}
    for each in given or ():
        key, _, value = each.partition(":")
        if entries.setdefault(key, value) != value:
            problem = FieldProblem("metadata", f"asks for two values of {key!r}, which no run has", "Ask for one of them.")
            raise InvalidError(f"metadata {problem.message}.", remedy=problem.remedy, fields=(problem,))
    return entries
