"""Starting the `postgres` program on a data directory: its arguments, its ready mark, and why it ended when it did."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from retinue.core.processes import tie_to_this_process
from retinue.embedded.binaries import Binaries
from retinue.embedded.cluster import Cluster, socket_folder
from retinue.embedded.errors import StartError
from retinue.embedded.folder import explained, full_disk
from retinue.embedded.pidfile import PidFile, read_pid_file, remove_left_over

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_buffers": "1MB",
    "max_pred_locks_per_transaction": "10",
    "max_wal_size": "2GB",
    "jit": "off",
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
"""Small when idle, durable always: fsync and synchronous_commit keep their defaults. Untouched buffers cost nothing, but
room for locks is laid out at the start; no transaction is serializable, so there are few of those locks."""
ASYNCHRONOUS_IO_SINCE = 18
RETRY_SECONDS = 10.0
RETRY_PAUSE_SECONDS = 0.2
START_SECONDS = 600.0
"""Recovery after a crash reads the log again, which may take minutes on a large database."""
TICK_SECONDS = 0.005
LONGEST_LOG_BYTES = 10 * 1024 * 1024
Pause = Callable[[float], object]
RETRIED = ("pre-existing shared memory block", "lock file", "could not lock")
TAKEN = ("could not bind IPv4", "could not create any TCP/IP sockets", "Address already in use")


def launch(
    cluster: Cluster, binaries: Binaries, log: Path, port: int, *, pause: Pause = time.sleep
) -> tuple[PidFile, subprocess.Popen[bytes]]:
    """Start a server on the data directory and return when it is ready; `port` 0 means the last one used, or any.

    A caller that has other work while it waits passes a `pause` that does it for that many seconds; what it raises ends
    the half-started server. For ten seconds it tries again while what a killed server left behind (shared memory, pid
    file) is still in the way.

    Raises StartError with the reason the server gave for ending.
    """
    deadline = time.monotonic() + RETRY_SECONDS
    _shorten(log)
    while True:
        already_said = log.stat().st_size if log.exists() else 0
        child = _spawn(cluster, binaries, log, port or _free_port(cluster))
        ready = _wait_until_ready(cluster, child, pause)
        if ready is not None:
            return ready, child
        said = _said_since(log, already_said)
        is_taken = any(sign in said for sign in TAKEN)
        may_pass = any(sign in said for sign in RETRIED) or (is_taken and not port)
        if not may_pass or time.monotonic() > deadline:
            raise _why(cluster, said, port, log)
        remove_left_over(cluster)
        pause(RETRY_PAUSE_SECONDS)


def _spawn(cluster: Cluster, binaries: Binaries, log: Path, port: int) -> subprocess.Popen[bytes]:
    settings = SETTINGS | {"port": str(port), "unix_socket_directories": str(socket_folder(cluster))}
    if binaries.major >= ASYNCHRONOUS_IO_SINCE:
        settings["io_method"] = "sync"
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    account = cluster.account
    with explained(log), os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "wb") as writer:
        return subprocess.Popen(
            [binaries.path("postgres"), "-D", str(cluster.data), *arguments],
            user=account.uid if account.is_dropped else None,
            group=account.gid if account.is_dropped else None,
            extra_groups=[] if account.is_dropped else None,
            cwd=cluster.home,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=writer,
            start_new_session=True,
            preexec_fn=tie_to_this_process(signal.SIGINT),  # noqa: PLW1509  (one system call; no lock is taken between fork and exec)
        )


def _wait_until_ready(cluster: Cluster, child: subprocess.Popen[bytes], pause: Pause) -> PidFile | None:
    """Return the server's pid file once it is ready; None when it ended instead."""
    deadline = time.monotonic() + START_SECONDS
    try:
        while child.poll() is None and time.monotonic() < deadline:
            found = read_pid_file(cluster)
            if found is not None and found.pid == child.pid and found.status == "ready":
                return found
            pause(TICK_SECONDS)
    except BaseException:  # an interrupt at the prompt: the half-started server goes first
        child.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=30)
        raise
    if child.poll() is None:
        child.kill()
        child.wait()
    return None


def _free_port(cluster: Cluster) -> int:
    """Return the port of the last start when it is free, else any free one."""
    with contextlib.suppress(OSError):
        found = re.search(r"port=(\d+)", (cluster.data / "postmaster.opts").read_text())
        if found and _can_bind(int(found.group(1))):
            return int(found.group(1))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _can_bind(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _said_since(log: Path, offset: int) -> str:
    with log.open("rb") as reader:
        reader.seek(offset)
        return reader.read().decode(errors="replace")


def _shorten(log: Path) -> None:
    """Keep one earlier log file, so that the log never grows without end."""
    if log.exists() and log.stat().st_size > LONGEST_LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))


def _why(cluster: Cluster, said: str, port: int, log: Path) -> StartError:
    """Give the sentence for a server that ended at its start."""
    if "No space left on device" in said or "Disk quota exceeded" in said:
        return full_disk(cluster.home)
    if any(sign in said for sign in TAKEN):
        return StartError(
            f"Port {port} on 127.0.0.1, which the database was to use, is taken by another program.",
            "Set RETINUE_POSTGRES_PORT to a free one, or to 0 for any.",
        )
    if "Permission denied" in said or "has wrong ownership" in said or "has invalid permissions" in said:
        return StartError(
            f"The database in {cluster.data} does not belong to the user {cluster.account.name}, as which its server runs.",
            f"Start Retinue as the user that made it, or give the folder to {cluster.account.name} with mode 0700.",
        )
    if any(sign in said for sign in RETRIED):
        return StartError(
            f"Another server, or what is left of one, still uses the database in {cluster.data}.",
            "End the postgres processes that work in this folder, and start again.",
        )
    reasons = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line] or said.splitlines()[-1:]
    reason = reasons[0].partition("FATAL:")[2].strip() or reasons[0] if reasons else "it said nothing"
    return StartError(f"The embedded PostgreSQL ended at its start: {reason}.", f"Its log is {log}.")
