"""Deleting organizations: asking for it, cancelling it, watching it. ``tasks`` carries it out in the background.

From the request on the organization is shut: no session or API key acts in it, and its runs are cancelled. Nothing is
deleted until the grace period is over; then files, key-value entries and all rows are, the audit log included. What remains
is the record of the deletion, without the name, and entries of no organization in the audit log, for superusers.
"""

import uuid
from datetime import timedelta

from retinue.core import audit
from retinue.core import outbox as events
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import acting_as
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.ids import OrganizationId, new_id
from retinue.core.permissions import require
from retinue.identity.deletions import repository
from retinue.identity.deletions.errors import (
    ConfirmationWrongError,
    DeletionBegunError,
    DeletionMissingError,
    DeletionOpenError,
)
from retinue.identity.deletions.settings import DeletionSettings
from retinue.identity.deletions.types import Deletion, Phase
from retinue.identity.organizations import service as organizations
from retinue.identity.users import service as users

REQUESTED = "organization.deletion_requested"


async def request(ctx: Context, confirm: str, grace_seconds: int | None = None) -> Deletion:
    """Shut the context's organization and have it deleted when the grace period is over.

    Needs ``organization:delete``; ``confirm`` must be the slug, else ``ConfirmationWrongError``. Without ``grace_seconds``
    the installation's setting holds. Raises ``DeletionOpenError``. Writes the deletion, audit entries, and an event on which
    runs are cancelled at once.
    """
    require(ctx, "organization:delete")
    users.require_person(ctx)
    if confirm != (await organizations.current(ctx)).slug:
        raise ConfirmationWrongError
    return await _get(ctx, await _request(ctx, ctx.organization_id, grace_seconds))


async def request_as_platform(ctx: Context, grace_seconds: int) -> None:
    """Do the same for the operator at the machine, or the platform, with the context's organization."""
    await _request(ctx, ctx.organization_id, grace_seconds)


async def carry_on(ctx: Context, organization_id: OrganizationId) -> tuple[Phase, int] | None:
    """End the grace period of an organization's newest deletion, for the platform; return its phase and files deleted."""
    return await repository.carry_on(ctx.tx, organization_id)


async def list_deletions(ctx: Context, limit: int, cursor: str | None) -> Page[Deletion]:
    """List the deletions that the person asked for or can cancel, newest first; for superusers all."""
    users.require_person(ctx)
    rows = await repository.list_deletions(ctx.tx, decode(cursor) if cursor else None, limit + 1)
    return page_of(rows, limit, lambda row: Position(row.requested_at, row.id))


async def get(ctx: Context, deletion_id: uuid.UUID) -> Deletion:
    """Return a deletion with its progress, for who asked, owners and superusers. Raises ``DeletionMissingError``."""
    users.require_person(ctx)
    return await _get(ctx, deletion_id)


async def cancel(ctx: Context, deletion_id: uuid.UUID) -> Deletion:
    """Open the organization again before anything is deleted. For its owners and superusers; cancelled runs stay cancelled.

    Raises ``DeletionMissingError``, and ``DeletionBegunError`` when the grace period is over.
    """
    users.require_person(ctx)
    await _get(ctx, deletion_id)
    organization_id = await repository.cancel(ctx.tx, deletion_id)
    if organization_id is None:
        raise DeletionBegunError
    await _record(ctx, organization_id, "organization.deletion_cancelled", deletion_id)
    ctx.after_commit.append(ctx.resources.bus.timer_set)  # its timers count again, some of them due
    return await _get(ctx, deletion_id)


async def hasten(ctx: Context, deletion_id: uuid.UUID) -> Deletion:
    """End the grace period now. For the organization's owners and superusers.

    Raises ``DeletionMissingError``, and ``DeletionBegunError`` when it is over.
    """
    users.require_person(ctx)
    await _get(ctx, deletion_id)
    organization_id = await repository.hasten(ctx.tx, deletion_id)
    if organization_id is None:
        raise DeletionBegunError
    await _record(ctx, organization_id, "organization.deletion_hastened", deletion_id)
    return await _get(ctx, deletion_id)


async def _request(ctx: Context, organization_id: OrganizationId, grace_seconds: int | None) -> uuid.UUID:
    usual = ctx.resources.settings_of(DeletionSettings).organization_deletion_grace_hours
    grace = timedelta(hours=usual) if grace_seconds is None else timedelta(seconds=grace_seconds)
    deletion_id = new_id()
    if not await repository.request(ctx.tx, deletion_id, organization_id, int(grace.total_seconds())):
        raise DeletionOpenError
    ctx.grants_changed()
    await events.append(ctx, REQUESTED, {"deletion_id": str(deletion_id)})
    await _record(ctx, organization_id, REQUESTED, deletion_id)
    return deletion_id


async def _get(ctx: Context, deletion_id: uuid.UUID) -> Deletion:
    found = await repository.get(ctx.tx, deletion_id)
    if found is None:
        raise DeletionMissingError
    return found


async def _record(ctx: Context, organization_id: OrganizationId, action: str, deletion_id: uuid.UUID) -> None:
    """Write an entry for the organization's admins, which goes with it, and one of no organization, for superusers."""
    for place in (organization_id, None):
        actor = Actor(
            ctx.actor.kind,
            user_id=ctx.actor.user_id,
            organization_id=place,
            ip=ctx.actor.ip if place else None,
            request_id=ctx.actor.request_id,
        )
        async with acting_as(ctx, actor) as there:
            await audit.record(there, action, ("organization", organization_id), after={"deletion_id": str(deletion_id)})


async def record_finished(ctx: Context, organization_id: OrganizationId, deletion_id: uuid.UUID) -> None:
    """Write the entry of no organization that remains."""
    async with acting_as(ctx, Actor(ActorKind.SYSTEM)) as nowhere:
        await audit.record(
            nowhere, "organization.deleted", ("organization", organization_id), after={"deletion_id": str(deletion_id)}
        )
