"""`retinue backup` and `retinue backup list`, and the process that makes the daily backup."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from retinue.backups import service
from retinue.backups.errors import BackupRunningError
from retinue.backups.types import BackupTrigger, Manifest
from retinue.cli.exits import CONFIGURATION, FAILED, OK, UNAVAILABLE, fail
from retinue.cli.owner import key_of
from retinue.core.db.settings import DatabaseSettings
from retinue.core.errors import Error, InvalidError, Kind, UnavailableError
from retinue.core.logging import configure, get_logger
from retinue.core.processes import end_with_parent
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.core.storage import Storage, StorageSettings
from retinue.embedded.binaries import client_folders
from retinue.embedded.cluster import LOCATION_FILE
from retinue.embedded.errors import StartError
from retinue.embedded.folder import DataFolder, default_path
from retinue.embedded.postgres import find_owner_url, start_server

_LINE_SECONDS, _TICK_SECONDS = 10.0, 0.1
_NICE = 10


@dataclass(frozen=True, slots=True)
class Installation:
    """The installation that a command is about: how its database, its files and its key are reached."""

    url: str
    folder: Path
    storage: Storage
    secret_key: str


class Progress:
    """Shows what is being done: one line that changes on a terminal, else a line every ten seconds."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._is_terminal = sys.stderr.isatty()
        self._shown_at = time.monotonic()
        self._width = 0

    def __call__(self, text: str) -> None:
        """Show a line, unless one was shown a moment ago."""
        now = time.monotonic()
        if now - self._shown_at < (_TICK_SECONDS if self._is_terminal else _LINE_SECONDS):
            return
        self._shown_at = now
        if self._is_terminal:
            sys.stderr.write(f"\r{text:<{self._width}}")
            self._width = len(text)
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def clear(self) -> None:
        """Remove the line from the terminal."""
        if self._is_terminal and self._width:
            sys.stderr.write(f"\r{'':<{self._width}}\r")
            self._width = 0


def carried_out(work: Callable[[], int]) -> int:
    """Do what a command does; turn what is raised into a sentence and an exit code."""
    try:
        return work()
    except StartError as error:
        print(error, file=sys.stderr)
        return CONFIGURATION
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    except Error as error:
        return fail(error, UNAVAILABLE if error.kind is Kind.UNAVAILABLE else FAILED)
    except psycopg.OperationalError as error:
        print(f"The database does not answer: {str(error).strip()} Check DATABASE_URL and the server.", file=sys.stderr)
        return UNAVAILABLE
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return FAILED


@contextmanager
def found_installation(environ: Mapping[str, str], data_dir: Path | None) -> Generator[Installation]:
    """Find the installation: DATABASE_URL, else the embedded server, which is started for the time when it does not run."""
    core, database = load(CoreSettings, environ), load(DatabaseSettings, environ)
    folder = data_dir or default_path(environ)
    DataFolder(folder).refuse_half_restored()
    storage = Storage(load(StorageSettings, environ), folder)
    key = core.secret_key.get_secret_value() or key_of(folder)
    url = (database.direct_database_url or core.database_url) if core.database_url else find_owner_url(folder)
    if url:
        yield Installation(url, folder, storage, key)
        return
    if not ((folder / "postgres").exists() or (folder / LOCATION_FILE).exists()):
        raise InvalidError(
            f"No database was found: DATABASE_URL is not set, and {folder} holds none.",
            remedy="Set DATABASE_URL, as the owner of the schema, or RETINUE_DATA_DIR.",
        )
    server = start_server(folder)
    try:
        yield Installation(server.owner_url, folder, storage, key)
    finally:
        server.stop()


def back_up(to: str | None, data_dir: Path | None) -> int:
    """Make a backup and say what it holds; return the exit code."""
    return carried_out(lambda: _back_up(to, data_dir))


def _back_up(to: str | None, data_dir: Path | None) -> int:
    environ = environment()
    settings = load(service.BackupSettings, environ)
    progress = Progress()
    with found_installation(environ, data_dir) as found:
        target = _target(to, settings, found.folder)
        try:
            made = asyncio.run(service.make_backup(_order(found, settings, target, BackupTrigger.MANUAL), progress))
        finally:
            progress.clear()
    _tell(made, settings)
    return OK


def _target(to: str | None, settings: service.BackupSettings, data: Path) -> service.Target:
    return service.target_of(to or settings.backup_dir or str(data / "backups"), settings)


def _order(
    found: Installation, settings: service.BackupSettings, target: service.Target, trigger: BackupTrigger
) -> service.Order:
    return service.Order(
        url=found.url,
        target=target,
        program_folders=client_folders(),
        storage=found.storage,
        trigger=trigger,
        key=settings.key,
        passphrase=settings.passphrase,
        secret_key=found.secret_key,
    )


def _tell(made: service.FinishedBackup, settings: service.BackupSettings) -> None:
    manifest = made.manifest
    print(f"Backup complete: {made.place}")
    print(f"{summary(manifest)}, {service.told(manifest.size_bytes)}.")
    if not manifest.encrypted:
        print("It is not encrypted. RETINUE_BACKUP_KEY encrypts backups.")
    if not manifest.secret_key:
        why = "no secret key was found" if settings.passphrase else "RETINUE_BACKUP_PASSPHRASE is not set"
        print(f"The secret key is not in it: {why}. Keep a copy of the key elsewhere, as the secrets are lost without it.")
    for key in manifest.files.missing:
        print(f"Note: the file {key} is missing from the storage.", file=sys.stderr)
    for key in manifest.files.damaged:
        print(f"Note: the file {key} is damaged in the storage.", file=sys.stderr)


def summary(manifest: Manifest) -> str:
    """Say in numbers what a backup holds."""
    return f"{manifest.rows} rows in {len(manifest.tables)} tables, {manifest.files.count} files, schema {manifest.schema}"


def print_backups(where: str | None, data_dir: Path | None) -> int:
    """List the backups of a folder or bucket; return the exit code."""
    return carried_out(lambda: _print_backups(where, data_dir))


def _print_backups(where: str | None, data_dir: Path | None) -> int:
    environ = environment()
    target = _target(where, load(service.BackupSettings, environ), data_dir or default_path(environ))
    found = target.list()
    if not found:
        print(f"No backups in {target}. 'retinue backup' makes one.")
    for place, listed in found:
        marks = (
            "encrypted" if listed.encrypted else "not encrypted",
            "with secret key" if listed.secret_key else "without secret key",
        )
        print(f"{place}  {listed.trigger}  {service.told(listed.size_bytes)}  {', '.join(marks)}")
    return OK


def back_up_daily(parent: int) -> int:
    """Make the daily backup if it is still due, and delete old ones; return the exit code. Ends when the worker does."""
    end_with_parent(parent, signal.SIGTERM)
    signal.signal(signal.SIGTERM, _stop)
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    core = load(CoreSettings, environment())
    configure(core.log_level, core.log_format)
    return carried_out(_back_up_daily)


def _stop(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _back_up_daily() -> int:
    log = get_logger(__name__)
    environ = environment()
    settings = load(service.BackupSettings, environ)
    began = time.monotonic()
    with found_installation(environ, None) as found:
        order = _order(found, settings, _target(None, settings, found.folder), BackupTrigger.DAILY)
        try:
            made = asyncio.run(_make_if_due(order, settings.backup_time))
        except (Error, psycopg.Error) as error:
            reason = error.detail if isinstance(error, Error) else str(error).strip()
            log.error("backup.failed", target=str(order.target), reason=reason)  # noqa: TRY400 - the reason is a sentence
            return FAILED
    if made is None:
        return OK
    files = made.manifest.files
    log.info(
        "backup.completed",
        place=str(made.place),
        size_bytes=made.manifest.size_bytes,
        rows=made.manifest.rows,
        files=files.count,
        missing_files=len(files.missing),
        damaged_files=len(files.damaged),
        seconds=round(time.monotonic() - began, 1),
    )
    try:
        for place in service.delete_old(order.target, settings):
            log.info("backup.deleted", place=str(place))
    except (Error, OSError) as error:
        log.warning("backup.not_deleted", target=str(order.target), reason=str(error))
    return OK


async def _make_if_due(order: service.Order, at: str) -> service.FinishedBackup | None:
    """Make the daily backup or the one asked for, unless another worker has made it in the meantime or is making it."""
    async with await service.connect(order.url) as connection:
        state = await service.get_state_as_owner(connection)
        if state is None:
            raise UnavailableError("The database has an old schema.", remedy="Run 'retinue migrate'.")
        request = await service.get_request_on(connection)
    if not service.is_due(state.now, at, last_success_at=state.last_success_at, last_failure_at=state.last_failure_at):
        if request is None:
            return None
        order = replace(order, trigger=BackupTrigger.MANUAL, id=request[0])
    with contextlib.suppress(BackupRunningError):
        return await service.make_backup(order, lambda _text: None)
    return None
