"""The package's verbs: an organization's tools, which agents may use them, and their frozen form for a run."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.permissions import require
from retinue.engine.spec.agent import ToolUse
from retinue.engine.spec.limits import ToolLimits
from retinue.engine.spec.schemas import schema_problems
from retinue.tools import callers, graph_tools, repository, repository_users
from retinue.tools.accesses import connection_of
from retinue.tools.errors import ToolBuiltInError, ToolInUseError, ToolInvalidError, ToolMissingError
from retinue.tools.installed import list_installed
from retinue.tools.kinds.http_request import plan_request
from retinue.tools.oauth import service as oauth
from retinue.tools.permissions import READ, WRITE
from retinue.tools.planning import bind_agent, check_reachable, demand_allowed, plan_tools
from retinue.tools.ports import ExaminedKind, FormedKind, ToolKind
from retinue.tools.registry import KINDS
from retinue.tools.repository import Filters, Stored
from retinue.tools.rules import is_effect_open, snapshot_of
from retinue.tools.types import (
    AllowedCaller,
    GraphTool,
    KindForm,
    Tool,
    ToolDraft,
    ToolType,
    ToolUser,
)
from retinue.tools.versions import service as versions

__all__ = ["bind_agent", "check_reachable", "demand_allowed", "plan_request", "plan_tools"]

_CONFIGURATION_BYTES = 65_536
_DERIVED = frozenset({ToolType.CUSTOM, ToolType.DATABASE, ToolType.FILE, ToolType.MCP})
"""Types whose schema is that of a function, a statement, a switch or a server's tool: it follows the configuration."""
_MOST_NAMED = 5
_CALLING = frozenset({ToolType.API, ToolType.DATABASE, ToolType.FILE, ToolType.MCP})


@dataclass(frozen=True, slots=True)
class NewTool:
    """A tool to be made: its draft, whether it is on, and credentials in the clear, which are stored sealed.

    ``is_schema_checked``: the schema is one that the import has written, which is valid; checking it takes long.
    """

    draft: ToolDraft
    credentials: JsonObject | None = None
    is_active: bool = True
    is_schema_checked: bool = False
    limits: ToolLimits = field(default_factory=ToolLimits)
    allowed_for: tuple[AllowedCaller, ...] = ()


async def list_page(ctx: Context, filters: Filters, *, cursor: str | None, limit: int) -> Page[Tool]:
    """Return a page of the organization's tools and the built-in ones, newest first. Raises ``CursorInvalidError``."""
    require(ctx, READ)
    rows = await repository.list_page(ctx.tx, filters, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda tool: Position(tool.created_at, tool.id))


async def list_ids(ctx: Context, name: str | None = None) -> list[UUID]:
    """Return the ids of the organization's own tools, oldest first; of one name only when it is given."""
    require(ctx, READ)
    return await repository.list_ids(ctx, name)


async def get(ctx: Context, tool_id: UUID) -> Tool:
    """Return one tool. Raises ``ToolMissingError``."""
    require(ctx, READ)
    return await _get(ctx, tool_id)


def list_forms(ctx: Context) -> list[KindForm]:
    """Return what forms for the types of tools ask, for those types whose forms follow from a schema."""
    require(ctx, READ)
    return [kind.form() for kind in KINDS.values() if isinstance(kind, FormedKind)]


async def _get(ctx: Context, tool_id: UUID) -> Tool:
    found = await repository.get(ctx.tx, tool_id)
    if found is None:
        raise ToolMissingError
    return found


async def create(ctx: Context, new: NewTool) -> Tool:
    """Write a new tool and an audit entry.

    Raises ``ToolInvalidError`` that names each wrong field, and ``ToolNameTakenError``.
    """
    require(ctx, WRITE)
    kind = _kind(new.draft.tool_type)
    draft = _checked(kind, new.draft, is_schema_checked=new.is_schema_checked)
    sealed = _sealed(ctx, kind, new.credentials)
    limits = _limits(draft.tool_type, new.limits.model_dump(mode="json"))
    connection_id = await connection_of(ctx, kind, draft, new.credentials)
    await callers.check(ctx, new.allowed_for)
    rest: dict[str, Any] = {"limits": limits, "connection_id": connection_id, "allowed_for": new.allowed_for}
    stored = Stored(new_id(), draft, new.is_active, sealed, **rest)
    await repository.insert(ctx, stored)
    tool = await _get(ctx, stored.id)
    await versions.keep(ctx, tool.id, tool.version, snapshot_of(tool))
    await audit.record(ctx, "tool.created", ("tool", tool.id), after=_to_audit(tool))
    return tool


async def load_installed() -> None:
    """Import the packages that the operator installed, in a thread and once a process: that may take its time."""
    await asyncio.to_thread(list_installed)


async def ensure_graph_tool(ctx: Context, name: str) -> GraphTool:
    """Return the tool of an installed graph, and write one when there is none; ``load_installed`` is to be called before."""
    return await graph_tools.ensure(ctx, name, lambda draft: create(ctx, NewTool(draft)))


async def examine(database: Database, actor: Actor, draft: ToolDraft) -> None:
    """Look at a draft as its kind does outside of the database, before ``create``. Raises ``ToolInvalidError``."""
    kind = KINDS.get(draft.tool_type)
    if not isinstance(kind, ExaminedKind):
        return
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        organization_id = str(ctx.organization_id)
    await kind.examine(draft, database.resources, organization_id)


async def examine_in(ctx: Context, draft: ToolDraft) -> None:
    """Look at a draft as ``examine`` does, in the caller's transaction: files are applied all of them or none.

    Raises ``ToolInvalidError``.
    """
    require(ctx, WRITE)
    kind = KINDS.get(draft.tool_type)
    if isinstance(kind, ExaminedKind):
        await kind.examine(draft, ctx.resources, str(ctx.organization_id))


async def examine_change(database: Database, actor: Actor, tool_id: UUID, changes: Mapping[str, Any]) -> None:
    """Look at a change of a configuration as ``examine`` does, before ``update``. Raises as that does."""
    if "configuration" not in changes:
        return
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        before = await _get(ctx, tool_id)
    if before.organization_id is not None:
        await examine(database, actor, _changed(before, changes))


async def update(
    ctx: Context, tool_id: UUID, changes: Mapping[str, Any], *, note: str = "", is_schema_checked: bool = False
) -> Tool:
    """Change a tool; what is not named stays, and credentials stay only while the tool calls the same host.

    Each change of the definition is a new version. ``changes``: name, description, configuration, parameters_schema and
    effect (None: chosen again), limits (all of them; None: removed), credentials (None: removed), is_active, allowed_for.
    Raises as ``create`` does, ``ToolBuiltInError``, and ``ToolInUseError`` for a new name.
    """
    require(ctx, WRITE)
    before = await _lock(ctx, tool_id)
    kind = _kind(before.tool_type)
    draft = _checked(kind, _changed(before, changes), is_schema_checked=is_schema_checked)
    if draft.name != before.name:
        await _require_unused(ctx, before, "renamed")
    keeps = "credentials" not in changes
    moved = kind.destination(draft.configuration) != kind.destination(before.configuration)
    if keeps and moved and before.has_credentials:
        message = "must be given again, because the tool now calls another host"
        raise ToolInvalidError.of(
            FieldProblem(
                "credentials",
                message,
                "Set them again, or remove them: null in the API, Authentication None in the console.",
            )
        )
    sealed = None if keeps else _sealed(ctx, kind, changes["credentials"])
    is_active = bool(changes.get("is_active", before.is_active))
    limits = _limits(before.tool_type, changes.get("limits", before.limits))
    connection_id = None if keeps else await connection_of(ctx, kind, draft, changes["credentials"])
    allowed = tuple(changes.get("allowed_for", before.allowed_for))
    await callers.check(ctx, allowed, before.allowed_for)
    stored = Stored(tool_id, draft, is_active, sealed, keeps, connection_id, limits, before.version + 1, allowed)
    is_new = snapshot_of(before) != snapshot_of(before, draft, limits)
    await repository.update(ctx, stored if is_new else replace(stored, version=before.version))
    after = await _get(ctx, tool_id)
    if before.connection_id is not None and after.connection_id != before.connection_id:
        await oauth.drop_unused(ctx, before.connection_id)
    if is_new:
        await versions.keep(ctx, tool_id, after.version, snapshot_of(after), note=note)
    entry = _to_audit(after) | ({} if keeps else {"credentials": "changed"})
    await audit.record(ctx, "tool.updated", ("tool", tool_id), before=_to_audit(before), after=entry)
    return after


async def restore(ctx: Context, tool_id: UUID, version: int) -> Tool:
    """Make an earlier version the present one, as a new version. Raises ``ToolVersionMissingError``, and as ``update``."""
    require(ctx, WRITE)
    kept = await versions.get(ctx, tool_id, version)
    return await update(ctx, tool_id, kept.snapshot, note=f"Version {version} restored")


async def require_exists(ctx: Context, tool_id: UUID) -> None:
    """Raise ``ToolMissingError`` when there is no such tool."""
    await get(ctx, tool_id)


async def list_users(ctx: Context, tool_id: UUID, *, cursor: str | None, limit: int) -> Page[ToolUser]:
    """Return a page of the agents, teams and workflows that use a tool, newest first.

    Raises ``ToolMissingError``, ``CursorInvalidError``.
    """
    tool = await get(ctx, tool_id)
    found = await repository_users.list_users(ctx.tx, tool_id, decode(cursor) if cursor else None, limit)
    rows = await callers.mark_users(ctx, tool.allowed_for, found)
    return page_of(rows, limit, lambda user: Position(user.created_at, user.id))


async def delete(ctx: Context, tool_id: UUID) -> None:
    """Delete a tool that no agent or workflow uses. Raises ``ToolBuiltInError`` and ``ToolInUseError``, which names them."""
    require(ctx, WRITE)
    before = await _lock(ctx, tool_id)
    await _require_unused(ctx, before, "deleted")
    await repository.delete(ctx.tx, tool_id)
    if before.connection_id is not None:
        await oauth.drop_unused(ctx, before.connection_id)
    await audit.record(ctx, "tool.deleted", ("tool", tool_id), before=_to_audit(before))


async def list_sharing_problems(ctx: Context, uses: Sequence[ToolUse]) -> list[FieldProblem]:
    """Return a problem for each tool that other organizations cannot use, because it is not built in."""
    known = await repository.list_by_names(ctx.tx, [use.name for use in uses])
    shared = {name for name, tool in known.items() if tool.organization_id is None}
    remedy = "Remove the tool, or keep the template in your organization."
    return [
        FieldProblem(f"config.tools.{index}.name", f"names {use.name}, which other organizations cannot use", remedy)
        for index, use in enumerate(uses)
        if use.name not in shared
    ]


def _kind(tool_type: ToolType) -> ToolKind:
    return KINDS[tool_type]


def _checked(kind: ToolKind, draft: ToolDraft, *, is_schema_checked: bool = False) -> ToolDraft:
    if draft.parameters_schema is not None and not is_schema_checked:
        problems = schema_problems(draft.parameters_schema, "parameters_schema")
        if problems:
            raise ToolInvalidError.of(*problems)
    if len(dumps(draft.configuration)) > _CONFIGURATION_BYTES:
        raise ToolInvalidError.of(FieldProblem("configuration", f"has more than {_CONFIGURATION_BYTES} bytes"))
    return kind.check(draft)


def _changed(before: Tool, changes: Mapping[str, Any]) -> ToolDraft:
    follows = before.tool_type in _DERIVED and "configuration" in changes
    effect = None if is_effect_open(before, changes) else before.effect
    return ToolDraft(
        name=changes.get("name", before.name),
        description=changes.get("description", before.description),
        tool_type=before.tool_type,
        configuration=changes.get("configuration", before.configuration),
        parameters_schema=changes.get("parameters_schema", None if follows else before.parameters_schema),
        effect=changes.get("effect", effect),
    )


def _limits(tool_type: ToolType, given: JsonObject | None) -> JsonObject:
    """Return the limits that are set. Raises ``ToolInvalidError`` for hosts of a kind that calls none."""
    limits: JsonObject = {name: value for name, value in (given or {}).items() if value is not None}
    if "allowed_hosts" in limits and tool_type not in _CALLING:
        message = f"cannot be kept to: tools of type {tool_type} call no hosts of their own"
        raise ToolInvalidError.of(FieldProblem("limits.allowed_hosts", message, "Remove this field."))
    return limits


def _sealed(ctx: Context, kind: ToolKind, credentials: JsonObject | None) -> bytes | None:
    if credentials is None:
        return None
    problems = kind.check_credentials(credentials)
    if problems:
        raise ToolInvalidError.of(*problems)
    return ctx.resources.secrets.seal(dumps(credentials).decode())


async def _lock(ctx: Context, tool_id: UUID) -> Tool:
    tool = await _get(ctx, tool_id)
    if tool.organization_id is None:
        raise ToolBuiltInError(f"{tool.name} is built in and cannot be changed.")
    if not await repository.lock(ctx.tx, tool_id):
        raise ToolMissingError
    return await _get(ctx, tool_id)


async def _require_unused(ctx: Context, tool: Tool, verb: str) -> None:
    users = [user for user, _ in await repository_users.list_users(ctx.tx, tool.id, None, _MOST_NAMED)]
    names = [user.name if user.type == "agent" else f"the {user.type} {user.name}" for user in users[:_MOST_NAMED]]
    if names:
        told = ", ".join(names) + (" and others" if len(users) > _MOST_NAMED else "")
        raise ToolInUseError(
            f"{tool.name} cannot be {verb}: it is used by {told}.",
            remedy="Take it out of these agents and workflows first, or switch it off.",
        )


def _to_audit(tool: Tool) -> JsonObject:
    return {
        "name": tool.name,
        "description": tool.description,
        "tool_type": tool.tool_type,
        "configuration": tool.configuration,
        "parameters_schema": tool.parameters_schema,
        "effect": tool.effect,
        "limits": tool.limits,
        "has_credentials": tool.has_credentials,
        "is_active": tool.is_active,
        "allowed_for": callers.stored(tool.allowed_for),
    }
