"""Our own launcher of PostgreSQL: a server in a folder, tied to this process, found again when it outlived one.

Migrations and everything inside the database are left to others; only the two login roles and the database are made here.
"""

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from retinue.core.processes import is_running
from retinue.embedded.account import find_account
from retinue.embedded.binaries import Binaries, find_binaries, usable_by
from retinue.embedded.cluster import (
    OWNER,
    OWNER_PASSWORD_FILE,
    Cluster,
    find_cluster,
    make_cluster,
    refuse_full_disk,
    refuse_other_major,
)
from retinue.embedded.errors import StartError
from retinue.embedded.folder import AlreadyHeldError, DataFolder, explained, open_folder
from retinue.embedded.launch import Pause, launch
from retinue.embedded.pidfile import PidFile, find_running, is_server_of, read_pid_file
from retinue.embedded.roles import APP_ROLE, DATABASE, prepare_roles

APP_PASSWORD_FILE = f"{APP_ROLE}.password"
STOP_SECONDS = 60.0
TICK_SECONDS = 0.005
SETTLED_SECONDS = 0.2
"""How long a server that was found is watched before it is trusted: one whose starter was just killed is about to end."""


@dataclass(slots=True)
class Server:
    """A running PostgreSQL server and the two roles that may use it; made by `start_server`."""

    cluster: Cluster
    binaries: Binaries
    log: Path
    owner_password: str
    app_password: str
    pid_file: PidFile
    child: subprocess.Popen[bytes] | None
    lock: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def owner_url(self) -> str:
        """The database's address for its owner: for migrations and backups, never for requests."""
        return self.url()

    @property
    def app_url(self) -> str:
        """The database's address for the role that serves requests; it owns nothing and bypasses nothing."""
        return self.url(role=APP_ROLE)

    @property
    def port(self) -> int:
        """The TCP port on 127.0.0.1; the addresses name the socket, which is faster."""
        return self.pid_file.port

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self.pid_file.pid

    @property
    def is_adopted(self) -> bool:
        """Whether an earlier process started the server and this one only found it."""
        return self.child is None

    def url(self, *, role: str = OWNER, database: str = DATABASE) -> str:
        """Return the address of a database of this server for one of its two roles, through its socket."""
        password = self.app_password if role == APP_ROLE else self.owner_password
        place = quote(str(self.pid_file.socket_folder), safe="")
        return f"postgresql://{role}:{quote(password, safe='')}@/{database}?host={place}&port={self.port}"

    def is_alive(self) -> bool:
        """Whether the server process still runs; a child that ended is reaped."""
        if self.child is not None:
            return self.child.poll() is None
        return is_running(self.pid)

    def restart(self, *, pause: Pause = time.sleep) -> None:
        """Start the server again on the same port after it ended unexpectedly; its log is replayed first.

        `pause` is called, with seconds, while it waits; what it raises ends the attempt.

        Raises StartError when it does not come up.
        """
        self.pid_file, self.child = launch(self.cluster, self.binaries, self.log, self.port, pause=pause)

    def stop(self, timeout_seconds: float = STOP_SECONDS) -> None:
        """Stop the server: fast (sessions are ended, everything is written), and at once when that takes too long.

        An adopted server is stopped too. Repeating it does nothing.
        """
        patience = ((signal.SIGINT, timeout_seconds), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))
        with self.lock:
            for sent, patience_seconds in patience:
                if not self.is_alive():
                    return
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, sent)
                deadline = time.monotonic() + patience_seconds
                while self.is_alive() and time.monotonic() < deadline:
                    time.sleep(TICK_SECONDS)


def start_server(data_dir: Path, *, port: int = 0, pause: Pause = time.sleep) -> Server:
    """Start the PostgreSQL server of this data folder, or adopt the one that already runs on it; return when it answers.

    The first start makes the database. `port` 0 takes the last one used when it is free, else any. Call it from the main
    thread: the server ends when the thread that started it does. `pause` is called, with seconds, while it waits.

    Raises StartError, with what to do about it, when the folder, the programs, the disk, the port or a right is in the way.
    """
    folder = open_folder(data_dir)
    with contextlib.ExitStack() as lock:
        try:
            lock.enter_context(folder.locked("postgres.lock", f"process {os.getpid()}"))
        except AlreadyHeldError as error:
            raise StartError(
                f"The database in {folder.path} is in use by another Retinue ({error.holder or 'of this machine'}).",
                "Stop that one first, or set RETINUE_DATA_DIR to another folder.",
            ) from None
        account = find_account()
        cluster = find_cluster(folder, account)
        binaries = usable_by(account, find_binaries(), cluster.home)
        server = _adopt_or_start(folder, cluster, binaries, port, pause)
        server.lock = lock.pop_all()
    if not folder.marked():
        folder.mark()
    return server


def find_owner_url(data_dir: Path) -> str:
    """Return the owner's address of the embedded server that runs on this data folder; empty when there is none.

    Raises StartError when the folder may not be read.
    """
    folder = DataFolder(data_dir)
    password = data_dir / OWNER_PASSWORD_FILE
    with explained(data_dir):
        if not password.exists():
            return ""
        cluster = find_cluster(folder, find_account())
        running = read_pid_file(cluster)
        if running is None or not is_server_of(cluster, running.pid):
            return ""
        log = data_dir / "logs" / "postgres.log"
        return Server(cluster, Binaries(Path(), "", ""), log, password.read_text().strip(), "", running, None).owner_url


def _adopt_or_start(folder: DataFolder, cluster: Cluster, binaries: Binaries, port: int, pause: Pause) -> Server:
    log = folder.log_file("postgres")
    owner_password, app_password = folder.secret(OWNER_PASSWORD_FILE), folder.secret(APP_PASSWORD_FILE)
    running = find_running(cluster, pause)
    if running is not None:
        server = Server(cluster, binaries, log, owner_password, app_password, running, None)
        pause(SETTLED_SECONDS)
        if find_running(cluster, pause) == running:
            _prepare(server)
            return server
    refuse_full_disk(cluster)
    if not cluster.data.exists():
        make_cluster(cluster, binaries, owner_password)
    refuse_other_major(cluster, binaries)
    server = Server(cluster, binaries, log, owner_password, app_password, *launch(cluster, binaries, log, port, pause=pause))
    try:
        _prepare(server)
    except BaseException:
        server.stop()
        raise
    return server


def _prepare(server: Server) -> None:
    prepare_roles(server.binaries, server.pid_file, owner_password=server.owner_password, app_password=server.app_password)
