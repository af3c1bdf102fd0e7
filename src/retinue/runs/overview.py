"""The overview of a run: its origin, its descendants, the history of actions, and the total cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.engine.pricing import cost_text
from retinue.engine.records import CostState
from retinue.runs import permissions, repository_overview
from retinue.runs.repository_overview import Done, Related, Told
from retinue.runs.rules import short_id_of, usage_of
from retinue.runs.types import ResourceUsage, Run, RunStatus, RunType

_MOST_RELATED = 100
_MOST_MOMENTS = 1000


class MomentType(StrEnum):
    """What happened to a run."""

    CREATED = "created"
    STARTED = "started"
    CONTINUED = "continued"
    WAITING = "waiting"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_DECIDED = "approval_decided"
    RESUMED = "resumed"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class RunActor:
    """Who did something: ``kind`` is user or api_key; ``name`` is that of the user or of the key, null for a deleted one."""

    kind: str
    id: UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of a run's life.

    ``continued`` is a worker that goes on with the run after a pause, a resumption or the loss of another worker;
    ``details`` has its ``attempt``, the ``tool_name``, ``status`` and ``comment`` of an approval, the ``reason`` of a pause,
    the ``message`` of a failure.
    """

    type: MomentType
    at: datetime
    actor: RunActor | None
    details: JsonObject


@dataclass(frozen=True, slots=True)
class RunReference:
    """Another run, by its ids."""

    id: UUID
    short_id: str
    status: RunStatus
    target_name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class TotalCost:
    """What a run and all that descend from it cost. The fields are those of ``ResourceUsage``; ``run_count`` counts them."""

    cost_usd: str | None
    cost_state: CostState
    is_estimated: bool
    run_count: int
    model_calls: int = 0
    tool_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True, slots=True)
class RunOverview:
    """The overview of a run. Runs that are private to another person are left out; each list has at most the first 100.

    ``workflow_version`` is the version that a workflow's run carries out, whatever was published since.
    """

    id: UUID
    short_id: str
    total_cost: TotalCost
    parent: RunReference | None
    forked_from: RunReference | None
    retried_from: RunReference | None
    children: list[RunReference]
    forks: list[RunReference]
    retries: list[RunReference]
    timeline: list[Moment]
    workflow_version: int | None


_TYPES = {
    "run.started": MomentType.STARTED,
    "run.resumed": MomentType.CONTINUED,
    "run.waiting": MomentType.WAITING,
    "run.completed": MomentType.COMPLETED,
    "run.failed": MomentType.FAILED,
    "run.cancelled": MomentType.CANCELLED,
    "approval.requested": MomentType.APPROVAL_REQUESTED,
    "approval.decided": MomentType.APPROVAL_DECIDED,
}
_DETAILS = ("attempt", "tool_name", "status", "decision", "comment", "kind")
_CREATING = frozenset({"run.started", "run.retried", "run.forked"})


async def get_overview(ctx: Context, run: Run) -> RunOverview:
    """Return the overview of a run that the actor may read."""
    require(ctx, permissions.READ)
    related = await repository_overview.list_related(ctx, run.id, _MOST_RELATED)
    usages = [usage_of(each) for each in await repository_overview.list_usages(ctx, run.id)]
    told = await repository_overview.list_told(ctx, run.id, _MOST_MOMENTS)
    done = await repository_overview.list_done(ctx, run.id, _MOST_MOMENTS)
    is_workflow = run.type is RunType.WORKFLOW
    version = await repository_overview.find_workflow_version(ctx, run.id) if is_workflow else None

    def of(relation: str) -> list[RunReference]:
        return [_reference(each) for each in related if each.relation == relation]

    def one(relation: str) -> RunReference | None:
        return next(iter(of(relation)), None)

    return RunOverview(
        id=run.id,
        short_id=run.short_id,
        total_cost=total_of(usages),
        parent=one("parent"),
        forked_from=one("forked_from"),
        retried_from=one("retried_from"),
        children=of("children"),
        forks=of("forks"),
        retries=of("retries"),
        timeline=timeline_of(run, told, done),
        workflow_version=version,
    )


def _reference(related: Related) -> RunReference:
    return RunReference(
        related.id, short_id_of(related.id), RunStatus(related.status), related.target_name, related.created_at
    )


def total_of(usages: Sequence[ResourceUsage]) -> TotalCost:
    """Add up what runs cost: partial when the price of some calls is unknown."""
    counted = [each for each in usages if each.cost_state != CostState.NONE]
    figures = [Decimal(each.cost_usd) for each in counted if each.cost_usd is not None]
    state = CostState.NONE
    if counted:
        is_known = all(each.cost_state == CostState.KNOWN for each in counted)
        state = CostState.KNOWN if is_known else CostState.PARTIAL if figures else CostState.UNKNOWN
    cost = cost_text(sum(figures, Decimal(0))) if figures else None
    return TotalCost(
        cost,
        state,
        any(each.is_estimated for each in counted),
        len(usages),
        model_calls=sum(each.model_calls for each in usages),
        tool_calls=sum(each.tool_calls for each in usages),
        input_tokens=sum(each.input_tokens for each in usages),
        output_tokens=sum(each.output_tokens for each in usages),
    )


def timeline_of(run: Run, told: Sequence[Told], done: Sequence[Done]) -> list[Moment]:
    """Put the moments of a run's life in order, each with who caused it."""
    moments = [_created(run, done)]
    moments += [Moment(MomentType.RESUMED, each.at, _actor(each), {}) for each in done if each.action == "run.resumed"]
    cancelled = next((_actor(each) for each in done if each.action == "run.cancelled"), None)
    for event in told:
        actor = None if event.user_id is None else RunActor("user", event.user_id, event.user_name)
        kind = _TYPES[event.type]
        if kind is MomentType.CANCELLED:
            actor = cancelled or actor
        moments.append(Moment(kind, event.at, actor, _details(event)))
    return sorted(moments, key=lambda moment: moment.at)  # stable: what happened in one transaction stays in its order


def _created(run: Run, done: Sequence[Done]) -> Moment:
    actor = next((_actor(each) for each in done if each.action in _CREATING), None)
    if actor is None and run.triggered_by_id is not None:
        actor = RunActor("user", run.triggered_by_id, run.triggered_by_name)
    return Moment(MomentType.CREATED, run.created_at, actor, {"trigger": str(run.trigger)})


def _actor(done: Done) -> RunActor | None:
    if done.api_key_id is not None:
        return RunActor("api_key", done.api_key_id, done.api_key_name)
    return _user(done.user_id, done.user_name)


def _user(user_id: UUID | None, name: str | None) -> RunActor | None:
    return None if user_id is None else RunActor("user", user_id, name)


def _details(event: Told) -> JsonObject:
    if event.type == "run.waiting":
        return {"reason": event.data.get("waiting_reason")}
    if event.type == "run.failed":
        error = event.data.get("error")
        return {"message": error.get("message") if isinstance(error, dict) else None}
    if event.type.startswith("run.") and event.type not in ("run.started", "run.resumed"):
        return {}
    return {name: event.data[name] for name in _DETAILS if event.data.get(name) is not None}
