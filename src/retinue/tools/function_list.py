"""The functions that an operator installed, for those who may read tools."""

import asyncio

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.permissions import require
from retinue.tools.installed import list_installed
from retinue.tools.permissions import READ
from retinue.tools.types import InstalledFunction


async def list_functions(database: Database, actor: Actor) -> list[InstalledFunction]:
    """Return the Python functions that the operator installed as tools, by name."""
    async with database.context(actor) as ctx:
        require(ctx, READ)
    return list(await asyncio.to_thread(list_installed))
