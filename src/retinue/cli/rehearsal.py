"""`retinue backup verify`: the rehearsal of a restore, in a scratch folder with a server and an API of its own."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import psycopg
from cryptography.fernet import Fernet

from retinue.backups import service
from retinue.backups.errors import RestoreFailedError
from retinue.cli.backup import Progress, carried_out, summary
from retinue.cli.exits import FAILED, OK
from retinue.cli.restore import migrate
from retinue.core.errors import Error, UnavailableError
from retinue.core.processes import tie_to_this_process
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, environment, load
from retinue.embedded.binaries import client_folders
from retinue.embedded.cluster import LOCATION_FILE
from retinue.embedded.folder import default_path
from retinue.embedded.options import SECRET_KEY_FILE
from retinue.embedded.port import open_port
from retinue.embedded.postgres import Server, find_owner_url, start_server
from retinue.migrations.revision import SCHEMA_REVISION

_PREFIX = "retinue-rehearsal-"
_READY_SECONDS = 120.0
_RECORD_SECONDS = 5
_PAUSE_SECONDS = 0.1
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV")


def rehearse(place: str, data_dir: Path | None) -> int:
    """Rehearse the restore of a backup and report; return the exit code."""
    return carried_out(lambda: _rehearse(place, data_dir))


def _rehearse(place: str, data_dir: Path | None) -> int:
    environ = environment()
    core, settings = load(CoreSettings, environ), load(service.BackupSettings, environ)
    progress, began = Progress(), time.monotonic()
    opened: service.Backup | None = None
    error: str | None = "The rehearsal ended early."
    try:
        backup = opened = service.open_backup(service.place_of(place, settings), settings.key, progress)
        _tell("Parts", f"{len(backup.manifest.parts)} parts have the size and the SHA-256 of the manifest")
        has_key = backup.manifest.secret_key and settings.passphrase is not None
        sealed = service.open_secret_key(backup, settings.passphrase) if has_key else None
        candidates = [sealed, core.secret_key.get_secret_value(), _key_of(data_dir or default_path(environ))]
        with _scratch() as folder, _server(folder) as server:
            compared = asyncio.run(_pour(backup, server, progress))
            progress.clear()
            for difference in compared.differences:
                _tell("DIFFERS", difference)
            _tell("Rows", f"{compared.rows} rows in {compared.tables} tables, {compared.files} files compared")
            migrate(server.owner_url)
            _tell("Schema", f"{backup.manifest.schema}, migrated to {SCHEMA_REVISION}")
            key = _fitting_key(server, [each for each in candidates if each], is_sealed=sealed is not None)
            _start_api(server, folder, key)
            _tell("API", "started on the restored database; /readyz answers 200")
        error = f"{len(compared.differences)} differences." if compared.differences else None
    except Error as failed:
        error = failed.detail
        raise
    finally:
        progress.clear()
        if opened is not None:
            _record(core.database_url or find_owner_url(data_dir or default_path(environ)) or "", opened.manifest.id, error)
    seconds = time.monotonic() - began
    if compared.differences:
        print(f"The backup differs from what was backed up in {len(compared.differences)} places ({seconds:.1f} s).")
        return FAILED
    print(f"The backup restores: {summary(backup.manifest)} ({seconds:.1f} s). The scratch was removed.")
    return OK


def _record(url: str, backup_id: str, error: str | None) -> None:
    """Record the rehearsal in the installation's database, if it is the one that was backed up."""

    async def record() -> bool:
        async with await psycopg.AsyncConnection.connect(
            url, connect_timeout=_RECORD_SECONDS, autocommit=True
        ) as connection:
            return await service.record_rehearsal(connection, UUID(backup_id), error)

    if not url:
        return
    try:
        if asyncio.run(record()):
            _tell("Record", "entered in the installation's database")
    except psycopg.Error:
        _tell("Record", "not entered: the installation's database does not answer or has an older schema")


def _tell(subject: str, text: str) -> None:
    print(f"{subject:<10} {text}", flush=True)


def _key_of(folder: Path) -> str:
    file = folder / SECRET_KEY_FILE
    return file.read_text(encoding="utf-8").strip() if os.access(file, os.R_OK) else ""


@contextmanager
def _scratch() -> Generator[Path]:
    """Make a scratch folder; what rehearsals that were killed left behind is removed first."""
    root = Path(tempfile.gettempdir())
    for left in root.glob(f"{_PREFIX}*"):
        if left.stat().st_uid == os.geteuid():
            _remove_database(left)
    service.remove_incomplete(root, f"{_PREFIX}*")
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    with service.held(folder):
        try:
            yield folder
        finally:
            _remove_database(folder, is_ours=True)
            shutil.rmtree(folder, ignore_errors=True)


def _remove_database(folder: Path, *, is_ours: bool = False) -> None:
    """Remove a database that is at a place of its own, outside of the scratch folder."""
    pointer = folder / LOCATION_FILE
    if not pointer.exists():
        return
    place = Path(pointer.read_text(encoding="utf-8").strip())
    if is_ours:
        shutil.rmtree(place, ignore_errors=True)
        return
    with service.held(folder) as is_left:
        if is_left:
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _server(folder: Path) -> Generator[Server]:
    server = start_server(folder)
    try:
        yield server
    finally:
        server.stop()


async def _pour(backup: service.Backup, server: Server, progress: Progress) -> service.Compared:
    await service.restore_database(backup, server.owner_url, [server.binaries.folder, *client_folders()], progress)
    return await service.compare(server.owner_url, backup.manifest, service.read_stored(backup, progress))


def _fitting_key(server: Server, candidates: list[str], *, is_sealed: bool) -> str:
    """Return a secret key with which the API starts: one that opens the restored secrets, else any after removing them."""
    for number, key in enumerate(candidates):
        keys = tuple(part.strip() for part in key.split(",") if part.strip())
        try:
            SecretBox(keys)
        except ValueError:
            continue
        if asyncio.run(service.fits(server.owner_url, keys)):
            source = "the key in the backup" if is_sealed and number == 0 else "the key of this installation"
            _tell("Secrets", f"{source} opens them")
            return key
    if is_sealed:
        raise RestoreFailedError(
            "The secret key in the backup does not open the secrets in it.", remedy="Use another backup."
        )
    asyncio.run(service.forget_sealed(server.owner_url))
    _tell("Secrets", "not tried: the key that opens them is not here, so the scratch was started without them")
    return Fernet.generate_key().decode()


def _start_api(server: Server, folder: Path, key: str) -> None:
    """Start the API on the scratch database and wait for /readyz. Raises ``UnavailableError`` with its last lines."""
    listener = open_port("127.0.0.1", 0)
    port = listener.getsockname()[1]
    environ = {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
        "RETINUE_APP_DATABASE_URL": server.app_url,
        "RETINUE_SECRET_KEY": key,
        "RETINUE_DATA_DIR": str(folder),
        "RETINUE_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    log = folder / "api.log"
    with listener, log.open("wb") as writer:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "retinue.cli.entry", "api", "--fd", str(listener.fileno())],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            pass_fds=(listener.fileno(),),
            preexec_fn=tie_to_this_process(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )
    try:
        reason = _wait_until_ready(process, port)
    finally:
        process.terminate()
        process.wait()
    if reason is not None:
        said = " ".join(log.read_text(errors="replace").splitlines()[-5:])
        raise UnavailableError(f"The API does not become ready on the restored database: {reason} {said}".strip())


def _wait_until_ready(process: "subprocess.Popen[bytes]", port: int) -> str | None:
    deadline, reason = time.monotonic() + _READY_SECONDS, "it does not answer"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return None if answer.status == 200 else f"/readyz answers {answer.status}"  # noqa: PLR2004 - HTTP's OK
        except urllib.error.HTTPError as error:
            reason = error.read().decode(errors="replace")[:500]
        except OSError:
            pass
        time.sleep(_PAUSE_SECONDS)
    return reason
