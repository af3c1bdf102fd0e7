"""What the nodes of a definition refer to, looked up: agents, teams, workflows and tools."""

from collections.abc import Sequence

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.workflows import repository, rules
from retinue.workflows.errors import WorkflowInvalidError
from retinue.workflows.types import NodeTarget


async def list_known(ctx: Context, mentions: Sequence[rules.Mention]) -> list[rules.Known]:
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
