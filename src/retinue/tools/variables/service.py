"""Which tools use a variable, in their configuration or in their sealed credentials."""

from dataclasses import dataclass
from uuid import UUID

from retinue.core.context import Context
from retinue.core.json import loads
from retinue.engine.spec.variables import names_in
from retinue.tools.variables import repository
from retinue.tools.variables.repository import Candidate

_MOST = 100


@dataclass(frozen=True, slots=True)
class UsingTool:
    """A tool that uses a variable."""

    id: UUID
    name: str


async def list_using_tools(ctx: Context, name: str) -> list[UsingTool]:
    """Return the tools that use a variable, 100 at most. For packages that have asked for the permission."""
    found = await repository.list_candidates(ctx, name)
    return [UsingTool(each.id, each.name) for each in found if each.is_using or _signs_in_with(ctx, each, name)][:_MOST]


def _signs_in_with(ctx: Context, tool: Candidate, name: str) -> bool:
    return tool.credentials_encrypted is not None and name in names_in(
        loads(ctx.resources.secrets.open(tool.credentials_encrypted))
    )
