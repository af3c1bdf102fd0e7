"""What the URL of a target does for its callers: it starts runs of the deployed version, and shows them."""

import hashlib
from dataclasses import replace
from uuid import UUID

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.errors import UnavailableError
from retinue.core.http.limits import origin_of
from retinue.core.json import JsonObject, dumps
from retinue.core.kv.port import KeyValue
from retinue.core.logging import get_logger
from retinue.core.permissions import require
from retinue.deployments import repository
from retinue.deployments.errors import CallerLimitedError, CallerUnknownError, NotDeployedError
from retinue.deployments.permissions import CALL
from retinue.deployments.registry import target_of
from retinue.deployments.types import DeployedRun, RunProblem, Served
from retinue.runs import service as runs
from retinue.runs.errors import RunMissingError
from retinue.runs.types import Released, Run, Started, StartRun, Trigger

_log = get_logger(__name__)

_RUNS = frozenset({"runs:read", "runs:write"})
_MINUTE, _HOUR = 60.0, 3600.0


async def find(database: Database, target_id: UUID) -> Served:
    """Return the deployed version of a target, before any tenant is known. Raises ``NotDeployedError``."""
    found = await repository.find_deployed(database, target_id)
    if found is None:
        raise NotDeployedError
    target = target_of(found.target_type)
    return Served(
        deployment_id=found.id,
        organization_id=found.organization_id,
        target_type=found.target_type,
        target_id=found.target_id,
        release=found.release,
        config=target.config_of(found.release.snapshot),
        face=target.face_of(found.release.snapshot),
        prompt=target.prompt_of(found.release.snapshot),
    )


async def admit(database: Database, served: Served | None, sender: Actor) -> Actor:
    """Return as whom a sender calls a URL: itself, or a caller without a key where the deployment is for anyone.

    Raises ``CallerUnknownError`` for a sender without a credential where one is needed, also where nothing is deployed;
    ``NotDeployedError`` for members of other organizations; and ``PermissionDeniedError``.
    """
    if served is not None and served.config.callers == "anyone" and sender.is_anonymous:
        return visitor(served, sender)
    if sender.is_anonymous:
        raise CallerUnknownError
    if served is None or sender.organization_id != served.organization_id:
        raise NotDeployedError
    async with database.context(sender) as ctx:
        require(ctx, CALL)
    return sender


def visitor(served: Served, sender: Actor) -> Actor:
    """Return the actor of a caller without a key: nobody, in the deployment's organization, who may start runs."""
    return replace(sender, kind=ActorKind.VISITOR, organization_id=served.organization_id, permissions=_RUNS)


async def limit(kv: KeyValue, served: Served, actor: Actor) -> None:
    """Count a run that is started without a key, by address and in all. Raises ``CallerLimitedError``.

    When the store does not answer, the run is let through: a lost limit is better than a lost service.
    """
    if actor.kind is not ActorKind.VISITOR:
        return
    address = hashlib.sha256(origin_of(actor.ip).encode()).hexdigest()[:32]
    limits = (
        (f"ratelimit:deployed:{served.target_id}:{address}", served.config.requests_per_minute, _MINUTE),
        (f"ratelimit:deployed:{served.target_id}", served.config.anonymous_runs_per_hour, _HOUR),
    )
    for key, most, seconds in limits:
        try:
            count = await kv.add(key, 1, ttl_seconds=seconds)
        except UnavailableError as error:
            _log.warning("deployments.limit_skipped", target_id=str(served.target_id), reason=error.detail)
            return
        if count.value > most:
            raise CallerLimitedError(retry_after_seconds=max(1.0, count.expires_in_seconds))


async def start(ctx: Context, served: Served, given: JsonObject, *, idempotency_key: str | None = None) -> Started:
    """Start a run of the deployed version; it stays on this version, whatever is deployed in the meantime.

    May be repeated with the same ``idempotency_key``, also after another version was deployed.
    Raises ``RequestValidationError`` for an input that the target cannot be given, and what ``runs.service.start`` raises.
    """
    run_input = target_of(served.target_type).read_input(given)
    asked = StartRun(
        type=served.target_type,
        target_id=served.target_id,
        input=run_input,
        trigger=Trigger.API,
        idempotency_key=_key(ctx.actor, served, idempotency_key),
        request_hash=hashlib.sha256(dumps([str(served.target_id), run_input], sort_keys=True)).digest(),
        priority=served.priority,
        released=Released(served.deployment_id, served.release),
    )
    return await runs.start(acting(ctx), asked)


def acting(ctx: Context) -> Context:
    """Return the context of a caller who may start and read runs of the deployment: calling it grants that and no more."""
    actor = replace(ctx.actor, permissions=ctx.actor.permissions | _RUNS)
    return Context(ctx.tx, actor, ctx.clock, ctx.resources, ctx.after_commit)


def _key(actor: Actor, served: Served, key: str | None) -> str | None:
    """Return a caller's key as one of the organization's: callers do not meet one another's, nor those of POST /runs."""
    if key is None:
        return None
    caller = actor.api_key_id or actor.user_id or "anyone"
    return f"deployed:{hashlib.sha256(f'{served.target_id}|{caller}|{key}'.encode()).hexdigest()}"


async def get(ctx: Context, served: Served, run_id: UUID) -> DeployedRun:
    """Return a run that was started at the target's URL. Raises ``RunMissingError``."""
    run = await runs.get(acting(ctx), run_id)
    if run.deployment_id is None or run.target_id != served.target_id or run.parent_run_id is not None:
        raise RunMissingError
    return await shown(ctx, served, run)


async def shown(ctx: Context, served: Served, run: Run) -> DeployedRun:
    """Return a run as its caller sees it. A run may be of an earlier deployment than the one that is served."""
    version = run.agent_version
    if version is None and run.deployment_id == served.deployment_id:
        version = served.release.version
    elif version is None and run.deployment_id is not None:
        row = await repository.get(ctx, run.deployment_id)
        version = None if row is None else row.version
    error = run.error or {}
    problem = RunProblem(str(error.get("code") or "failed"), run.error_message or "") if run.error_message else None
    return DeployedRun(
        id=run.id,
        deployment_id=run.deployment_id or run.id,
        version=version,
        status=run.status,
        output=run.output,
        error=problem,
        duration_ms=run.duration_ms,
        created_at=run.created_at,
        completed_at=run.completed_at,
    )
