"""`retinue organizations`: delete one, or cancel its deletion, for whoever runs the installation, at its database.

Workers carry the deletion out, since they know where files are; here it is asked for and watched.
"""

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from retinue.cli.at_database import opened, with_database
from retinue.cli.exits import FAILED, OK, fail
from retinue.core.errors import ConflictError
from retinue.core.ids import OrganizationId
from retinue.core.settings import CoreSettings

_POLL_SECONDS = 0.5
_FIND = "SELECT id FROM organizations WHERE slug = %(slug)s"
_OPEN = """
SELECT id FROM organization_deletions WHERE target_id = %(organization_id)s AND phase NOT IN ('finished', 'cancelled')
"""
_PROGRESS = """
SELECT phase, erase_after, rows_total, rows_deleted, files_deleted, error, erase_after <= tenant.now() AND NOT EXISTS (
  SELECT FROM workers WHERE last_heartbeat > tenant.now() - interval '1 minute')
FROM organization_deletions WHERE id = %(id)s
"""


def delete(slug: str, *, grace_hours: float | None, wait: bool) -> int:
    """Ask for the deletion of an organization; with ``wait`` show the progress until it has finished.

    One that is being deleted already is only shown.
    """

    async def ask(connection: AsyncConnection[Any], organization_id: OrganizationId, core: CoreSettings) -> int:
        deletion_id = await _find_open(connection, organization_id)
        if deletion_id is None:
            from retinue.identity.deletions import service  # noqa: PLC0415 - loads every package's code

            seconds = None if grace_hours is None else int(grace_hours * 3600)
            try:
                async with opened(core) as database:
                    deletion_id = await service.request_as_operator(database, organization_id, seconds)
            except ConflictError as error:
                return fail(error, FAILED)
        return await _watch(connection, deletion_id, slug, wait=wait)

    return _with_organization(slug, ask)


def cancel(slug: str) -> int:
    """Cancel the deletion of an organization that has not begun."""

    async def undo(connection: AsyncConnection[Any], organization_id: OrganizationId, core: CoreSettings) -> int:
        deletion_id = await _find_open(connection, organization_id)
        if deletion_id is None:
            print(f"The organization {slug} is not being deleted.", file=sys.stderr)
            return FAILED
        from retinue.identity.deletions import service  # noqa: PLC0415 - loads every package's code

        try:
            async with opened(core) as database:
                await service.cancel_as_operator(database, deletion_id)
        except ConflictError as error:
            return fail(error, FAILED)
        print(f"The deletion of {slug} is cancelled. Runs that were cancelled stay cancelled.")
        return OK

    return _with_organization(slug, undo)


async def _watch(connection: AsyncConnection[Any], deletion_id: uuid.UUID, slug: str, *, wait: bool) -> int:
    shown = told = ""
    while True:
        row = await (await connection.execute(_PROGRESS, {"id": deletion_id})).fetchone()
        if row is None:
            raise AssertionError("the record of a deletion is never deleted")
        phase, erase_after, total, deleted, files, error, has_no_worker = row
        line = _line(phase, erase_after, total, deleted, files)
        if line != shown:
            print(f"{slug}: {line}", flush=True)
        problem = error or ("No worker is running: start 'retinue worker' or 'retinue up'." if has_no_worker else "")
        if problem and problem != told and phase not in {"finished", "cancelled"}:
            print(f"{slug}: {problem}", file=sys.stderr)
        shown, told = line, problem
        if phase == "cancelled":
            return FAILED
        if phase == "finished" or not wait:
            return OK
        await asyncio.sleep(_POLL_SECONDS)


def _line(phase: str, erase_after: datetime, total: int | None, deleted: int, files: int) -> str:
    if phase == "scheduled":
        return f"shut; is deleted after {erase_after:%Y-%m-%d %H:%M:%S %z}."
    if phase == "cancelled":
        return "the deletion was cancelled."
    if phase == "finished":
        return f"deleted: {deleted} rows, {files} files."
    if phase == "stopping":
        return "cancelling runs."
    of = "" if total is None else f" of {total}"
    return f"deleting {phase}: {files} files and {deleted}{of} rows are deleted."


async def _find_open(connection: AsyncConnection[Any], organization_id: OrganizationId) -> uuid.UUID | None:
    row = await (await connection.execute(_OPEN, {"organization_id": organization_id})).fetchone()
    return None if row is None else row[0]


def _with_organization(
    slug: str, act: Callable[[AsyncConnection[Any], OrganizationId, CoreSettings], Awaitable[int]]
) -> int:
    async def find(connection: AsyncConnection[Any], core: CoreSettings) -> int:
        row = await (await connection.execute(_FIND, {"slug": slug.strip()})).fetchone()
        if row is None:
            print(f"No organization has the slug {slug}.", file=sys.stderr)
            return FAILED
        return await act(connection, OrganizationId(row[0]), core)

    return with_database(find)
