"""The team's specification: what is saved is validated by the same model that a run is made from."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ChildLimits, Limits, Memory, ModelChoice, ModelParameters, Spec

MAX_MEMBERS = 50
MAX_DEPTH = 3
"""Levels of teams in a team, itself included."""


class Mode(StrEnum):
    """How a team works. See ``engine.compile.team``."""

    ROUTE = "route"
    COORDINATE = "coordinate"
    COLLABORATE = "collaborate"
    TASKS = "tasks"


class Policy(StrEnum):
    """What a team does when members that work side by side fail, or are slow."""

    BEST_EFFORT = "best_effort"
    ALL = "all"
    QUORUM = "quorum"
    FIRST = "first"
    BEST_EFFORT_UNTIL = "best_effort_until"


class PartialResults(Spec):
    """The policy for partial results, and its figure: ``quorum`` members, or ``seconds``."""

    policy: Policy = Field(
        default=Policy.BEST_EFFORT,
        description="best_effort: wait for all, tell the leader which failed. all: a member that fails ends the run. "
        "quorum: go on when so many have answered, cancel the others. first: a quorum of one. "
        "best_effort_until: go on after so many seconds with what there is, cancel the others.",
    )
    quorum: Annotated[int, Field(ge=1, le=MAX_MEMBERS)] | None = None
    seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _check_figures(self) -> "PartialResults":
        if (self.quorum is not None) != (self.policy is Policy.QUORUM):
            raise ValueError("quorum goes with the policy quorum, and with no other")
        if (self.seconds is not None) != (self.policy is Policy.BEST_EFFORT_UNTIL):
            raise ValueError("seconds go with the policy best_effort_until, and with no other")
        return self


class Sharing(Spec):
    """What members are shown beside their task. By default nothing."""

    history: bool = Field(default=False, description="The conversation before, as much as the team's memory holds.")
    answers: bool = Field(default=False, description="What members answered earlier in this run.")
    state: bool = Field(
        default=False,
        description="A document that members read, and change by a field `state` of an answer that is an object.",
    )


class MemberLimits(ChildLimits):
    """Limits of one member's run; each may only tighten what the member itself has. ``retries`` are further attempts."""


class TeamConfig(Spec):
    """The column ``teams.config``. ``limits`` are those of the leader; ``max_cost_usd`` counts the members too."""

    model: ModelChoice = ModelChoice()
    parameters: ModelParameters = ModelParameters()
    limits: Limits = Limits()
    memory: Memory = Memory()
    output_schema: JsonObject | None = Field(
        default=None, description="A JSON Schema (2020-12) object that the team's answer must fit."
    )
    max_parallel: Annotated[int, Field(ge=1, le=MAX_MEMBERS)] = Field(
        default=4, description="How many members work at the same time."
    )
    max_rounds: Annotated[int, Field(ge=1, le=50)] = Field(
        default=6, description="How many times the leader may send members out; then it must answer."
    )
    max_delegations: Annotated[int, Field(ge=1, le=1000)] = 50
    partial_results: PartialResults = PartialResults()
    sharing: Sharing = Sharing()
    leader_writes_task: bool = Field(
        default=False,
        description="route and collaborate: the leader writes what members are asked. Otherwise they get the input itself. "
        "In coordinate and tasks the leader always does.",
    )
