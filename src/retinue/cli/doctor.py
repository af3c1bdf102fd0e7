"""`retinue doctor`: looks at all that Retinue needs on this machine, changes nothing, and says what to do where it fails."""

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import retinue
from retinue.backups.service import BackupSettings
from retinue.cli.doctor_backups import examine_backups
from retinue.cli.doctor_connections import examine_connections
from retinue.cli.doctor_database import examine_database
from retinue.cli.doctor_redis import examine_redis
from retinue.cli.exits import FAILED, OK
from retinue.cli.finding import Finding, State
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.account import find_account
from retinue.embedded.binaries import find_binaries
from retinue.embedded.errors import StartError
from retinue.embedded.folder import MARKER, DataFolder, default_path
from retinue.embedded.options import SECRET_KEY_FILE
from retinue.embedded.port import Listener, PortTakenError, open_port
from retinue.embedded.postgres import find_owner_url
from retinue.llm.local import service as local_models

OLDEST_PYTHON = (3, 11)
MEGABYTE = 1024 * 1024
LITTLE_SPACE, TOO_LITTLE_SPACE = 2000 * MEGABYTE, 300 * MEGABYTE


def examine(*, data_dir: Path | None, host: str, port: int) -> int:
    """Print what was found, with a remedy under each thing that is not as it should be; return 1 when something fails."""
    environ = environment()
    folder = data_dir.absolute() if data_dir else default_path(environ)
    serving, is_serving = _port(host, port)
    database = _database(environ, folder, is_serving=is_serving)
    findings = [*_program(), *_folder(folder), serving, *database, _model(folder)]
    for finding in findings:
        print(f"{finding.state:<7} {finding.subject:<18} {finding.text}")
        if finding.remedy:
            print(f"{'':<26} → {finding.remedy}")
    failed = [finding.subject for finding in findings if finding.state is State.FAILED]
    print(
        f"\n{len(failed)} of {len(findings)} need attention: {', '.join(failed)}." if failed else "\nEverything is in order."
    )
    return FAILED if failed else OK


def _program() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        yield Finding("Python", State.OK, f"Python {version} at {sys.executable}.")
    else:
        yield Finding("Python", State.FAILED, f"Python {version} is too old.", "Use Python 3.11 or later.")
    home = Path(retinue.__file__).parent
    yield Finding("Retinue", State.OK, f"Version {retinue.__version__} at {home}.")
    if (home / "static" / "index.html").is_file():
        yield Finding("Console", State.OK, "The web console is built in.")
    else:
        remedy = "Install the wheel, or run 'make up' in a checkout: it builds the console."
        yield Finding("Console", State.FAILED, "The web console was not built into this installation.", remedy)


def _folder(folder: Path) -> Iterator[Finding]:
    existing = next(place for place in (folder, *folder.parents) if os.path.lexists(place))
    obstacle = _obstacle(existing)
    if obstacle:
        yield Finding("Data folder", State.FAILED, *obstacle)
        return
    state = "is there and can be written" if existing == folder else "will be made at the first start"
    foreign = _foreign(folder)
    if foreign:
        remedy = "Give it to this user, such as with chown, or start as its owner."
        yield Finding(
            "Data folder", State.FAILED, f"This user may not use {foreign}; it belongs to {_owner_of(foreign)}.", remedy
        )
        return
    yield Finding("Data folder", State.OK, f"{folder} {state}.")
    try:
        DataFolder(folder).refuse_newer()
    except StartError as error:
        yield Finding("Its version", State.FAILED, error.problem, error.remedy)
    free = shutil.disk_usage(existing).free
    text = f"{free // MEGABYTE:,} MB are free on the data folder's disk."
    if free < TOO_LITTLE_SPACE:
        yield Finding(
            "Disk", State.FAILED, text, "Free at least 300 MB, or set RETINUE_DATA_DIR to a folder on another disk."
        )
    else:
        yield Finding("Disk", State.MIND if free < LITTLE_SPACE else State.OK, text)


def _obstacle(existing: Path) -> tuple[str, str] | None:
    """Return why nothing can be written into a folder, and what to do; None when nothing is in the way."""
    if not existing.is_dir():
        return f"{existing} is a file and no folder.", "Set RETINUE_DATA_DIR to a folder."
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        return f"{existing} is on a file system that is mounted read-only.", "Set RETINUE_DATA_DIR to another folder."
    if not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
        remedy = "Start as the owner, give this user the right to it, or set RETINUE_DATA_DIR to another folder."
        return f"This user may not write {existing}; it belongs to {_owner_of(existing)}.", remedy
    return None


def _owner_of(place: Path) -> str:
    try:
        return f"the user {place.owner()}"
    except (KeyError, OSError):
        return "another user"


def _foreign(folder: Path) -> Path | None:
    """Return something in the data folder that this user may not use, as after a start as another user."""
    if not folder.is_dir():
        return None
    for name in (SECRET_KEY_FILE, MARKER, "logs", "models", "artifacts"):
        place = folder / name
        needed = os.R_OK | os.W_OK | (os.X_OK if os.path.isdir(place) else 0)  # noqa: PTH112 - raises nothing
        if os.path.lexists(place) and not os.access(place, needed):
            return place
    return None


def _port(host: str, port: int) -> tuple[Finding, bool]:
    """Look who has the port; say, too, whether a Retinue serves on it."""
    try:
        open_port(host, port).close()
    except PortTakenError as error:
        if error.taken.by is Listener.READY:
            return Finding("Port", State.OK, f"A Retinue that is ready answers on port {port}."), True
        return Finding("Port", State.FAILED, error.problem, error.remedy), error.taken.by is Listener.UNREADY
    except StartError as error:
        return Finding("Port", State.FAILED, error.problem, error.remedy), False
    return Finding("Port", State.OK, f"Port {port} on {host} is free: no API serves on it."), False


def _database(environ: Mapping[str, str], folder: Path, *, is_serving: bool) -> Iterator[Finding]:
    try:
        core, dispatch = load(CoreSettings, environ), load(DispatchSettings, environ)
        backups = load(BackupSettings, environ)
    except SettingsError as error:
        yield Finding("Settings", State.FAILED, error.detail, error.remedy_text or "")
        return
    url = core.database_url or core.app_database_url
    if url and not core.secret_key.get_secret_value():
        text = "RETINUE_SECRET_KEY is not set; 'retinue api' and 'retinue worker' need it, all the same one."
        made = folder / SECRET_KEY_FILE
        is_there = os.path.lexists(made)
        remedy = f"Set RETINUE_SECRET_KEY_FILE to {made}." if is_there else "Set it, and keep a copy: it opens your secrets."
        yield Finding("Secret key", State.MIND, text, remedy)
    if not url:
        yield _programs()
        try:
            url = find_owner_url(folder)
        except StartError as error:
            yield Finding("Database", State.FAILED, error.problem, error.remedy)
            return
    if url:
        yield from asyncio.run(examine_database(url, is_serving=is_serving, stall_seconds=dispatch.worker_stall_seconds))
        yield from asyncio.run(examine_backups(url, backups))
        if core.database_url or core.app_database_url:
            yield from asyncio.run(examine_connections(environ))
        yield from asyncio.run(examine_redis(environ))
    else:
        yield Finding("Database", State.OK, "The embedded server does not run now; 'retinue up' starts it.")


def _programs() -> Finding:
    try:
        account, binaries = find_account(), find_binaries()
    except StartError as error:
        return Finding("PostgreSQL", State.FAILED, error.problem, error.remedy)
    text = f"PostgreSQL {binaries.version} from {binaries.source}, to run as {account.name}."
    return Finding("PostgreSQL", State.OK, text)


def _model(folder: Path) -> Finding:
    try:
        installed = local_models.list_installed(folder)
    except PermissionError:
        return Finding("Local model", State.MIND, "The installed models may not be read by this user.")
    if installed:
        return Finding("Local model", State.OK, f"{local_models.get_chosen(folder).name} is installed.")
    remedy = "Run 'retinue models install', or set up a model provider in the console."
    return Finding("Local model", State.MIND, "No local model is installed.", remedy)
