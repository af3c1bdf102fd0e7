"""What the nodes of a definition refer to, looked up: agents, teams, workflows and tools."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ToolUse
from retinue.engine.spec.workflow.findings import Finding
from retinue.tools import service as tools
from retinue.tools.errors import ToolsUnusableError
from retinue.tools.types import CallerType, ToolCaller
from retinue.workflows import repository, rules
from retinue.workflows.errors import WorkflowInvalidError
from retinue.workflows.types import NodeTarget


async def list_known(ctx: Context, mentions: Sequence[rules.Mention]) -> list[rules.Referable]:
    """Return what references may mean."""
    ids = [each.id for each in mentions if each.id is not None]
    names = [each.name for each in mentions if each.name is not None]
    return await repository.list_known(ctx, ids, names) if mentions else []


async def find_targets(ctx: Context, definition: JsonObject) -> tuple[NodeTarget, ...]:
    """Return what the nodes of a definition refer to. Raises ``WorkflowInvalidError`` for what there is not any more."""
    mentions = rules.mentions(definition)
    known = await list_known(ctx, mentions)
    missing = list(rules.meet(mentions, known, {}))
    if missing:
        raise WorkflowInvalidError.of_findings(missing)
    return rules.targets_of(mentions, known)


async def check_allowed(ctx: Context, workflow_id: UUID, definition: JsonObject) -> None:
    """Demand that a workflow may use the tools of its nodes. Raises ``WorkflowInvalidError`` that names each node."""
    mentions = [each for each in rules.mentions(definition) if each.kind == "tool"]
    if mentions:
        await ctx.check(partial(_demand_allowed, ctx, workflow_id, mentions))


async def _demand_allowed(ctx: Context, workflow_id: UUID, mentions: Sequence[rules.Mention]) -> None:
    known = await list_known(ctx, mentions)
    met = [(each, one.name) for each in mentions for one in known if each.is_met_by(one)]
    names = sorted({name for _, name in met})
    try:
        caller = ToolCaller(CallerType.WORKFLOW, workflow_id)
        await tools.demand_allowed(ctx, caller, [ToolUse(name=name) for name in names])
    except ToolsUnusableError as error:
        said = {names[int(each.field.split(".")[2])]: each for each in error.fields}
        findings = [
            Finding(each.path, "tool_not_allowed", f"{said[name].message}.", node=each.node, suggestion=said[name].remedy)
            for each, name in met
            if name in said
        ]
        raise WorkflowInvalidError.of_findings(findings) from None
