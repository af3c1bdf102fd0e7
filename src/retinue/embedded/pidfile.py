"""What a PostgreSQL server writes about itself into `postmaster.pid`, and what to do with one that was left behind."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retinue.core.processes import command_line, is_running, processes_working_in
from retinue.embedded.cluster import Cluster

LINES = 8
PATIENCE_SECONDS = 60.0
TICK_SECONDS = 0.02


@dataclass(frozen=True, slots=True)
class PidFile:
    """The parts of `postmaster.pid` that matter here; `status` is starting, ready, stopping or standby."""

    pid: int
    port: int
    socket_folder: Path
    status: str


def read_pid_file(cluster: Cluster) -> PidFile | None:
    """Return what the pid file says; None while there is none or it is not complete."""
    try:
        lines = cluster.pid_file.read_text().splitlines()
    except OSError:
        return None
    if len(lines) < LINES or not (lines[0].isdigit() and lines[3].isdigit()):
        return None
    return PidFile(int(lines[0]), int(lines[3]), Path(lines[4].strip()), lines[7].strip())


def find_running(cluster: Cluster, pause: Callable[[float], object] = time.sleep) -> PidFile | None:
    """Find the server that runs on this data directory and is ready, whichever process started it; None when there is none.

    One that is still starting or stopping is waited for, at most a minute.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = read_pid_file(cluster)
        if found is None or not is_server_of(cluster, found.pid):
            return None
        if found.status == "ready":
            return found
        pause(TICK_SECONDS)
    return None


def is_server_of(cluster: Cluster, pid: int) -> bool:
    """Whether this process is a PostgreSQL server that was started on this data directory; a recycled process id is not."""
    if not is_running(pid):
        return False
    arguments = command_line(pid)
    return str(cluster.data) in arguments and Path(arguments[0]).name.startswith("postgres")


def remove_left_over(cluster: Cluster) -> bool:
    """Remove a pid file whose process id now belongs to a stranger, and say whether it was.

    After a reboot, and in containers always, process ids come round again, and PostgreSQL then believes the stranger. It is
    only safe when no process at all works in the data directory, which every PostgreSQL process does; only Linux can tell.
    """
    found = read_pid_file(cluster)
    if sys.platform != "linux" or found is None or is_server_of(cluster, found.pid):
        return False
    if processes_working_in(cluster.data):
        return False
    cluster.pid_file.unlink(missing_ok=True)
    return True
