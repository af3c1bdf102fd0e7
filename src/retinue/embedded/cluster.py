"""The database's own folder: where it is, how it is made, and whether the programs at hand fit it."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from retinue.embedded.account import Account
from retinue.embedded.binaries import Binaries
from retinue.embedded.errors import StartError
from retinue.embedded.folder import DataFolder, explained, full_disk

OWNER = "postgres"
OWNER_PASSWORD_FILE = "postgres.password"  # noqa: S105  (the name of a file)
LOCATION_FILE = "postgres.location"
SHARED_STATE = Path("/var/lib/retinue")
LONGEST_SOCKET_PATH = 103
"""Bytes: sun_path holds 108 on Linux and 104 on macOS, the closing zero included."""
ROOM_FOR_A_NEW_DATABASE = 150 * 1024 * 1024
ROOM_TO_START = 32 * 1024 * 1024
BUILTIN_LOCALES_SINCE = 17


@dataclass(frozen=True, slots=True)
class Cluster:
    """The folders of one embedded database: `data` is what PostgreSQL calls its data directory."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    @property
    def pid_file(self) -> Path:
        """The file in which a running server describes itself."""
        return self.data / "postmaster.pid"


def find_cluster(folder: DataFolder, account: Account) -> Cluster:
    """Find the database's folder: below the data folder, or where `postgres.location` says.

    A dropped account cannot come into a data folder below a private home, and nobody's parents are opened for it: then the
    database gets a place below /var/lib/retinue, and its name is written down.

    Raises StartError when the place is gone or cannot be made.
    """
    pointer = folder.path / LOCATION_FILE
    if pointer.exists():
        with explained(pointer):
            home = Path(pointer.read_text().strip())
        if not home.is_dir():
            raise StartError(
                f"The database of {folder.path} was kept in {home}, and that folder is gone.",
                f"Put it back, or remove {pointer} to begin with an empty database.",
            )
        return Cluster(home, account)
    home = folder.path / "postgres"
    if not home.exists() and not account.can_enter(folder.path):
        name = f"{folder.path.parent.name[:40]}-{sha256(os.urandom(16)).hexdigest()[:12]}"
        home = SHARED_STATE / name
        with explained(SHARED_STATE):
            SHARED_STATE.mkdir(mode=0o711, parents=True, exist_ok=True)
            home.mkdir(mode=0o700)
            pointer.write_text(f"{home}\n")
    with explained(home):
        home.mkdir(mode=0o700, exist_ok=True)
        account.own(home)
    return Cluster(home, account)


def refuse_other_major(cluster: Cluster, binaries: Binaries) -> None:
    """Raise StartError when the data directory was made by another major version of PostgreSQL than the programs are."""
    file = cluster.data / "PG_VERSION"
    with explained(file):
        theirs = file.read_text().strip()
    if theirs != str(binaries.major):
        raise StartError(
            f"The database in {cluster.data} was made by PostgreSQL {theirs}, and the programs in {binaries.folder} are "
            f"version {binaries.version}. A data directory does not move between major versions. Nothing was changed.",
            f"Set PG_BIN_DIR to the bin folder of a PostgreSQL {theirs} to go on as before; to change the version, dump the "
            f"database with pg_dump of PostgreSQL {theirs} and restore it with pg_restore into a new data folder.",
        )


def refuse_full_disk(cluster: Cluster) -> None:
    """Raise StartError when the disk has no room for a server to start, or for a database to be made."""
    needed = ROOM_TO_START if cluster.data.exists() else ROOM_FOR_A_NEW_DATABASE
    if shutil.disk_usage(cluster.home).free < needed:
        raise full_disk(cluster.home)


def make_cluster(cluster: Cluster, binaries: Binaries, password: str) -> None:
    """Make the data directory; it appears under its name only when it is complete, so an end midway leaves none.

    Both password checks are SCRAM. The builtin locale needs neither the system's locales nor ICU.
    """
    partial, password_file = cluster.home / "data.partial", cluster.home / "password.partial"
    shutil.rmtree(partial, ignore_errors=True)
    try:
        with explained(password_file):
            password_file.touch(mode=0o600)
            password_file.write_text(password)
            cluster.account.own(password_file)
        said = cluster.account.run(
            binaries.path("initdb"),
            *("-D", str(partial), "-U", OWNER, "--pwfile", str(password_file)),
            *("--auth-host=scram-sha-256", "--auth-local=scram-sha-256", "--encoding=UTF8", *_locale(binaries)),
            timeout_seconds=300,
        )
        if said.returncode != 0:
            shutil.rmtree(partial, ignore_errors=True)
            raise _why(cluster, said.stderr)
        with explained(cluster.data):
            partial.rename(cluster.data)
    finally:
        password_file.unlink(missing_ok=True)


def socket_folder(cluster: Cluster) -> Path:
    """Make a folder for the server's socket, private to its account, whose path is short enough for the system.

    Raises StartError when the short one in the temporary folder belongs to someone else.
    """
    near = cluster.home / "run"
    if len(os.fsencode(near / ".s.PGSQL.65535")) <= LONGEST_SOCKET_PATH:
        folder = near
    else:
        folder = Path(tempfile.gettempdir()) / f"retinue-{sha256(os.fsencode(cluster.home)).hexdigest()[:16]}"
    with explained(folder):
        if not folder.is_symlink() and not folder.exists():
            folder.mkdir(mode=0o700)
            cluster.account.own(folder)
        owner = folder.lstat().st_uid
    if folder.is_symlink() or owner != cluster.account.uid:
        raise StartError(
            f"{folder}, where the database's socket belongs, is not a folder of the user {cluster.account.name}.",
            "Remove it, or set RETINUE_DATA_DIR to a folder with a shorter path.",
        )
    return folder


def _locale(binaries: Binaries) -> tuple[str, ...]:
    if binaries.major >= BUILTIN_LOCALES_SINCE:
        return ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
    return ("--locale=C",)


def _why(cluster: Cluster, said: str) -> StartError:
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return full_disk(cluster.home)
    if "Permission denied" in said:
        return StartError(
            f"The user {cluster.account.name} may not write {cluster.home}.",
            "Give it the right to, or set RETINUE_DATA_DIR to a folder on an ordinary local disk.",
        )
    last = said.strip().splitlines()[-1:] or ["it said nothing"]
    return StartError(f"initdb could not make a database in {cluster.home}: {last[0]}.", "")
