"""Deletion of files waits while a backup is made, since the backup copies the files that its snapshot refers to.

A process that deletes holds a shared lock of the database until the files are gone; a backup holds the same lock alone.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import LiteralString

from retinue.core.db.database import Database
from retinue.core.errors import UnavailableError

_LOCK: LiteralString = "SELECT pg_try_advisory_xact_lock_shared(tenant.lock_key('files'))"


class FilesHeldError(UnavailableError):
    """A backup is being made, and no file is deleted in that time."""

    code = "files_held"
    remedy = "It is tried again by itself once the backup has ended."


@asynccontextmanager
async def deleting(database: Database) -> AsyncGenerator[None]:
    """Delete files in the body. Raises ``FilesHeldError`` while a backup is made."""
    async with database.system_context([]) as ctx:
        row = await (await ctx.tx.execute(_LOCK)).fetchone()
        if not row or not row[0]:
            raise FilesHeldError
        yield
