"""Tools of agents and of workflows: bound when these are saved, and frozen into the plan of a run when it starts."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.ports import ToolPlan
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.engine.spec.variables import fill_document
from retinue.tools import callers, reach, repository
from retinue.tools.errors import ToolsUnusableError
from retinue.tools.ports import ToolKind
from retinue.tools.registry import kind_of, variables_in
from retinue.tools.repository import ToolKey
from retinue.tools.rules import named_twice, unknown_tool
from retinue.tools.types import VARIABLES, CallerType, Tool, ToolCaller


async def bind_agent(ctx: Context, agent_id: UUID, uses: Sequence[ToolUse]) -> None:
    """Write which tools an agent may use: exactly these. For the package of agents, which has asked for the permission.

    Raises ``ToolsUnusableError`` that names each tool that does not exist, is named twice or is not for this agent; inactive
    ones are taken.
    """
    keys = await repository.list_keys(ctx.tx, [use.name for use in uses])
    _refuse([*named_twice(uses), *(unknown_tool(index, use) for index, use in enumerate(uses) if use.name not in keys)])
    await repository.bind(ctx, agent_id, list(keys.values()))
    if keys:
        await ctx.check(partial(demand_allowed, ctx, ToolCaller(CallerType.AGENT, agent_id), uses))


async def demand_allowed(ctx: Context, caller: ToolCaller, uses: Sequence[ToolUse]) -> None:
    """Demand that a caller may use tools that exist. Raises ``ToolsUnusableError`` that names each that it may not."""
    _refuse(await _not_allowed(ctx, caller, uses, await repository.list_keys(ctx.tx, [use.name for use in uses])))


async def _not_allowed(
    ctx: Context, caller: ToolCaller, uses: Sequence[ToolUse], known: Mapping[str, ToolKey] | Mapping[str, Tool]
) -> list[FieldProblem]:
    lists = {name: each.allowed_for for name, each in known.items() if each.allowed_for}
    said = await callers.refused(ctx, caller, lists)
    return [
        FieldProblem(f"config.tools.{index}.name", *said[use.name]) for index, use in enumerate(uses) if use.name in said
    ]


async def plan_tools(
    ctx: Context,
    caller: ToolCaller,
    uses: Sequence[ToolUse],
    limits: Limits,
    *,
    variables: Mapping[str, str] | None = None,
) -> tuple[ToolPlan, ...]:
    """Freeze the tools of an agent, or one of a workflow, into a run's plan. The permission to run has been asked for.

    ``variables`` are the agent's plain ones; they are filled in now, secret ones at each call. Raises
    ``ToolsUnusableError`` that names each tool that is unknown, disabled, not for the caller, named twice, or has wrong
    settings.
    """
    if not uses:
        return ()
    plain = variables or {}
    tools = await repository.list_by_names(ctx.tx, [use.name for use in uses])
    problems = [*named_twice(uses), *await _not_allowed(ctx, caller, uses, tools)]
    plans: list[ToolPlan] = []
    for index, use in enumerate(uses):
        tool = tools.get(use.name)
        if tool is None:
            problems.append(unknown_tool(index, use))
            continue
        settings = cast("JsonObject", fill_document(use.settings, plain))
        problems += _use_problems(index, tool, settings)
        if not problems:
            plans.append(plan_of(tool, use, settings, limits, plain))
    _refuse(problems)
    return tuple(plans)


async def check_reachable(database: Database, plans: Sequence[ToolPlan]) -> None:
    """See to it that the hosts of tools answer, with no transaction open. Raises ``ToolsUnusableError``."""
    _refuse(await reach.problems_of(database.resources.outbound, plans))


def plan_of(tool: Tool, use: ToolUse, settings: JsonObject, limits: Limits, plain: Mapping[str, str]) -> ToolPlan:
    """Freeze a tool with settings that were checked; ``plain`` are the plain variables of the agent."""
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
        approval={} if use.approval is None else cast("JsonObject", use.approval.model_dump(mode="json")),
        timeout_seconds=min(float(limits.tool_timeout_seconds), cast("float", tool.limits.get("timeout_seconds", math.inf))),
        limits=tool.limits,
        is_connected=tool.connection_id is not None,
    )


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
