"""Restoring a backup into an empty database: the schema, the rows and the policies in one transaction, then the files."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from psycopg import sql

from retinue.backups import parts, repository
from retinue.backups.errors import BackupInvalidError, BackupKeyError, ProgramsError, RestoreFailedError, TargetNotEmptyError
from retinue.backups.files import StoredEntry, read_files
from retinue.backups.making import connect, server_version
from retinue.backups.programs import Program, Programs, choose_programs, started
from retinue.backups.sealing import open_with_passphrase
from retinue.backups.targets import Place
from retinue.backups.types import DATABASE, FILES, SECRET, Manifest, Progress
from retinue.core.storage import Storage
from retinue.migrations.state import is_newer

# The role is as the first step of the migrations makes it. Not psql's own --single-transaction: that commits at the end of
# its input, and a process that is killed ends its input as well.
_BEGIN = b"""
BEGIN;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retinue_app') THEN
    CREATE ROLE retinue_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
  IF NOT pg_has_role(current_user, 'retinue_app', 'MEMBER') THEN
    EXECUTE format('GRANT retinue_app TO %I', current_user);
  END IF;
END $$;
"""
# The owner's policies name the owner of the backup's database, who may have another name here. As in tenant.force.
_FINISH = b"""
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT c.oid::regclass AS target FROM pg_class c WHERE c.relrowsecurity AND c.relforcerowsecurity LOOP
    EXECUTE format('CREATE POLICY owner ON %s TO %I USING (true) WITH CHECK (true)', each.target, current_user);
  END LOOP;
END $$;
COMMENT ON TABLE public.alembic_version IS %(mark)s;
COMMIT;
"""
_SET_MARK = sql.SQL("COMMENT ON TABLE public.alembic_version IS {}")
_GET_MARK: LiteralString = "SELECT obj_description(to_regclass('public.alembic_version'), 'pg_class')"
_MARK = re.compile(r"(restored|compared) (\S+)")
_OWNERS = " owner "
_AS_BEFORE = "The database is as it was before."


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup whose manifest was read: its place, and the key that opens it."""

    place: Place
    manifest: Manifest
    key: bytes | None

    def part(self, name: str) -> Iterator[bytes]:
        """Return the content of a part."""
        return parts.read_part(self.place, self.manifest, name, self.key)


def open_backup(place: Place, key: bytes | None, progress: Progress) -> Backup:
    """Read the manifest and check every part. Raises ``MissingError``, ``BackupInvalidError``, ``BackupKeyError``."""
    manifest = parts.open_manifest(place, key)
    if is_newer(manifest.schema):
        raise BackupInvalidError(
            f"The backup has the schema {manifest.schema} of Retinue {manifest.retinue}, which is newer than this version.",
            remedy=f"Restore it with Retinue {manifest.retinue} or a later version.",
        )
    parts.check_parts(place, manifest, progress)
    return Backup(place, manifest, key if manifest.encrypted else None)


def open_secret_key(backup: Backup, passphrase: str | None) -> str | None:
    """Return the secret key that the backup holds; None when it holds none. Raises ``BackupKeyError``."""
    if not backup.manifest.secret_key:
        return None
    if passphrase is None:
        raise BackupKeyError(
            "The backup holds the secret key, sealed with a passphrase, and none is set.",
            remedy="Set RETINUE_BACKUP_PASSPHRASE, or give --without-secret-key and put the key in place yourself.",
        )
    sealed = parts.read_small(backup.place, SECRET)
    return open_with_passphrase(sealed, passphrase, f"{backup.manifest.id}/{SECRET}").decode()


async def refuse_full_database(url: str) -> str:
    """Return the server's version. Raises ``TargetNotEmptyError`` when the database holds anything."""
    async with await connect(url) as connection:
        count = await repository.count_objects(connection)
        if count:
            raise TargetNotEmptyError(
                f"The database {connection.info.dbname!r} is not empty: it holds {count} tables, views and sequences.",
                remedy="Create an empty database (CREATE DATABASE), and set DATABASE_URL to it. Nothing was changed.",
            )
        return server_version(connection)


async def read_unfinished(url: str) -> tuple[str, str] | None:
    """Return how far a restore that was committed and not finished is, "restored" or "compared", and its backup's id."""
    async with await connect(url) as connection:
        row = await (await connection.execute(_GET_MARK)).fetchone()
    found = _MARK.fullmatch(row[0]) if row and row[0] else None
    return None if found is None else (found[1], found[2])


async def note_compared(url: str, manifest: Manifest) -> None:
    """Note that what was restored is as the backup says, so that a restore which goes on need not compare a migrated one."""
    await _set_mark(url, f"compared {manifest.id}")


async def note_finished(url: str) -> None:
    """Remove the mark of a restore that is not finished."""
    await _set_mark(url, None)


async def _set_mark(url: str, mark: str | None) -> None:
    async with await connect(url) as connection:
        await connection.execute(_SET_MARK.format(sql.Literal(mark)))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


async def restore_database(backup: Backup, url: str, folders: Sequence[Path], progress: Progress) -> None:
    """Restore the database part in one transaction: it is all there afterwards, with a mark, or nothing is.

    Raises ``TargetNotEmptyError``, ``ProgramsError``, ``RestoreFailedError``, and the driver's errors.
    """
    server = await refuse_full_database(url)
    manifest = backup.manifest
    if int(server.split(".")[0]) < manifest.server_major:
        raise ProgramsError(
            f"The backup was taken from PostgreSQL {manifest.server}, and this server is the older {server}.",
            remedy=f"Restore into PostgreSQL {manifest.server_major} or later.",
        )
    programs = choose_programs(folders, url, server)
    if programs.major < int(manifest.pg_dump.split(".")[0]):
        raise ProgramsError(
            f"The backup was made by pg_dump {manifest.pg_dump}, and pg_restore is the older {programs.version}."
        )
    listed = await _list(backup, programs)
    chosen = "\n".join(line for line in listed.splitlines() if not (" POLICY " in line and _OWNERS in line))
    with tempfile.NamedTemporaryFile("w", prefix="retinue-contents-", encoding="utf-8") as contents:
        contents.write(chosen)
        contents.flush()
        await _pour(backup, url, programs, Path(contents.name), progress)


async def _list(backup: Backup, programs: Programs) -> str:
    async with started(programs, "pg_restore", "--list") as program:
        await _feed(program, backup.part(DATABASE))
        listed = b"".join([content async for content in program.output()])
        problem = await program.end()
    if problem is not None:
        raise RestoreFailedError(problem)
    return listed.decode()


async def _pour(backup: Backup, url: str, programs: Programs, contents: Path, progress: Progress) -> None:
    """Turn the dump into SQL and let psql carry it out in one transaction; whatever fails rolls back."""
    arguments = (f"--use-list={contents}", "--file=-", "--no-owner", "--enable-row-security")
    carried_out = ("-X", "-q", "-w", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-f", "-")
    async with (
        started(programs, "psql", *carried_out, url=url) as psql,
        started(programs, "pg_restore", *arguments) as reader,
        _feeding(reader, backup.part(DATABASE)) as feeding,
    ):
        total, is_taken = 0, await psql.feed(_BEGIN)
        async for content in reader.output():
            is_taken = is_taken and await psql.feed(content)
            total += len(content)
            progress(f"Database: {parts.told(total)} of SQL")
        problem = await feeding
        if problem is not None:  # left without its end, psql is killed, and nothing is committed
            raise RestoreFailedError(problem, remedy=_AS_BEFORE)
        progress("Database: indexes and constraints")
        await psql.feed(_FINISH.replace(b"%(mark)s", _literal(f"restored {backup.manifest.id}").encode()))
        problem = await psql.end()
        if problem is not None:
            raise RestoreFailedError(problem, remedy=_AS_BEFORE)


@asynccontextmanager
async def _feeding(program: Program, content: Iterator[bytes]) -> AsyncGenerator["asyncio.Task[str | None]"]:
    task = asyncio.create_task(_feed_and_end(program, content))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _feed_and_end(program: Program, content: Iterator[bytes]) -> str | None:
    await _feed(program, content)
    return await program.end()


async def _feed(program: Program, content: Iterator[bytes]) -> None:
    for chunk in content:
        if not await program.feed(chunk):
            return


async def restore_files(backup: Backup, storage: Storage, progress: Progress) -> dict[str, tuple[int, str]]:
    """Store every file of the backup; return key → size, SHA-256 of what was stored. May be repeated."""
    stored: dict[str, tuple[int, str]] = {}
    for entry in read_files(backup.part(FILES)):
        made = await storage.put(entry.key, _chunks(entry))
        stored[entry.key] = (made.size_bytes, made.checksum)
        progress(f"Files: {len(stored)} of {backup.manifest.files.count}")
    return stored


async def _chunks(entry: StoredEntry) -> AsyncIterator[bytes]:
    for chunk in entry.content:
        yield chunk
