"""Making a backup: one snapshot of the database, every file that it refers to, and the sealed secret key.

While it is made, no file is deleted (``core.file_deletion``), so each file of the snapshot is still there when it is copied.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg

import retinue
from retinue.backups import parts, repository
from retinue.backups.errors import BackupFailedError, BackupRunningError
from retinue.backups.files import write_files
from retinue.backups.programs import Programs, choose_programs, started
from retinue.backups.repository import Owner
from retinue.backups.sealing import seal_with_passphrase
from retinue.backups.targets import Place, Target, Unfinished
from retinue.backups.types import DATABASE, FILES, FORMAT, SECRET, BackupTrigger, Manifest, Part, Progress, Table
from retinue.core.errors import Error, InvalidError
from retinue.core.ids import new_id
from retinue.core.storage import Storage
from retinue.migrations.state import is_newer

COMPRESSION = "gzip:3"
"""See docs/decisions/0015: the wheel's pg_dump is built without zstd and lz4."""
_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What to back up, and where to.

    ``url`` is the owner's; ``key`` encrypts everything, ``passphrase`` seals the secret key. ``id`` is that of a backup that
    was asked for; None: a new one.
    """

    url: str
    target: Target
    program_folders: Sequence[Path]
    storage: Storage
    trigger: BackupTrigger
    key: bytes | None
    passphrase: str | None
    secret_key: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FinishedBackup:
    """A complete backup."""

    place: Place
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


async def make_backup(order: Order, progress: Progress) -> FinishedBackup:
    """Make a backup; it gets its name when it is complete, and a failure leaves nothing behind.

    Raises ``BackupRunningError`` when another one is being made, ``ProgramsError``, ``BackupFailedError``, and the errors
    of the driver and the storage. Writes a record of the attempt into the database.
    """
    async with await connect(order.url) as record, await connect(order.url) as holder, holder.transaction():
        await _refuse_foreign_schema(record)
        if not await repository.lock(holder):
            raise BackupRunningError
        backup_id, left = order.id or new_id(), await repository.list_running(record)
        await repository.begin(record, backup_id, order.trigger, socket.gethostname())
        try:
            programs = choose_programs(order.program_folders, order.url, server_version(record))
            made = await _in_target(_Making(order, programs, backup_id, record, holder, progress), left)
        except BaseException as error:
            with contextlib.suppress(psycopg.Error):
                await repository.finish(record, backup_id, place=None, size_bytes=None, error=_describe(error))
            raise
        size = made.manifest.size_bytes
        await repository.finish(record, backup_id, place=str(made.place), size_bytes=size, error=None)
    return made


def _describe(error: BaseException) -> str:
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


async def _refuse_hidden_rows(connection: Owner) -> None:
    hidden = await repository.list_hidden(connection)
    if hidden:
        raise BackupFailedError(
            f"The role {connection.info.user} may not see every row of {', '.join(hidden[:3])}: the backup would miss rows.",
            remedy="Set DATABASE_URL to the owner of the schema, or to a role with BYPASSRLS.",
        )


@dataclass(frozen=True, slots=True)
class _Making:
    """One backup while it is made; the transaction of ``holder`` keeps files from being deleted."""

    order: Order
    programs: Programs
    id: UUID
    record: Owner
    holder: Owner
    progress: Progress

    def writer(self, unfinished: Unfinished, name: str) -> parts.PartWriter:
        """Begin a part, encrypted when there is a key."""
        return parts.PartWriter(unfinished, name, str(self.id), self.order.key)


async def _in_target(making: _Making, left: Collection[str]) -> FinishedBackup:
    """Make the backup under a mark that says it is incomplete, which goes at the end.

    ``left``: backups of which the record says that they are being made, whose process is gone.
    """
    target = making.order.target
    ours = await repository.list_ids(making.record)
    try:
        target.remove_incomplete(ours.__contains__)
        if left:
            await _settle(making, left)
        with target.beginning(datetime.now(UTC), str(making.id)) as (instant, unfinished):
            manifest = await _fill(making, unfinished, instant)
            return FinishedBackup(parts.write_manifest_of(unfinished, manifest, making.order.key), manifest)
    except OSError as error:
        if isinstance(error, psycopg.Error):
            raise
        raise BackupFailedError(
            f"The backup could not be written to {target}: {error.strerror}.",
            remedy="Free space there, or name another folder.",
        ) from error


async def _settle(making: _Making, left: Collection[str]) -> None:
    """Enter that a backup is complete whose process was killed after that, and before it could enter it."""
    for place, listed in making.order.target.list():
        if listed.id in left:
            await repository.finish(
                making.record, UUID(listed.id), place=str(place), size_bytes=listed.size_bytes, error=None
            )


async def _fill(making: _Making, unfinished: Unfinished, instant: datetime) -> Manifest:
    order = making.order
    making.progress("Waiting until no file is being deleted")
    await repository.hold_files(making.holder)
    async with _snapshot(order.url) as (connection, snapshot):
        revision = await repository.read_revision(connection)
        await _refuse_hidden_rows(connection)
        files = await repository.list_files(connection)
        dumped, tables = await _database(making, unfinished, connection, snapshot)
        with making.writer(unfinished, FILES) as writer:
            found = await write_files(order.storage, files, writer, making.progress)
            stored = writer.finish()
        await making.holder.execute("SELECT 1")  # the files were held all the time: a connection that was lost fails here
        server = server_version(connection)
    secret = (_secret(making, unfinished, order.passphrase),) if order.passphrase and order.secret_key else ()
    return Manifest(
        format=FORMAT,
        id=str(making.id),
        created_at=instant,
        trigger=order.trigger,
        retinue=retinue.__version__,
        schema=revision,
        server=server,
        pg_dump=making.programs.version,
        encrypted=order.key is not None,
        secret_key=bool(secret),
        tables=tables,
        files=found,
        parts=(dumped, stored, *secret),
    )


@asynccontextmanager
async def _snapshot(url: str) -> AsyncGenerator[tuple[Owner, str]]:
    async with await connect(url) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        await connection.set_read_only(True)
        async with connection.transaction():
            yield connection, await repository.export_snapshot(connection)


async def _database(
    making: _Making, unfinished: Unfinished, connection: Owner, snapshot: str
) -> tuple[Part, tuple[Table, ...]]:
    """Dump the database and measure its tables, both from the snapshot and at the same time."""
    try:
        async with asyncio.TaskGroup() as group:
            dumping = group.create_task(_dump(making, unfinished, snapshot))
            measuring = group.create_task(repository.measure_tables(connection))
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return dumping.result(), measuring.result()


async def _dump(making: _Making, unfinished: Unfinished, snapshot: str) -> Part:
    arguments = ("--format=custom", f"--compress={COMPRESSION}", f"--snapshot={snapshot}", "--no-unlogged-table-data")
    # As an owner that is no superuser, pg_dump would else refuse tables whose policies are forced on their owner.
    arguments += ("--enable-row-security", "--no-password", "--lock-wait-timeout=60s")
    with making.writer(unfinished, DATABASE) as writer:
        async with started(making.programs, "pg_dump", *arguments, url=making.order.url) as program:
            async for content in program.output():
                writer.write(content)
                making.progress(f"Database: {parts.told(writer.given_bytes)}")
            problem = await program.end()
        if problem is not None:
            raise BackupFailedError(problem)
        return writer.finish()


def _secret(making: _Making, unfinished: Unfinished, passphrase: str) -> Part:
    sealed = seal_with_passphrase(making.order.secret_key.encode(), passphrase, f"{making.id}/{SECRET}")
    with parts.PartWriter(unfinished, SECRET, str(making.id), None) as writer:
        writer.write(sealed)
        return writer.finish()
