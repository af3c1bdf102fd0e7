"""The verbs of deployments: deploy a version, roll back, stop. The checks and the change of versions follow in a worker."""

from datetime import datetime, timedelta
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Context
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.deployments import repository
from retinue.deployments.errors import (
    DeploymentCurrentError,
    DeploymentInvalidError,
    DeploymentMissingError,
    DeploymentNeverDeployedError,
    DeploymentOverError,
)
from retinue.deployments.permissions import READ, WRITE
from retinue.deployments.registry import target_of
from retinue.deployments.repository import Filters, NewRow, Row
from retinue.deployments.types import Deployment, DeploymentStatus, NewDeployment, TriggerType

DEPLOY = "deployments.deploy"
"""Timer: a deployment is due; its subject is the deployment."""
_LONGEST_AHEAD = timedelta(days=366)
_LIVE = frozenset({DeploymentStatus.PENDING, DeploymentStatus.DEPLOYING, DeploymentStatus.DEPLOYED})


async def create(ctx: Context, new: NewDeployment) -> Deployment:
    """Write a pending deployment of a version, the timer that begins it, and an audit entry.

    Raises ``DeploymentInvalidError`` for an instant that is past or more than a year away, and what the target's package
    raises when the target or its version is missing, or the version has an older form.
    """
    require(ctx, WRITE)
    if new.deploy_at is None:
        return await _create(ctx, new, TriggerType.MANUAL, {}, ctx.now)
    if not ctx.now < new.deploy_at <= ctx.now + _LONGEST_AHEAD:
        raise DeploymentInvalidError.of(
            "deploy_at", "is not within the next 366 days", "Leave it out to deploy now, or send a later instant."
        )
    return await _create(ctx, new, TriggerType.SCHEDULED, {"deploy_at": new.deploy_at.isoformat()}, new.deploy_at)


async def create_of_change(ctx: Context, new: NewDeployment, delay_seconds: int) -> Deployment | None:
    """Deploy a target's newest version because it was saved, unless it is deployed or about to be. For the platform."""
    release = await target_of(new.target_type).read(ctx, new.target_id, None)
    newest = await repository.get_newest_live(ctx, new.target_id)
    if newest is not None and newest.version >= release.version:
        return None
    return await _create(ctx, new, TriggerType.CONFIG_CHANGE, {"delay_seconds": delay_seconds}, ctx.now)


async def _create(
    ctx: Context, new: NewDeployment, trigger: TriggerType, trigger_config: JsonObject, due_at: datetime
) -> Deployment:
    target = target_of(new.target_type)
    release = await target.read(ctx, new.target_id, new.version)
    target.config_of(release.snapshot)
    row = NewRow(new_id(), new.target_type, new.target_id, release, trigger, trigger_config, new.note)
    return await _insert(ctx, row, due_at)


async def _insert(ctx: Context, new: NewRow, due_at: datetime) -> Deployment:
    await repository.insert(ctx, new)
    await timers.schedule(ctx, DEPLOY, new.id, due_at)
    facts: JsonObject = {
        "target_type": new.target_type,
        "target_id": str(new.target_id),
        "version": new.release.version,
        "trigger_type": new.trigger_type,
        "trigger_config": new.trigger_config,
    }
    await audit.record(ctx, "deployment.created", ("deployment", new.id), after=facts)
    tell(ctx, new.id, new.target_id, DeploymentStatus.PENDING)
    return await get_unchecked(ctx, new.id)


async def get(ctx: Context, deployment_id: UUID) -> Deployment:
    """Return one deployment. Raises ``DeploymentMissingError``."""
    require(ctx, READ)
    return await get_unchecked(ctx, deployment_id)


async def list_page(ctx: Context, wanted: Filters, *, cursor: str | None, limit: int) -> Page[Deployment]:
    """Return a page of the organization's deployments, newest first."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, wanted, decode(cursor) if cursor else None, limit + 1)
    page = page_of(rows, limit, lambda row: Position(row.created_at, row.id))
    return Page([shown(ctx, row) for row in page.items], page.next_cursor)


async def roll_back(ctx: Context, deployment_id: UUID) -> Deployment:
    """Deploy again what an earlier deployment had deployed, as a new deployment, which is checked as any other.

    Raises ``DeploymentMissingError``, ``DeploymentNeverDeployedError`` and ``DeploymentCurrentError``.
    """
    require(ctx, WRITE)
    row = await held(ctx, deployment_id)
    if row.status is DeploymentStatus.DEPLOYED:
        raise DeploymentCurrentError
    if row.deployed_at is None:
        raise DeploymentNeverDeployedError
    config: JsonObject = {"rolled_back_to": str(row.id)}
    note = f"Rolled back to version {row.version}"
    new = NewRow(new_id(), row.target_type, row.target_id, row.release, TriggerType.MANUAL, config, note)
    return await _insert(ctx, new, ctx.now)


async def stop(ctx: Context, deployment_id: UUID) -> Deployment:
    """Stop a deployment: one that is deployed serves no further call, others are not begun or not ended.

    Runs that it started go on. Raises ``DeploymentMissingError`` and ``DeploymentOverError``.
    """
    require(ctx, WRITE)
    row = await held(ctx, deployment_id)
    if row.status not in _LIVE:
        raise DeploymentOverError(f"The deployment is {row.status} already.")
    await timers.cancel(ctx, DEPLOY, deployment_id)
    await repository.end(ctx, deployment_id, DeploymentStatus.STOPPED, None)
    before: JsonObject = {"status": row.status}
    after: JsonObject = {"status": DeploymentStatus.STOPPED, "target_id": str(row.target_id), "version": row.version}
    await audit.record(ctx, "deployment.stopped", ("deployment", deployment_id), before=before, after=after)
    tell(ctx, deployment_id, row.target_id, DeploymentStatus.STOPPED)
    return await get_unchecked(ctx, deployment_id)


async def get_unchecked(ctx: Context, deployment_id: UUID) -> Deployment:
    """Return one deployment, without asking for a permission. Raises ``DeploymentMissingError``."""
    row = await repository.get(ctx, deployment_id)
    if row is None:
        raise DeploymentMissingError
    return shown(ctx, row)


async def held(ctx: Context, deployment_id: UUID) -> Row:
    """Return a deployment that nobody else changes until the commit. Raises ``DeploymentMissingError``."""
    row = await repository.get(ctx, deployment_id, lock=True)
    if row is None:
        raise DeploymentMissingError
    return row


def tell(ctx: Context, deployment_id: UUID, target_id: UUID, status: DeploymentStatus) -> None:
    """Tell the organization's readers, after the commit, that a deployment moved."""
    organization_id, bus = ctx.organization_id, ctx.resources.bus
    news: JsonObject = {"id": str(deployment_id), "target_id": str(target_id), "status": status.value}
    ctx.after_commit.append(lambda: bus.news(organization_id, "deployment", news))


def path_of(target_id: UUID) -> str:
    """Return the path at which a target's deployed version is called; it never changes."""
    return f"/api/v1/deployed/{target_id}/runs"


def chat_path_of(target_id: UUID) -> str:
    """Return the path of a target's chat page."""
    return f"/chat-with/{target_id}"


def shown(ctx: Context, row: Row) -> Deployment:
    """Return a deployment as it is shown."""
    target, place = target_of(row.target_type), ctx.resources.core.public_url
    config = row.snapshot.get("deployment_config")
    has_chat = isinstance(config, dict) and config.get("chat_page") is True
    return Deployment(
        id=row.id,
        organization_id=row.organization_id,
        target_type=row.target_type,
        target_id=row.target_id,
        agent_id=row.agent_id,
        team_id=row.team_id,
        workflow_id=row.workflow_id,
        name=target.face_of(row.snapshot).name,
        version=row.version,
        snapshot=row.snapshot,
        status=row.status,
        trigger_type=row.trigger_type,
        trigger_config=row.trigger_config,
        note=row.note,
        checks=row.checks,
        deployment_url=place + (row.deployment_url or path_of(row.target_id)),
        chat_url=place + chat_path_of(row.target_id) if has_chat else None,
        error_message=row.error_message,
        created_by=row.created_by,
        created_by_name=row.created_by_name,
        began_at=row.began_at,
        deployed_at=row.deployed_at,
        stopped_at=row.stopped_at,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
