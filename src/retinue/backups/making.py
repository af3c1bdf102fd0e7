"""Making a backup: one snapshot of the database, every file that it refers to, and the sealed secret key.

While it is made, no file is deleted (``core.file_deletion``), so each file of the snapshot is still there when it is copied.
"""

import asyncio
import contextlib
import shutil
import socket
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg

import retinue
from retinue.backups import parts, repository, rules
from retinue.backups.errors import BackupFailedError, BackupRunningError
from retinue.backups.files import write_files
from retinue.backups.programs import Programs, choose_programs, started
from retinue.backups.repository import Owner
from retinue.backups.sealing import seal_with_passphrase
from retinue.backups.types import DATABASE, FILES, FORMAT, SECRET, FilesFound, Manifest, Part, Progress, Table, Trigger
from retinue.core.errors import Error, InvalidError
from retinue.core.ids import new_id
from retinue.core.storage import Storage
from retinue.migrations.state import is_newer

COMPRESSION = "gzip:3"
"""See docs/decisions/0015: the wheel's pg_dump is built without zstd and lz4."""
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What to back up and where to: ``url`` is the owner's; ``key`` encrypts everything, ``passphrase`` seals the secret key."""

    url: str
    folder: Path
    program_folders: Sequence[Path]
    storage: Storage
    trigger: Trigger
    key: bytes | None
    passphrase: str | None
    secret_key: str


@dataclass(frozen=True, slots=True)
class Made:
    """A complete backup."""

    place: Path
    manifest: Manifest


async def connect(url: str) -> Owner:
    """Connect as the owner. Raises the driver's errors."""
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=_CONNECT_SECONDS, application_name="retinue backup"
    )


def server_version(connection: Owner) -> str:
    """Return the version of the server, as 18.6."""
    number = connection.info.server_version
    return f"{number // 10000}.{number % 10000}"


async def make_backup(order: Order, progress: Progress) -> Made:
    """Make a backup; it gets its name when it is complete, and a failure leaves nothing behind.

    Raises ``BackupRunningError`` when another one is being made, ``ProgramsError``, ``BackupFailedError``, and the errors
    of the driver and the storage. Writes a record of the attempt into the database.
    """
    order.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    parts.remove_incomplete(order.folder)
    async with await connect(order.url) as record, await connect(order.url) as holder, holder.transaction():
        await _refuse_foreign_schema(record)
        if not await repository.lock(holder):
            raise BackupRunningError
        programs = choose_programs(order.program_folders, order.url, server_version(record))
        backup_id = new_id()
        await repository.begin(record, backup_id, order.trigger, socket.gethostname())
        try:
            made = await _make(order, programs, backup_id, holder, progress)
        except BaseException as error:
            with contextlib.suppress(psycopg.Error):
                await repository.finish(record, backup_id, place=None, size_bytes=None, error=_told(error))
            raise
        size = made.manifest.size_bytes
        await repository.finish(record, backup_id, place=str(made.place), size_bytes=size, error=None)
    return made


def _told(error: BaseException) -> str:
    text = error.detail if isinstance(error, Error) else f"{type(error).__name__}: {error}".rstrip(": ")
    return text[:500]


async def _refuse_foreign_schema(connection: Owner) -> None:
    revision = await repository.read_revision(connection)
    if not revision:
        raise InvalidError(
            "The database holds no schema of Retinue, so there is nothing to back up.",
            remedy="Check DATABASE_URL or RETINUE_DATA_DIR.",
        )
    if is_newer(revision):
        raise InvalidError(
            f"The database has the schema {revision} of a newer Retinue.",
            remedy="Back it up with that version or a later one.",
        )


async def _make(order: Order, programs: Programs, backup_id: UUID, holder: Owner, progress: Progress) -> Made:
    now = datetime.now(UTC)
    partial = order.folder / f"{rules.name_of(now)}{rules.PARTIAL}"
    try:
        partial.mkdir(mode=0o700)
        with parts.held(partial):
            manifest = await _fill(order, programs, partial, holder, _Facts(str(backup_id), now), progress)
            return Made(parts.write_complete(partial, manifest, order.key), manifest)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupFailedError(
            f"The backup could not be written to {order.folder}: {error.strerror}.",
            remedy="Free space there, or name another folder.",
        ) from error
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


@dataclass(frozen=True, slots=True)
class _Facts:
    id: str
    created_at: datetime


async def _fill(
    order: Order, programs: Programs, partial: Path, holder: Owner, facts: _Facts, progress: Progress
) -> Manifest:
    progress("Waiting until no file is being deleted")
    await repository.hold_files(holder)
    async with _snapshot(order.url) as (connection, snapshot):
        revision = await repository.read_revision(connection)
        files = await repository.list_files(connection)
        dumped, tables = await _database(order, programs, partial, connection, (facts.id, snapshot), progress)
        stored, found = await _files(order, partial, files, facts.id, progress)
        await holder.execute("SELECT 1")  # files were held all the time: a connection that was lost fails here
        server = server_version(connection)
    made = [dumped, stored]
    if order.passphrase is not None and order.secret_key:
        made.append(_secret(order, partial, facts.id))
    return Manifest(
        format=FORMAT,
        id=facts.id,
        created_at=facts.created_at,
        trigger=order.trigger,
        retinue=retinue.__version__,
        schema=revision,
        server=server,
        pg_dump=programs.version,
        encrypted=order.key is not None,
        secret_key=len(made) > 2,  # noqa: PLR2004 - beside the database and the files
        tables=tables,
        files=found,
        parts=tuple(made),
    )


@asynccontextmanager
async def _snapshot(url: str) -> AsyncGenerator[tuple[Owner, str]]:
    async with await connect(url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        async with connection.transaction():
            yield connection, await repository.export_snapshot(connection)


async def _database(
    order: Order, programs: Programs, partial: Path, connection: Owner, names: tuple[str, str], progress: Progress
) -> tuple[Part, tuple[Table, ...]]:
    """Dump the database and measure its tables, both from the snapshot and at the same time."""
    backup_id, snapshot = names

    async def dump() -> Part:
        arguments = ("--format=custom", f"--compress={COMPRESSION}", f"--snapshot={snapshot}", "--no-unlogged-table-data")
        # As an owner that is no superuser, pg_dump would else refuse tables whose policies are forced on their owner.
        arguments += ("--enable-row-security", "--no-password", "--lock-wait-timeout=60s")
        with parts.PartWriter(partial, DATABASE, backup_id, order.key) as writer:
            async with started(programs, "pg_dump", *arguments, url=order.url) as program:
                async for content in program.output():
                    writer.write(content)
                    progress(f"Database: {parts.told(writer.given_bytes)}")
                problem = await program.end()
            if problem is not None:
                raise BackupFailedError(problem)
            return writer.finish()

    try:
        async with asyncio.TaskGroup() as group:
            dumping = group.create_task(dump())
            measuring = group.create_task(repository.measure_tables(connection))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return dumping.result(), measuring.result()


async def _files(
    order: Order, partial: Path, files: dict[str, tuple[int, str]], backup_id: str, progress: Progress
) -> tuple[Part, FilesFound]:
    with parts.PartWriter(partial, FILES, backup_id, order.key) as writer:
        found = await write_files(order.storage, files, writer, progress)
        return writer.finish(), found


def _secret(order: Order, partial: Path, backup_id: str) -> Part:
    sealed = seal_with_passphrase(order.secret_key.encode(), order.passphrase or "", f"{backup_id}/{SECRET}")
    with parts.PartWriter(partial, SECRET, backup_id, None) as writer:
        writer.write(sealed)
        return writer.finish()
