"""What can be run: for each type of run, how its plan is made and whether it may be run again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.types import Release
from retinue.core.context import ActorKind, Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.runs.errors import DraftUnsupportedError
from retinue.runs.resolve import resolve_agent, resolve_team
from retinue.runs.resolve_workflow import resolve_workflow
from retinue.runs.types import EditedAgent, RunType, StartRun, TeamDraft
from retinue.teams import service as teams
from retinue.workflows import service as workflows
from retinue.workflows.types import Occasion

AnyDraft = EditedAgent | TeamDraft
D = TypeVar("D", EditedAgent, TeamDraft)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is asked for: a draft or a ``release`` takes the place of what is saved.

    With ``is_begun`` another system has begun the run already, whatever is set here.
    """

    draft: AnyDraft | None = None
    is_playground: bool = False
    release: Release | None = None
    is_begun: bool = False


class Target(Protocol):
    """A type of thing that can be run."""

    async def resolve(self, ctx: Context, target_id: UUID, asked: Asked) -> JsonObject:
        """Return the frozen plan; it has ``name``, ``limits`` and ``runtime``.

        Raises an ``Error`` that names why it cannot be run.
        """
        ...

    async def check(self, ctx: Context, target_id: UUID) -> None:
        """Check that a run of it may be repeated under its old plan. Raises an ``Error`` that names why not."""
        ...

    def check_input(self, plan: JsonObject, run_input: JsonObject) -> None:
        """Check that a run under a plan may be given an input. Raises an ``Error`` that names why not."""
        ...


class _Agents:
    async def resolve(self, ctx: Context, target_id: UUID, asked: Asked) -> JsonObject:
        own = _own(asked.draft, EditedAgent)
        return await resolve_agent(ctx, target_id, own, is_playground=asked.is_playground, release=asked.release)

    async def check(self, ctx: Context, target_id: UUID) -> None:
        await agents.check_activated(ctx, target_id)

    def check_input(self, plan: JsonObject, run_input: JsonObject) -> None:
        del plan, run_input  # a prompt, which the request's schema has demanded


class _Teams:
    async def resolve(self, ctx: Context, target_id: UUID, asked: Asked) -> JsonObject:
        own = _own(asked.draft, TeamDraft)
        changes = None if own is None else own.changes
        return await resolve_team(ctx, target_id, is_playground=asked.is_playground, release=asked.release, draft=changes)

    async def check(self, ctx: Context, target_id: UUID) -> None:
        await teams.check_exists(ctx, target_id)

    def check_input(self, plan: JsonObject, run_input: JsonObject) -> None:
        del plan, run_input  # as above


class _Workflows:
    async def resolve(self, ctx: Context, target_id: UUID, asked: Asked) -> JsonObject:
        if asked.draft is not None:
            raise _unsupported(asked.draft)
        occasion = Occasion("n8n") if asked.is_begun else _occasion(ctx, is_trial=asked.is_playground)
        return await resolve_workflow(ctx, target_id, occasion, release=asked.release)

    async def check(self, ctx: Context, target_id: UUID) -> None:
        await workflows.check_runnable(ctx, target_id, _occasion(ctx))

    def check_input(self, plan: JsonObject, run_input: JsonObject) -> None:
        definition = plan["definition"]
        if isinstance(definition, dict):
            workflows.check_input(definition, run_input)


_TRIGGERS: Mapping[ActorKind, Literal["api", "schedule", "webhook"]] = {
    ActorKind.API_KEY: "api",
    ActorKind.SYSTEM: "schedule",
    ActorKind.VISITOR: "webhook",
}


def _occasion(ctx: Context, *, is_trial: bool = False) -> Occasion:
    return Occasion(_TRIGGERS.get(ctx.actor.kind, "manual"), is_trial)


def _own(draft: AnyDraft | None, kind: type[D]) -> D | None:
    """Return a draft of the type's own kind. Raises ``DraftUnsupportedError`` for one of another."""
    if draft is not None and not isinstance(draft, kind):
        raise _unsupported(draft)
    return draft


def _unsupported(draft: AnyDraft) -> DraftUnsupportedError:
    field, kinds = ("draft", "agents") if isinstance(draft, EditedAgent) else ("team_draft", "teams")
    return DraftUnsupportedError(fields=(FieldProblem(field, f"is for {kinds}", DraftUnsupportedError.remedy),))


_TARGETS: Mapping[RunType, Target] = {RunType.AGENT: _Agents(), RunType.TEAM: _Teams(), RunType.WORKFLOW: _Workflows()}


def target_of(run_type: RunType) -> Target:
    """Return the target of a type of run."""
    return _TARGETS[run_type]


async def plan_of(ctx: Context, request: StartRun) -> JsonObject:
    """Return the frozen plan of what a request starts. Raises what the target raises."""
    release = None if request.released is None else request.released.release
    asked = Asked(request.draft, request.playground, release, request.is_begun)
    return await target_of(request.type).resolve(ctx, request.target_id, asked)
