"""The verbs of runs: start, read, cancel, retry, resume, fork. Every door of the platform that starts a run comes here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from retinue.agents.types import Release
from retinue.core import audit
from retinue.core.context import ActorKind, Context
from retinue.core.db.pages import Page, Position, Ranked, decode, decode_ranked, encode_ranked, page_by, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import RunId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.runs import (
    decided,
    history,
    permissions,
    replaying,
    repository,
    repository_ranking,
    repository_starting,
    rules,
    starting,
)
from retinue.runs.artifacts import service as artifacts
from retinue.runs.cancelling import cancel_family
from retinue.runs.errors import (
    IdempotencyKeyReusedError,
    InputNotForkableError,
    PlaygroundDeniedError,
    RunMissingError,
    RunNotFailedError,
    RunNotOverError,
    RunOverError,
    StepMissingError,
    StepNotForkableError,
)
from retinue.runs.labels import service as labels
from retinue.runs.repository_steps import list_recorded
from retinue.runs.run_from import RunFrom, plan_from
from retinue.runs.showing import shown
from retinue.runs.starting import KnownPlan, plans_of
from retinue.runs.targets import Asked, plan_of, target_of
from retinue.runs.types import NewRun, Run, RunFilter, RunSort, RunStatus, RunType, Started, StartRun

READING = permissions.READ
"""The permission without which nobody follows a run."""
WRITING = permissions.WRITE
"""The permission without which nobody starts a run, nor anything that starts runs."""
_CANCELLED_AT_ONCE = 50
_OVER = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})


async def start(ctx: Context, request: StartRun) -> Started:
    """Start a run: its frozen plan, its row and the audit entry are one commit. It is pending until a worker may begin it.

    May be repeated with the same ``idempotency_key``: the same request gives the same run. Raises
    ``IdempotencyKeyReusedError``, what the target raises, and ``LimitsTooWideError`` and ``InvalidError`` for the limits.
    """
    require(ctx, permissions.WRITE)
    if request.playground:
        _check_playground(ctx)
    sources = await repository_starting.get_sources(ctx, request.target_id) if starting.is_plain(request) else None
    plan = await plan_of(ctx, request)
    new = _new_of(ctx, request, plan)
    made = await repository_starting.start(ctx, new, _entry(ctx, new, "run.started"))
    if not made.is_new:
        if made.known_hash != new.request_hash:
            raise IdempotencyKeyReusedError
        return Started(await get(ctx, made.run_id), is_replay=True)
    if sources is not None and made.plan_hash is not None and starting.is_remembered(plan):
        known = KnownPlan(made.plan_hash, sources, new.target_name, new.agent_version)
        organization_id = ctx.organization_id
        ctx.after_commit.append(lambda: plans_of(ctx.resources).note(organization_id, request.target_id, known))
    _tell_pending(ctx, new.id, 0)
    return Started(shown(ctx.organization_id, new, made), is_replay=False)


async def start_many(ctx: Context, requests: Sequence[StartRun]) -> list[UUID]:
    """Start runs of saved targets without idempotency keys together; return their ids in the order of the requests.

    Each target is resolved once. Raises as ``start`` does; then roll the transaction back.
    """
    require(ctx, permissions.WRITE)
    plans: dict[tuple[RunType, UUID], JsonObject] = {}
    made: list[NewRun] = []
    for request in requests:
        key = (request.type, request.target_id)
        if key not in plans:
            plans[key] = await plan_of(ctx, request)
        made.append(_new_of(ctx, request, dict(plans[key])))
    await repository_starting.start_many(ctx, [(new, _entry(ctx, new, "run.started")) for new in made])
    for new in made:
        _tell_pending(ctx, new.id, 0)
    return [new.id for new in made]


def _new_of(ctx: Context, request: StartRun, plan: JsonObject) -> NewRun:
    plan = replaying.as_asked(plan, request)
    if not request.is_begun:
        target_of(request.type).check_input(plan, request.input)
    plan["limits"] = rules.tighten(rules.document(plan["limits"]), request.limits)
    return starting.new_of(ctx.actor, request, str(plan["name"]), rules.version_of(plan), plan)


def _check_playground(ctx: Context) -> None:
    if ctx.actor.kind is ActorKind.API_KEY:
        problem = FieldProblem("playground", "is for signed-in persons", PlaygroundDeniedError.remedy)
        raise PlaygroundDeniedError(fields=(problem,))


async def resolve(ctx: Context, run_type: RunType, target_id: UUID, release: Release | None = None) -> JsonObject:
    """Return the plan of a run of a release, or of what is saved, inactive or not. Raises what the target raises."""
    return await target_of(run_type).resolve(ctx, target_id, Asked(is_playground=release is None, release=release))


async def get(ctx: Context, run_id: UUID) -> Run:
    """Return a run. Raises ``RunMissingError``."""
    require(ctx, permissions.READ)
    run = await repository.get_run(ctx, run_id)
    if run is None:
        raise RunMissingError
    return run


async def find_started(ctx: Context, idempotency_key: str, request_hash: bytes) -> Run | None:
    """Return the run that was started under a key, if any. Raises ``IdempotencyKeyReusedError`` when it was for another."""
    require(ctx, permissions.READ)
    found = await repository.find_by_key(ctx, idempotency_key)
    if found is None:
        return None
    if found[1] != request_hash:
        raise IdempotencyKeyReusedError
    return await get(ctx, found[0])


async def require_exists(ctx: Context, run_id: UUID) -> None:
    """See to it that there is such a run that the actor may read. Raises ``RunMissingError``."""
    require(ctx, permissions.READ)
    if not await repository.has_run(ctx, run_id):
        raise RunMissingError


async def list_runs(
    ctx: Context, wanted: RunFilter, limit: int, cursor: str | None, sort: RunSort = RunSort.NEWEST
) -> Page[Run]:
    """Return a page of the organization's runs; in another order, or with a text, of the newest 50,000 of them."""
    require(ctx, permissions.READ)
    if sort is not RunSort.NEWEST:
        after = None if cursor is None else decode_ranked(cursor, sort)
        ranked = await repository_ranking.list_ranked(ctx, wanted, sort, after, limit + 1)
        page = page_by(ranked, limit, lambda each: encode_ranked(Ranked(sort, each[1], each[0].id)))
        return Page([run for run, _ in page.items], page.next_cursor)
    before = None if cursor is None else decode(cursor)
    rows = await repository.list_runs(ctx, wanted, before, limit + 1)
    return page_of(rows, limit, lambda run: Position(run.created_at, run.id))


async def update(ctx: Context, run_id: UUID, tags: list[str] | None, metadata: dict[str, str] | None) -> Run:
    """Replace a run's tags and metadata; None leaves either as it is. Raises ``RunMissingError``."""
    require(ctx, permissions.WRITE)
    before = await get(ctx, run_id)
    was, now = rules.label_changes(before, tags, metadata)
    if not now:
        return before
    await labels.relabel(ctx, run_id, tags, metadata)
    await audit.record(ctx, "run.updated", ("run", run_id), before=was, after=now)
    return await get(ctx, run_id)


async def cancel(ctx: Context, run_id: UUID) -> Run:
    """Cancel a run and all that descend from it, in one commit: nothing they still try to write is taken any more.

    Raises ``RunMissingError``, ``RunOverError``.
    """
    require(ctx, permissions.WRITE)
    before = await get(ctx, run_id)
    if not await cancel_family(ctx, run_id):
        raise RunOverError(f"The run is over already: {before.status}.")
    await audit.record(ctx, "run.cancelled", ("run", run_id), before={"status": str(before.status)})
    return await get(ctx, run_id)


async def cancel_some(ctx: Context) -> int:
    """Cancel up to 50 unfinished runs of the context's organization, with their descendants; return how many it found.

    For the deletion of an organization, by the platform itself.
    """
    run_ids = await repository.list_unfinished(ctx, _CANCELLED_AT_ONCE)
    for run_id in run_ids:
        await cancel_family(ctx, run_id)
    return len(run_ids)


async def retry(ctx: Context, run_id: UUID, tags: list[str] | None = None, metadata: dict[str, str] | None = None) -> Run:
    """Start a new run from the same plan and input, and with the same tags and metadata unless others are given.

    Raises ``RunMissingError``, ``RunNotOverError``, and ``AgentInactiveError`` unless it was a playground run.
    """
    require(ctx, permissions.WRITE)
    before, plan, run_input = await _get_finished(ctx, run_id)
    new = replace(
        _clone_request(ctx, before, plan, run_input), retry_of_run_id=run_id, conversation_id=before.conversation_id
    )
    new = replace(new, labels=new.labels.changed(tags, metadata))
    made = await repository_starting.start(ctx, new, _entry(ctx, new, "run.retried"))
    _tell_pending(ctx, new.id, 0)
    return shown(ctx.organization_id, new, made)


async def resume(ctx: Context, run_id: UUID) -> Run:
    """Let a failed run go on from its last step, under its own plan but with the limits its agent has now.

    Raises ``RunMissingError``, ``RunNotFailedError``, and what the target raises when it cannot be run.
    """
    require(ctx, permissions.WRITE)
    before = await get(ctx, run_id)
    if before.status != RunStatus.FAILED:
        raise RunNotFailedError(f"The run is {before.status}.")
    await history.demand_own(ctx, run_id)
    if not await repository.reopen(ctx, run_id, await _present_limits(ctx, before)):
        raise RunNotFailedError
    await audit.record(ctx, "run.resumed", ("run", run_id), before={"error": before.error})
    _tell_pending(ctx, RunId(run_id), before.last_sequence)
    return await get(ctx, run_id)


async def fork(
    ctx: Context,
    run_id: UUID,
    step_id: UUID,
    amendment: JsonObject | None,
    *,
    tags: list[str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Run:
    """Start a new run that has behind it what another had done before one of its steps, and goes on from there.

    ``amendment`` takes the place of the input when the step is among the first; else see ``history.amend``. ``tags`` and
    ``metadata`` are those of the other run when None. Raises ``RunMissingError``, ``StepMissingError``,
    ``RunNotOverError``, ``InputNotForkableError``, ``StepNotForkableError``; ``AgentInactiveError`` unless a playground run.
    """
    require(ctx, permissions.WRITE)
    before, plan, own_input = await _get_finished(ctx, run_id)
    history.demand_own_plan(plan)
    place = await repository.get_step_place(ctx, run_id, step_id)
    if place is None or place[2]:
        raise StepMissingError if place is None else StepNotForkableError
    is_repeated = place[1] and "arguments" not in (amendment or {})
    if amendment and before.type is RunType.WORKFLOW:
        if not is_repeated:
            raise InputNotForkableError("A later step of a workflow takes no other input.", remedy="Send no input.")
        target_of(before.type).check_input(plan, amendment)
    if before.type is RunType.WORKFLOW and not is_repeated and not before.dry_run:
        decided.check_fork(plan, await list_recorded(ctx, run_id), step_id)
    new = _clone_request(ctx, before, plan, amendment if amendment and is_repeated else own_input)
    labels = new.labels.changed(tags, metadata)
    new = replace(new, forked_from_run_id=run_id, conversation_id=before.conversation_id, labels=labels)
    made = await repository_starting.start(ctx, new, _entry(ctx, new, "run.forked"))
    if not is_repeated:
        await repository.copy_progress(ctx, run_id, step_id, new.id)
        if amendment:
            await history.amend(ctx, RunId(run_id), new.id, step_id, amendment)
    _tell_pending(ctx, new.id, 0)
    return shown(ctx.organization_id, new, made)


async def run_from(
    ctx: Context,
    run_id: UUID,
    wanted: RunFrom,
    *,
    tags: list[str] | None = None,
    metadata: dict[str, str] | None = None,
) -> Run:
    """Start a new run of a workflow that begins at a node of a finished one: nothing before the node is executed.

    It follows the version that the other run followed, or the newest one as a trial. Raises ``RunMissingError``,
    ``RunNotOverError``, ``InvalidError`` for the node, and what the target raises when it cannot be run.
    """
    require(ctx, permissions.WRITE)
    before, plan, run_input = await _get_finished(ctx, run_id)
    if before.type is not RunType.WORKFLOW:
        raise replaying.refusal("node", "is for runs of workflows", "Fork the run from a step instead.")
    if wanted.is_newest:
        _check_playground(ctx)
        plan = await target_of(before.type).resolve(ctx, before.target_id, Asked(is_playground=True))
    history.demand_own_plan(plan)
    wanted = replace(wanted, dry_run=wanted.dry_run or before.dry_run)
    plan = plan_from(plan, await list_recorded(ctx, run_id), wanted)
    new = replace(
        _clone_request(ctx, before, plan, run_input),
        agent_version=rules.version_of(plan),
        forked_from_run_id=run_id,
        playground=before.playground or wanted.is_newest or wanted.dry_run or bool(wanted.pins),
        dry_run=wanted.dry_run,
    )
    new = replace(new, labels=new.labels.changed(tags, metadata))
    made = await repository_starting.start(ctx, new, _entry(ctx, new, "run.forked"))
    _tell_pending(ctx, new.id, 0)
    return shown(ctx.organization_id, new, made)


async def erase_conversation(ctx: Context, conversation_id: UUID) -> list[str]:
    """Cancel and delete every run of a conversation; return the storage keys of the files they made, which then follow."""
    require(ctx, permissions.WRITE)
    return await _erase(ctx, await repository.list_of_conversation(ctx, conversation_id))


async def erase_visitor(ctx: Context, visitor_id: UUID) -> list[str]:
    """Cancel and delete every run of a visitor of a chat page; return the storage keys of their files, which then follow."""
    require(ctx, permissions.WRITE)
    return await _erase(ctx, await repository.list_of_visitor(ctx, visitor_id))


async def list_of_visitor(ctx: Context, visitor_id: UUID, since: datetime, limit: int) -> list[Run]:
    """Return a visitor's newest runs since an instant, the oldest of them first. The caller has checked whose they are."""
    found = await repository.get_runs(ctx, (await repository.list_chat_of_visitor(ctx, visitor_id, since))[-limit:])
    return sorted(found.values(), key=lambda run: (run.created_at, run.id))


async def cancel_for_erasure(ctx: Context, run_ids: list[UUID]) -> list[str]:
    """Cancel runs that will be deleted; return the storage keys of the files they made."""
    for run_id in run_ids:
        await cancel_family(ctx, run_id)
    return await artifacts.list_keys(ctx, run_ids)


async def _erase(ctx: Context, run_ids: list[UUID]) -> list[str]:
    keys = await cancel_for_erasure(ctx, run_ids)
    await repository.delete_runs(ctx, run_ids)
    return keys


async def _get_finished(ctx: Context, run_id: UUID) -> tuple[Run, JsonObject, JsonObject]:
    run = await get(ctx, run_id)
    if run.status not in _OVER:
        raise RunNotOverError(f"The run is {run.status}.")
    await _check_target(ctx, run)
    found = await repository.get_plan(ctx, run_id)
    if found is None:
        raise RunMissingError
    return run, *found


async def _check_target(ctx: Context, run: Run) -> None:
    """Check that a run may be repeated: its target may be run by now, or it was a trial and is one again."""
    if run.playground:
        _check_playground(ctx)
    else:
        await target_of(run.type).check(ctx, run.target_id)


def _clone_request(ctx: Context, before: Run, plan: JsonObject, run_input: JsonObject) -> NewRun:
    run_id, caller = RunId(new_id()), rules.trace_parent_of(ctx.actor)
    return NewRun(
        id=run_id,
        type=before.type,
        target_id=before.target_id,
        target_name=before.target_name,
        agent_id=before.agent_id,
        agent_version=before.agent_version,
        plan=plan,
        input=run_input,
        trigger=rules.trigger_of(ctx.actor),
        playground=before.playground,
        dry_run=before.dry_run,
        trace_id=run_id.hex if caller is None else caller.trace_id,
        caller_span_id=None if caller is None else caller.span_id,
        deployment_id=before.deployment_id,
        triggered_by_id=ctx.actor.user_id,
        priority=before.priority,
        labels=before.labels,
    )


async def _present_limits(ctx: Context, run: Run) -> JsonObject | None:
    if run.deployment_id is not None:  # it stays on its version, limits included
        await _check_target(ctx, run)
        return None
    if run.playground:
        _check_playground(ctx)
    plan = await target_of(run.type).resolve(ctx, run.target_id, Asked(is_playground=run.playground))
    return rules.document(plan["limits"])


def _entry(ctx: Context, new: NewRun, action: str) -> JsonObject:
    return starting.entry_of(ctx.actor, new, action)


def _tell_pending(ctx: Context, run_id: RunId, sequence: int) -> None:
    bus, organization_id = ctx.resources.bus, ctx.organization_id
    ctx.after_commit.append(lambda: starting.tell_pending(bus, organization_id, run_id, sequence))
