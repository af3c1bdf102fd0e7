"""`retinue restore`: a backup into an empty data folder, or into the empty database that DATABASE_URL names.

A data folder holds a mark from the beginning of a restore to its end. When the process is killed in between, `retinue up`
refuses the folder, and the next restore empties it and starts over. In a database everything is one transaction.
"""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from retinue.backups import service
from retinue.backups.errors import RestoreFailedError, TargetNotEmptyError
from retinue.cli.backup import Progress, carried_out, summary
from retinue.cli.exits import OK
from retinue.core.db.settings import DatabaseSettings
from retinue.core.settings import CoreSettings, environment, load
from retinue.core.storage import Storage, StorageSettings
from retinue.embedded.binaries import client_folders
from retinue.embedded.cluster import LOCATION_FILE
from retinue.embedded.folder import RESTORE_MARKER, DataFolder, default_path, explained, open_folder
from retinue.embedded.options import SECRET_KEY_FILE
from retinue.embedded.postgres import start_server
from retinue.migrations.revision import SCHEMA_REVISION

_SHOWN = 5


def restore(place: str, data_dir: Path | None, *, without_secret_key: bool) -> int:
    """Check a backup, then restore it; return the exit code."""
    return carried_out(lambda: _restore(place, data_dir, without_secret_key=without_secret_key))


def _restore(place: str, data_dir: Path | None, *, without_secret_key: bool) -> int:
    environ = environment()
    core, settings = load(CoreSettings, environ), load(service.BackupSettings, environ)
    folder = data_dir or default_path(environ)
    progress = Progress()
    unfinished: tuple[str, str] | None = None
    if not core.database_url:
        _refuse_full_folder(folder)
    else:
        unfinished = asyncio.run(service.read_unfinished(core.database_url))
        if unfinished is None:
            asyncio.run(service.refuse_full_database(core.database_url))
    try:
        backup = service.open_backup(service.place_of(place, settings), settings.key, progress)
        secret = None if without_secret_key else service.open_secret_key(backup, settings.passphrase)
        if core.database_url:
            _into_database(backup, environ, folder, progress, unfinished)
        else:
            _into_folder(backup, environ, folder, secret, progress)
    finally:
        progress.clear()
    where = "the database of DATABASE_URL" if core.database_url else str(folder)
    print(f"Restored into {where}: {summary(backup.manifest)}. Every row and file was compared with the backup.")
    _tell_key(backup, core, folder, secret)
    return OK


def _refuse_full_folder(folder: Path) -> None:
    with explained(folder):
        names = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    if names and RESTORE_MARKER not in names:
        shown = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
        raise TargetNotEmptyError(
            f"The data folder {folder} is not empty: it holds {shown}.",
            remedy="Name an empty or new folder with --data-dir. Nothing was changed.",
        )


def _into_folder(
    backup: service.Backup, environ: Mapping[str, str], path: Path, secret: str | None, progress: Progress
) -> None:
    if (path / RESTORE_MARKER).exists():
        print(f"An earlier restore into {path} did not finish. It starts over.", file=sys.stderr)
        with service.held(path) as is_ours:
            if not is_ours:
                raise TargetNotEmptyError(f"Another restore into {path} is running.", remedy="Wait until it has ended.")
            _empty(path)
    folder = open_folder(path)
    marker = folder.path / RESTORE_MARKER
    with service.held(folder.path), explained(marker):
        marker.write_text(f"{backup.place}\n", encoding="utf-8")
        try:
            _fill(backup, environ, folder, secret, progress)
            folder.mark(schema=SCHEMA_REVISION)
            os.sync()
            marker.unlink()
        except BaseException:
            _empty(folder.path)
            marker.unlink(missing_ok=True)
            raise


def _fill(
    backup: service.Backup, environ: Mapping[str, str], folder: DataFolder, secret: str | None, progress: Progress
) -> None:
    server = start_server(folder.path)
    try:
        storage = Storage(load(StorageSettings, environ), folder.path)
        asyncio.run(_pour(backup, server.owner_url, [server.binaries.folder, *client_folders()], storage, progress))
        migrate(server.owner_url)
        asyncio.run(service.note_finished(server.owner_url))
    finally:
        server.stop()
    if secret is not None:
        _write_key(folder.path, secret)


def migrate(url: str) -> None:
    """Bring a restored database to the schema of this version."""
    from retinue.migrations.runner import upgrade  # noqa: PLC0415 - Alembic takes half a second, and refusals come before

    upgrade(url)


def _write_key(folder: Path, secret: str) -> None:
    file = folder / SECRET_KEY_FILE
    with explained(file), os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as writer:
        writer.write(f"{secret}\n")


async def _pour(backup: service.Backup, url: str, folders: list[Path], storage: Storage, progress: Progress) -> None:
    """Store the files first: the commit of the database is the moment at which everything is there."""
    stored = await service.restore_files(backup, storage, progress)
    await service.restore_database(backup, url, folders, progress)
    await _compare(backup, url, stored)


async def _compare(backup: service.Backup, url: str, stored: service.Stored) -> None:
    compared = await service.compare(url, backup.manifest, stored)
    if compared.differences:
        raise RestoreFailedError(
            f"What was restored differs from the backup: {' '.join(compared.differences[:_SHOWN])}",
            remedy="Run 'retinue backup verify' on this backup, or use another one.",
        )
    await service.note_compared(url, backup.manifest)


def _empty(folder: Path) -> None:
    """Remove what a restore made, but for its mark; the database may be at a place of its own below /var/lib/retinue."""
    pointer = folder / LOCATION_FILE
    if pointer.exists():
        shutil.rmtree(Path(pointer.read_text(encoding="utf-8").strip()), ignore_errors=True)
    for path in folder.iterdir():
        if path.name == RESTORE_MARKER:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _into_database(
    backup: service.Backup,
    environ: Mapping[str, str],
    folder: Path,
    progress: Progress,
    unfinished: tuple[str, str] | None,
) -> None:
    url = load(DatabaseSettings, environ).direct_database_url or load(CoreSettings, environ).database_url
    storage = Storage(load(StorageSettings, environ), folder)
    if unfinished is None:
        asyncio.run(_pour(backup, url, client_folders(), storage, progress))
    else:
        asyncio.run(_go_on(backup, url, storage, progress, unfinished))
    migrate(url)
    asyncio.run(service.note_finished(url))


async def _go_on(
    backup: service.Backup, url: str, storage: Storage, progress: Progress, unfinished: tuple[str, str]
) -> None:
    """Go on with a restore that was killed after the commit: its rows are all there."""
    phase, backup_id = unfinished
    if backup_id != backup.manifest.id:
        raise TargetNotEmptyError(
            "The database holds another backup, whose restore was not finished.",
            remedy="Restore that backup again, which finishes it, or create an empty database for this one.",
        )
    print("An earlier restore of this backup was committed and not finished. It goes on.", file=sys.stderr)
    if phase == "restored":
        await _compare(backup, url, await service.restore_files(backup, storage, progress))


def _tell_key(backup: service.Backup, core: CoreSettings, folder: Path, secret: str | None) -> None:
    if secret is not None and not core.database_url:
        print(f"The secret key was restored to {folder / SECRET_KEY_FILE}.")
        return
    if secret is not None and not core.secret_key.get_secret_value():
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / SECRET_KEY_FILE).exists():
            _write_key(folder, secret)
        print(f"The secret key was restored to {folder / SECRET_KEY_FILE}: set RETINUE_SECRET_KEY_FILE to it.")
        return
    if core.secret_key.get_secret_value():
        return
    held = "was left out" if backup.manifest.secret_key else "is not in this backup"
    print(
        f"The secret key {held}. Before you start Retinue, put it into {folder / SECRET_KEY_FILE} or set RETINUE_SECRET_KEY."
        " If it is lost, 'retinue discard-secrets' deletes what it encrypted."
    )
