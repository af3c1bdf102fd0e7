"""The package's verbs: an organization's tools, which agents may use them, and their frozen form for a run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.permissions import require
from retinue.engine.ports import ToolInvocation, ToolInvoker, ToolPlan
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.engine.spec.schemas import schema_problems
from retinue.engine.spec.variables import fill_document
from retinue.tools import repository
from retinue.tools.errors import (
    ToolBuiltInError,
    ToolInUseError,
    ToolInvalidError,
    ToolMissingError,
    ToolsUnusableError,
)
from retinue.tools.permissions import READ, WRITE
from retinue.tools.ports import ExaminedKind, ToolKind
from retinue.tools.registry import KINDS, kind_of, variables_in
from retinue.tools.repository import Filters, Stored
from retinue.tools.types import (
    VARIABLES,
    TestedArtifact,
    Tool,
    ToolDraft,
    ToolTest,
    ToolType,
)

_CONFIGURATION_BYTES = 65_536
_DERIVED = frozenset({ToolType.CUSTOM, ToolType.MCP})
"""Types whose schema is that of a function or of a server's tool: it follows the configuration."""
_UNKNOWN_AGENT = FieldProblem(
    "agent_id", "names an agent that does not exist", "Name one of the agents under GET /api/v1/agents, or leave it out."
)


@dataclass(frozen=True, slots=True)
class NewTool:
    """A tool to be made: its draft, whether it is on, and credentials in the clear, which are stored sealed.

    ``is_schema_checked``: the schema is one that the import has written, which is valid; checking it takes long.
    """

    draft: ToolDraft
    credentials: JsonObject | None = None
    is_active: bool = True
    is_schema_checked: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial call of a tool, with an agent's variables when one is named."""

    tool_id: UUID
    arguments: JsonObject
    settings: JsonObject
    agent_id: UUID | None


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
    stored = Stored(new_id(), draft, new.is_active, sealed)
    await repository.insert(ctx, stored)
    tool = await _get(ctx, stored.id)
    await audit.record(ctx, "tool.created", ("tool", tool.id), after=_shown(tool))
    return tool


async def examine(database: Database, actor: Actor, draft: ToolDraft) -> None:
    """Look at a draft as its kind does outside of the database, before ``create``. Raises ``ToolInvalidError``."""
    kind = KINDS.get(draft.tool_type)
    if not isinstance(kind, ExaminedKind):
        return
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
    await kind.examine(draft, database.resources)


async def examine_in(ctx: Context, draft: ToolDraft) -> None:
    """Look at a draft as ``examine`` does, in the caller's transaction: files are applied all of them or none.

    Raises ``ToolInvalidError``.
    """
    require(ctx, WRITE)
    kind = KINDS.get(draft.tool_type)
    if isinstance(kind, ExaminedKind):
        await kind.examine(draft, ctx.resources)


async def examine_change(database: Database, actor: Actor, tool_id: UUID, changes: Mapping[str, Any]) -> None:
    """Look at a change of a configuration as ``examine`` does, before ``update``. Raises as that does."""
    if "configuration" not in changes:
        return
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        before = await _get(ctx, tool_id)
    if before.organization_id is not None:
        await examine(database, actor, _changed(before, changes))


async def update(ctx: Context, tool_id: UUID, changes: Mapping[str, Any], *, is_schema_checked: bool = False) -> Tool:
    """Change a tool; what is not named stays, and credentials stay only while the tool calls the same host.

    ``changes``: name, description, configuration, parameters_schema and effect (None: chosen again), credentials (None:
    removed), is_active. Raises as ``create`` does, ``ToolBuiltInError``, and ``ToolInUseError`` for a new name.
    """
    require(ctx, WRITE)
    before = await _held(ctx, tool_id)
    kind = _kind(before.tool_type)
    draft = _checked(kind, _changed(before, changes), is_schema_checked=is_schema_checked)
    if draft.name != before.name and before.used_by_count:
        raise await _in_use(ctx, before, "renamed")
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
    await repository.update(ctx, Stored(tool_id, draft, is_active, sealed, keeps_credentials=keeps))
    after = await _get(ctx, tool_id)
    entry = _shown(after) | ({} if keeps else {"credentials": "changed"})
    await audit.record(ctx, "tool.updated", ("tool", tool_id), before=_shown(before), after=entry)
    return after


async def delete(ctx: Context, tool_id: UUID) -> None:
    """Delete a tool that no agent uses. Raises ``ToolBuiltInError`` and ``ToolInUseError`` that names agents."""
    require(ctx, WRITE)
    before = await _held(ctx, tool_id)
    if before.used_by_count:
        raise await _in_use(ctx, before, "deleted")
    await repository.delete(ctx.tx, tool_id)
    await audit.record(ctx, "tool.deleted", ("tool", tool_id), before=_shown(before))


async def test(database: Database, actor: Actor, invoker: ToolInvoker, trial: Trial) -> ToolTest:
    """Call a tool once, outside of any run; the call is real, and an audit entry tells of it.

    Raises ``ToolMissingError``, and ``ToolInvalidError`` for settings the tool does not take and for an unknown agent.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        tool = await _get(ctx, trial.tool_id)
        kind = kind_of(tool.tool_type, tool.configuration)
        problems = kind.check_settings(tool.configuration, trial.settings) if kind else ()
        if trial.agent_id is not None and not await repository.has_agent(ctx.tx, trial.agent_id):
            problems = (*problems, _UNKNOWN_AGENT)
        if problems:
            raise ToolInvalidError.of(*problems)
        plan = _plan(tool, ToolUse(name=tool.name), trial.settings, Limits(), {})
        organization_id = str(ctx.organization_id)
        await audit.record(ctx, "tool.tested", ("tool", tool.id))
    call_id = str(new_id())
    invocation = ToolInvocation(
        organization_id=organization_id,
        run_id=call_id,
        agent_id=str(trial.agent_id or UUID(int=0)),
        call_id=call_id,
        tool=plan,
        arguments=trial.arguments,
        idempotency_key=f"test:{call_id}",
    )
    began = time.perf_counter()
    result = await invoker.invoke(invocation)
    error = None
    if result.is_error:
        error = result.output if isinstance(result.output, str) else dumps(result.output).decode()
    return ToolTest(
        ok=not result.is_error,
        output=None if result.is_error else result.output,
        error=error,
        duration_ms=round((time.perf_counter() - began) * 1000),
        artifacts=tuple(TestedArtifact(each.name, each.type, len(each.content)) for each in result.artifacts),
    )


async def bind_agent(ctx: Context, agent_id: UUID, uses: Sequence[ToolUse]) -> None:
    """Write which tools an agent may use: exactly these. For the package of agents, which has asked for the permission.

    Raises ``ToolsUnusableError`` that names each tool that does not exist or is named twice; inactive ones are taken.
    """
    keys = await repository.list_keys(ctx.tx, [use.name for use in uses])
    _refuse([*_twice(uses), *(_unknown(index, use) for index, use in enumerate(uses) if use.name not in keys)])
    await repository.bind(ctx, agent_id, list(keys.values()))


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


async def plan_tools(
    ctx: Context, uses: Sequence[ToolUse], limits: Limits, *, variables: Mapping[str, str] | None = None
) -> tuple[ToolPlan, ...]:
    """Freeze the tools of an agent into a run's plan. The caller has asked for the permission to run.

    ``variables`` are the agent's plain ones; they are filled in now, secret ones at each call. Raises
    ``ToolsUnusableError`` that names each tool that is unknown, disabled, named twice, or has wrong settings.
    """
    if not uses:
        return ()
    plain = variables or {}
    tools = await repository.list_by_names(ctx.tx, [use.name for use in uses])
    problems = _twice(uses)
    plans: list[ToolPlan] = []
    for index, use in enumerate(uses):
        tool = tools.get(use.name)
        if tool is None:
            problems.append(_unknown(index, use))
            continue
        settings = cast("JsonObject", fill_document(use.settings, plain))
        problems += _use_problems(index, tool, settings)
        if not problems:
            plans.append(_plan(tool, use, settings, limits, plain))
    _refuse(problems)
    return tuple(plans)


def _plan(tool: Tool, use: ToolUse, settings: JsonObject, limits: Limits, plain: Mapping[str, str]) -> ToolPlan:
    kind = cast("ToolKind", kind_of(tool.tool_type, tool.configuration))
    used = {name: plain[name] for name in sorted(variables_in(tool.tool_type, tool.configuration)) if name in plain}
    return ToolPlan(
        tool_id=str(tool.id),
        name=tool.name,
        description=tool.description,
        tool_type=tool.tool_type,
        parameters=kind.parameters(tool.parameters_schema, settings),
        configuration=tool.configuration,
        settings={**settings, VARIABLES: cast("JsonObject", used)} if used else settings,
        effect=tool.effect,
        requires_approval=use.requires_approval,
        timeout_seconds=float(limits.tool_timeout_seconds),
    )


def _twice(uses: Sequence[ToolUse]) -> list[FieldProblem]:
    names = [use.name for use in uses]
    return [
        FieldProblem(f"config.tools.{index}.name", f"names {name} a second time", "Name each tool once.")
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def _unknown(index: int, use: ToolUse) -> FieldProblem:
    remedy = "Choose one of the tools under GET /api/v1/tools, or create it first."
    return FieldProblem(f"config.tools.{index}.name", f"names {use.name}, which does not exist", remedy)


def _use_problems(index: int, tool: Tool, settings: JsonObject) -> list[FieldProblem]:
    field = f"config.tools.{index}"
    if not tool.is_active:
        return [
            FieldProblem(f"{field}.name", f"names {tool.name}, which is disabled", "Switch the tool on, or take it out.")
        ]
    kind = kind_of(tool.tool_type, tool.configuration)
    if kind is None:
        return [FieldProblem(f"{field}.name", f"names {tool.name}, whose type {tool.tool_type} cannot be called here")]
    found = kind.check_settings(tool.configuration, settings)
    return [FieldProblem(f"{field}.{each.field}", each.message, each.remedy) for each in found]


def _refuse(problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise ToolsUnusableError.of(*problems)


def _kind(tool_type: ToolType) -> ToolKind:
    kind = KINDS.get(tool_type)
    if kind is None:
        message = f"is {tool_type}; tools of this type cannot be made yet"
        raise ToolInvalidError.of(FieldProblem("tool_type", message, f"Use one of: {', '.join(KINDS)}."))
    return kind


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
    return ToolDraft(
        name=changes.get("name", before.name),
        description=changes.get("description", before.description),
        tool_type=before.tool_type,
        configuration=changes.get("configuration", before.configuration),
        parameters_schema=changes.get("parameters_schema", None if follows else before.parameters_schema),
        effect=changes.get("effect", before.effect),
    )


def _sealed(ctx: Context, kind: ToolKind, credentials: JsonObject | None) -> bytes | None:
    if credentials is None:
        return None
    problems = kind.check_credentials(credentials)
    if problems:
        raise ToolInvalidError.of(*problems)
    return ctx.resources.secrets.seal(dumps(credentials).decode())


async def _held(ctx: Context, tool_id: UUID) -> Tool:
    tool = await _get(ctx, tool_id)
    if tool.organization_id is None:
        raise ToolBuiltInError(f"{tool.name} is built in and cannot be changed.")
    if not await repository.lock(ctx.tx, tool_id):
        raise ToolMissingError
    return await _get(ctx, tool_id)


async def _in_use(ctx: Context, tool: Tool, verb: str) -> ToolInUseError:
    names = await repository.list_user_names(ctx.tx, tool.id)
    more = tool.used_by_count - len(names)
    told = ", ".join(names) + (f" and {more} more" if more > 0 else "")
    return ToolInUseError(
        f"{tool.name} cannot be {verb}: it is used by {told}.", remedy="Take it out of these agents first, or switch it off."
    )


def _shown(tool: Tool) -> JsonObject:
    return {
        "name": tool.name,
        "description": tool.description,
        "tool_type": tool.tool_type,
        "configuration": tool.configuration,
        "parameters_schema": tool.parameters_schema,
        "effect": tool.effect,
        "has_credentials": tool.has_credentials,
        "is_active": tool.is_active,
    }
