"""What workers do with deployments: check a version and make it the deployed one; deploy what was saved."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from retinue.core import audit, timers
from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.json import JsonObject
from retinue.core.outbox import Event
from retinue.core.timers import Timer
from retinue.deployments import repository, service
from retinue.deployments.events import DEPLOYED
from retinue.deployments.ports import Examine
from retinue.deployments.registry import target_of
from retinue.deployments.repository import Row
from retinue.deployments.types import Check, CheckStatus, DeploymentStatus, NewDeployment
from retinue.runs.types import RunType

DEPLOY_CHANGE = "deployments.deploy_change"
"""Timer: a saved version is due to be deployed; its subject is the target."""
_MAX_ATTEMPTS = 3
_LOST = "The version could not be checked in three attempts: the worker was lost, or the checks timed out. Deploy it again."
_OVERTAKEN = "A deployment that began later was deployed already."


async def deploy(database: Database, timer: Timer) -> None:
    """Check a version and make it the deployed one, or fail with the reason. The version before serves until then.

    Started again when the worker is lost: checks write nothing, and the end is one commit with the timer's removal.
    """
    organization_id, deployment_id = timer.organization_id, timer.subject_id
    async with database.system_context([organization_id]) as ctx:
        row = await repository.get(ctx, deployment_id)
        if row is None or row.status not in (DeploymentStatus.PENDING, DeploymentStatus.DEPLOYING):
            await timers.finish(ctx, timer)
            return
        if timer.attempts > _MAX_ATTEMPTS:
            await _fail(ctx, row, timer, _LOST)
            return
        examines = target_of(row.target_type).checks_of(database, organization_id, row.target_id, row.release)
        checks = [Check(name, CheckStatus.PENDING, None) for name in examines]
        await repository.begin(ctx, deployment_id, checks)
        service.tell(ctx, deployment_id, row.target_id, DeploymentStatus.DEPLOYING)
    problem = await _examine(database, row, checks, examines)
    async with database.system_context([organization_id]) as ctx:
        if problem is not None:
            await _fail(ctx, row, timer, problem)
        else:
            await _succeed(ctx, row, timer)


async def _examine(database: Database, row: Row, checks: list[Check], examines: Mapping[str, Examine]) -> str | None:
    """Make the checks one after the other, each told; return the reason of the first that fails."""
    for place, (name, examine) in enumerate(examines.items()):
        checks[place] = Check(name, CheckStatus.RUNNING, None)
        await _note(database, row, checks)
        try:
            await examine()
        except Error as error:
            reason = _reason(error)
            checks[place] = Check(name, CheckStatus.FAILED, reason)
            await _note(database, row, checks)
            return reason
        checks[place] = replace(checks[place], status=CheckStatus.PASSED)
    await _note(database, row, checks)
    return None


def _reason(error: Error) -> str:
    named = [f"{each.field} {each.message}" for each in error.fields]
    remedies = dict.fromkeys([each.remedy for each in error.fields if each.remedy] or [error.remedy_text or ""])
    text = ". ".join(named) + "." if named else error.detail
    return f"{text} {' '.join(remedies)}".strip()[:2000]


async def _note(database: Database, row: Row, checks: list[Check]) -> None:
    async with database.system_context([row.organization_id]) as ctx:
        if await repository.note_checks(ctx, row.id, checks):
            service.tell(ctx, row.id, row.target_id, DeploymentStatus.DEPLOYING)


async def _fail(ctx: Context, row: Row, timer: Timer, reason: str) -> None:
    # The deployment's row before the timer's, in the order of ``stop``.
    if await repository.end(ctx, row.id, DeploymentStatus.FAILED, reason):
        after: JsonObject = {"status": DeploymentStatus.FAILED, "error_message": reason}
        await audit.record(ctx, "deployment.failed", ("deployment", row.id), after=after)
        service.tell(ctx, row.id, row.target_id, DeploymentStatus.FAILED)
    await timers.finish(ctx, timer)


async def _succeed(ctx: Context, row: Row, timer: Timer) -> None:
    await repository.lock_target(ctx, row.target_id)
    held = await service.held(ctx, row.id)
    await timers.finish(ctx, timer)
    if held.status is not DeploymentStatus.DEPLOYING:
        return
    if await repository.is_overtaken(ctx, row.id):
        await repository.end(ctx, row.id, DeploymentStatus.STOPPED, _OVERTAKEN)
        service.tell(ctx, row.id, row.target_id, DeploymentStatus.STOPPED)
        return
    await repository.deploy(ctx, row, service.path_of(row.target_id))
    await target_of(row.target_type).start_serving(ctx, row.target_id)
    after: JsonObject = {"status": DeploymentStatus.DEPLOYED, "target_id": str(row.target_id), "version": row.version}
    await audit.record(ctx, "deployment.deployed", ("deployment", row.id), after=after)
    await events.append(ctx, DEPLOYED, {"deployment_id": str(row.id)})
    service.tell(ctx, row.id, row.target_id, DeploymentStatus.DEPLOYED)


async def note_saved(ctx: Context, event: Event) -> None:
    """Have a saved version deployed after the delay that it says; one that is saved in the meantime takes its place."""
    kind = next(each for each in RunType if f"{each}_id" in event.payload)
    target_id = UUID(str(event.payload[f"{kind}_id"]))
    config = await target_of(kind).get_saved_config(ctx, target_id)
    if config is not None:
        due_at = ctx.now + timedelta(seconds=config.auto_deploy_delay_seconds)
        await timers.schedule(ctx, DEPLOY_CHANGE, target_id, due_at, {"target_type": kind})


async def deploy_change(ctx: Context, timer: Timer) -> None:
    """Deploy the newest version of a target, if its saved versions are (still) deployed."""
    kind = RunType(str(timer.payload["target_type"]))
    config = await target_of(kind).get_saved_config(ctx, timer.subject_id)
    if config is not None and config.auto_deploy:
        await service.create_of_change(ctx, NewDeployment(kind, timer.subject_id), config.auto_deploy_delay_seconds)
