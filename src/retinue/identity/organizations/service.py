"""Organizations: making, reading and changing them. ``identity.deletions`` deletes them."""

import secrets
from dataclasses import asdict
from typing import cast

from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import acting_as
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.ids import OrganizationId, UserId, new_id
from retinue.core.json import JsonObject
from retinue.core.permissions import Role, require
from retinue.identity.organizations import permissions, repository, rules
from retinue.identity.organizations.errors import (
    OrganizationMissingError,
    OwnTwoFactorMissingError,
    SlugTakenError,
)
from retinue.identity.organizations.ports import OrganizationCreated
from retinue.identity.organizations.settings import OrganizationSettings
from retinue.identity.organizations.types import Organization, OrganizationChange, OwnOrganization
from retinue.identity.users import service as users

_MANY = 1000


async def create(ctx: Context, name: str, slug: str | None = None) -> OwnOrganization:
    """Make an organization that the context's person owns, with all that every organization begins with.

    Writes the organization, the owner's membership, an audit entry, and what the listeners of
    ``ports.OrganizationCreated`` lay down. Without a slug one is made of the name. Raises ``SlugTakenError``.
    """
    users.require_person(ctx)
    organization_id = OrganizationId(new_id())
    chosen = slug or rules.slug_of(name)
    if not await repository.create(ctx.tx, organization_id, name, chosen):
        if slug is not None:
            raise SlugTakenError
        chosen = f"{chosen}-{secrets.token_hex(4)}"
        if not await repository.create(ctx.tx, organization_id, name, chosen):
            raise SlugTakenError
    async with acting_as(ctx, _platform(ctx, organization_id, ctx.user_id)) as inside:
        made = await _get(inside, organization_id)
        await audit.record(
            inside, "organization.created", ("organization", organization_id), after={"name": name, "slug": chosen}
        )
        listeners: tuple[OrganizationCreated, ...] = ctx.resources.organization_created
        for listener in listeners:
            await listener(inside)
    return OwnOrganization(organization_id, made.name, made.slug, made.plan, Role.OWNER)


async def list_own(ctx: Context, limit: int, cursor: str | None) -> Page[OwnOrganization]:
    """List the organizations that the context's person belongs to, the oldest first. For an API key: its own alone."""
    _ = ctx.user_id
    only = ctx.organization_id if ctx.actor.kind is ActorKind.API_KEY else None
    rows = await repository.list_own(ctx.tx, decode(cursor) if cursor else None, limit + 1, only=only)
    return page_of(rows, limit, lambda own: Position(ctx.now, own.id))


async def all_own(ctx: Context) -> list[OwnOrganization]:
    """Return up to a thousand organizations of the context's person, the oldest first."""
    return await repository.list_own(ctx.tx, None, _MANY)


async def current(ctx: Context) -> Organization:
    """Return the context's organization. Needs ``organization:read``."""
    require(ctx, permissions.ORGANIZATION_READ)
    return await _get(ctx, ctx.organization_id)


async def update(ctx: Context, change: OrganizationChange) -> Organization:
    """Change the context's organization. Needs ``organization:write``.

    Raises ``SlugTakenError``, ``OwnTwoFactorMissingError``, and ``InvalidError`` when the plan does not allow so many
    concurrent runs.
    """
    require(ctx, permissions.ORGANIZATION_WRITE)
    before = await _get(ctx, ctx.organization_id)
    _require_plan_allows(ctx, before, change.max_concurrent_runs)
    if change.require_two_factor and not (await users.me(ctx)).has_two_factor:
        raise OwnTwoFactorMissingError
    after = await repository.update(ctx.tx, ctx.organization_id, change)
    if after is None:
        raise OrganizationMissingError
    if after.require_two_factor and not before.require_two_factor:
        ctx.grants_changed()
    await audit.record(
        ctx, "organization.updated", ("organization", after.id), before=_document(before), after=_document(after)
    )
    return after


async def set_plan(ctx: Context, plan: str) -> Organization:
    """Put the context's organization on a plan. For superusers.

    Raises ``NotSuperuserError``, and ``InvalidError`` for a plan that is not in the settings.
    """
    users.require_superuser(ctx)
    plans = ctx.resources.settings_of(OrganizationSettings).concurrent_runs_by_plan()
    if plan not in plans:
        message = f"is not a plan of this installation ({', '.join(plans)})"
        raise InvalidError(f"plan: {message}", fields=(FieldProblem("plan", message),))
    before = await _get(ctx, ctx.organization_id)
    await repository.set_plan(ctx.tx, ctx.organization_id, plan)
    target = ("organization", ctx.organization_id)
    await audit.record(ctx, "organization.plan_changed", target, before={"plan": before.plan}, after={"plan": plan})
    return await _get(ctx, ctx.organization_id)


def _platform(ctx: Context, organization_id: OrganizationId, user_id: UserId) -> Actor:
    return Actor(
        ActorKind.SYSTEM,
        user_id=user_id,
        organization_id=organization_id,
        ip=ctx.actor.ip,
        user_agent=ctx.actor.user_agent,
        request_id=ctx.actor.request_id,
    )


async def _get(ctx: Context, organization_id: OrganizationId) -> Organization:
    organization = await repository.get(ctx.tx, organization_id)
    if organization is None:
        raise OrganizationMissingError
    return organization


def _require_plan_allows(ctx: Context, organization: Organization, max_concurrent_runs: int | None) -> None:
    plans = ctx.resources.settings_of(OrganizationSettings).concurrent_runs_by_plan()
    highest = plans.get(organization.plan)
    if max_concurrent_runs is not None and highest is not None and max_concurrent_runs > highest:
        message = f"is more than the plan {organization.plan!r} allows ({highest})"
        raise InvalidError(
            f"max_concurrent_runs: {message}", fields=(FieldProblem("max_concurrent_runs", message, f"At most {highest}."),)
        )


def _document(organization: Organization) -> JsonObject:
    kept = ("name", "slug", "max_concurrent_runs", "run_retention_days", "audit_retention_days", "require_two_factor")
    return cast("JsonObject", {name: value for name, value in asdict(organization).items() if name in kept})
