"""Processes killed in the middle: what they left is recognized, and the next attempt succeeds."""

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from retinue.core.file_deletion import FilesHeldError
from tests.backups.conftest import NOTE, PASSPHRASE, CommandLine, Installation, until

_PSQL = """
SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE a.datname = current_database() AND a.application_name = 'psql' AND l.locktype = 'relation'
"""
"""How many tables and indexes the transaction of a restore has made so far: it holds a lock on each."""
_OBJECTS = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_ATTEMPTS = "SELECT status, error FROM backups ORDER BY started_at DESC LIMIT 2"


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=30)


async def test_killed_backup_leaves_what_is_known_as_incomplete_and_the_next_one_removes_it(
    installation: Installation, retinue: CommandLine, place: Path
) -> None:
    with psycopg.connect(installation.owner_url) as blocking:
        blocking.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")  # pg_dump waits for it
        process = retinue.begin("backup", "--to", place)
        await until(lambda: any(place.glob("*.partial/database.dump")))
        another = await retinue("backup", "--to", place)
        _kill(process)
    left = [path.name for path in place.iterdir()]
    listed = await retinue("backup", "list", place)
    interrupted = installation.rows("SELECT is_running FROM tenant.backup_state()")
    following = await retinue("backup", "--to", place)

    assert "Another backup of this database is being made." in another.err
    assert [name.endswith(".partial") for name in left] == [True]
    assert "No backups in" in listed.out
    assert interrupted == [(False,)]
    assert following.code == 0, following.err
    assert [path.name.endswith("Z") for path in place.iterdir()] == [True]
    assert installation.rows(_ATTEMPTS) == [("succeeded", None), ("failed", "The process that made it ended early.")]


async def test_backup_killed_while_it_copies_files_is_incomplete(
    installation: Installation, retinue: CommandLine, place: Path
) -> None:
    (note,) = Path(installation.environ["RETINUE_DATA_DIR"], "artifacts", "runs").rglob("*/*/*")
    hidden = note.rename(note.with_name("hidden"))
    os.mkfifo(note)  # a process that reads it waits
    try:
        process = retinue.begin("backup", "--to", place)
        await until(lambda: any(place.glob("*.partial/files.tar")))
        _kill(process)
    finally:
        note.unlink()
        hidden.rename(note)
    listed = await retinue("backup", "list", place)
    following = await retinue("backup", "--to", place)

    assert "No backups in" in listed.out
    assert following.code == 0, following.err
    assert [path.name.endswith("Z") for path in place.iterdir()] == [True]


async def test_backup_killed_before_it_is_recorded_is_complete_and_the_next_one_records_it(
    installation: Installation, retinue: CommandLine, place: Path
) -> None:
    with psycopg.connect(installation.owner_url) as blocking:
        process = retinue.begin("backup", "--to", place)
        await until(lambda: any(place.glob("*.partial/database.dump")))
        blocking.execute("SELECT FROM backups WHERE status = 'running' FOR UPDATE")
        await until(lambda: any(place.glob("*Z")))
        _kill(process)
    listed = await retinue("backup", "list", place)
    (made,) = place.glob("*Z")
    following = await retinue("backup", "--to", place)

    assert listed.out.startswith(str(made))
    assert following.code == 0, following.err
    newer = next(path for path in place.iterdir() if path != made)
    records = installation.rows("SELECT status, error, place FROM backups ORDER BY started_at DESC LIMIT 2")
    assert records == [("succeeded", None, str(newer)), ("succeeded", None, str(made))]


async def test_cancelled_backup_leaves_nothing(installation: Installation, retinue: CommandLine, place: Path) -> None:
    with psycopg.connect(installation.owner_url) as blocking:
        blocking.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")
        process = retinue.begin("backup", "--to", place)
        await until(lambda: any(place.glob("*.partial/database.dump")))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (1, "Cancelled.\n")
    assert list(place.iterdir()) == []


async def test_restore_into_a_database_that_is_killed_leaves_it_empty(
    elsewhere: CommandLine, backup: Path, empty: str, place: Path
) -> None:
    arguments = ("restore", backup, "--without-secret-key")
    target = {"DATABASE_URL": empty, "RETINUE_DATA_DIR": str(place)}
    with psycopg.connect(empty, autocommit=True) as watching:

        def count(query: str) -> int:
            row = watching.execute(query.encode()).fetchone()
            return int(row[0]) if row else 0

        process = elsewhere.begin(*arguments, **target)
        await until(lambda: count(_PSQL) > 50)
        _kill(process)
        await until(lambda: count(_PSQL) == 0)
        objects = count(_OBJECTS)
        again = await elsewhere(*arguments, **target)

        assert objects == 0
        assert again.code == 0, again.err
        assert count(_OBJECTS) > 0


@pytest.mark.parametrize("point", ["comparing", "migrating"])
async def test_restore_into_a_database_that_is_killed_after_the_commit_goes_on(
    elsewhere: CommandLine, backup: Path, empty: str, place: Path, point: str
) -> None:
    arguments = ("restore", backup, "--without-secret-key")
    target = {"DATABASE_URL": empty, "RETINUE_DATA_DIR": str(place)}
    with psycopg.connect(empty, autocommit=True) as blocking, psycopg.connect(empty, autocommit=True) as watching:
        if point == "migrating":
            blocking.execute("SELECT pg_advisory_lock(hashtextextended('retinue.migrate', 0))")
        process = elsewhere.begin(*arguments, **target)
        if point == "comparing":
            await until(lambda: _is_locked(blocking, "workflows"), seconds=60)  # one of the last tables to be compared
        waits = b"SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        await until(lambda: watching.execute(waits, (blocking.info.backend_pid,)).fetchone() != (0,), seconds=60)
        _kill(process)
        mark = watching.execute("SELECT obj_description('alembic_version'::regclass, 'pg_class')").fetchone()
    again = await elsewhere(*arguments, **target)
    third = await elsewhere(*arguments, **target)

    assert mark is not None
    assert mark[0].startswith({"comparing": "restored ", "migrating": "compared "}[point])
    assert again.code == 0, again.err
    assert "An earlier restore of this backup was committed and not finished. It goes on." in again.err
    assert "Restored into the database of DATABASE_URL" in again.out
    assert third.code == 1
    assert "is not empty" in third.err


def _is_locked(connection: "psycopg.Connection[Any]", table: str) -> bool:
    """Lock a table as soon as it is there; the connection keeps the lock."""
    try:
        connection.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE".encode())
    except psycopg.errors.UndefinedTable:
        connection.execute("ROLLBACK")
        return False
    return True


async def test_restore_into_a_folder_that_is_killed_is_known_and_starts_over(
    elsewhere: CommandLine, backup: Path, place: Path
) -> None:
    data = place / "data"
    arguments = ("restore", backup, "--data-dir", data)
    process = elsewhere.begin(*arguments, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)
    await until((data / "postgres" / "data").exists)
    _kill(process)
    up = elsewhere.begin(program="retinue.embedded", RETINUE_DATA_DIR=str(data), RETINUE_PORT="18999")
    said, _ = up.communicate(timeout=30)
    again = await elsewhere(*arguments, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)

    assert up.returncode == 1
    assert "did not finish, so the data in it is not complete. Run 'retinue restore' again" in said
    assert again.code == 0, again.err
    assert "An earlier restore" in again.err
    assert not (data / "restore.incomplete").exists()


async def test_no_file_is_deleted_while_a_backup_is_made(installation: Installation) -> None:
    storage = installation.process.resources.storage
    await storage.put("runs/other/file", b"x")
    with psycopg.connect(installation.owner_url) as backing_up:
        backing_up.execute("SELECT pg_advisory_xact_lock(tenant.lock_key('files'))")
        with pytest.raises(FilesHeldError, match="A backup is being made"):
            await storage.delete(["runs/other/file"])
        kept = [part async for part in await storage.read("runs/other/file")]
    await storage.delete(["runs/other/file"])

    assert kept == [b"x"]
    assert (await installation.cast.anna.http.get(installation.artifact_url)).text == NOTE
