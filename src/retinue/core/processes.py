"""Other processes as this one sees them: whether they live, what they are, and how a child is tied to its parent's life.

Linux is read through /proc; macOS through `ps`. Nothing here knows what the processes do.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2): the signal that a process gets when the thread that made it ends."""
PR_SET_CHILD_SUBREAPER = 36
"""Linux, prctl(2): orphans among the descendants of this process become its children, instead of those of process 1."""
_ARGUMENTS = slice(45, 47)
"""The places of ``arg_start`` and ``arg_end`` among the fields behind the name."""
_START_TIME = 19
"""The place of ``starttime`` among the fields behind the name."""


def is_running(pid: int) -> bool:
    """Whether a process of this id exists and is more than a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) != "Z"


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process among all of all machines: where process ids are counted, its id there, and when it was started."""

    machine: str
    pid: int
    started: str


def own_identity() -> ProcessIdentity | None:
    """Name this process so that others of its machine can tell whether it is gone; None where the system does not say.

    Linux only. ``machine`` is the boot's id and the namespace of process ids (proc_pid_ns(5)): containers on one machine
    cannot see each other's processes. ``started`` is the start time in clock ticks since the boot (proc_pid_stat(5)).
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return None
    started = _started(os.getpid())
    return ProcessIdentity(f"{boot} {namespace}", os.getpid(), started) if started else None


def is_gone(process: ProcessIdentity) -> bool:
    """Tell whether a process of this machine has ended, though its id may be another's by now; a stopped one has not."""
    return not is_running(process.pid) or _started(process.pid) != process.started


def _started(pid: int) -> str:
    fields = _stat(pid)
    return fields[_START_TIME] if len(fields) > _START_TIME else ""


def command_line(pid: int) -> list[str]:
    """Return the arguments a process was started with; empty when it is gone or may not be read."""
    if sys.platform == "linux":
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [part.decode(errors="replace") for part in raw.split(b"\0") if part]
    shown = subprocess.run(
        ["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False, timeout=10
    )
    return shown.stdout.split()


def processes_working_in(folder: Path) -> list[int]:
    """Ids of the processes whose working directory is this folder (Linux only; elsewhere the answer is unknown: empty)."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if entry.readlink() == folder:
                found.append(int(entry.parent.name))
    return found


def tie_to_this_process(sent: signal.Signals) -> Callable[[], None] | None:
    """Return a `preexec_fn` that makes the kernel send the child a signal when this process ends, however it ends.

    Only the main thread may start such a child: the signal is sent when the *thread* that started it ends.
    Where the system has no such call (macOS) the answer is None, and a later start finds the child again.

    Raises RuntimeError outside of the main thread.
    """
    if threading.current_thread() is not threading.main_thread():
        message = "children that end with this process are started from its main thread"
        raise RuntimeError(message)
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(sent))
        if os.getppid() != parent:  # the parent died between fork and prctl
            os._exit(1)

    return tie


def end_with_parent(parent: int, sent: signal.Signals) -> None:
    """Ask the kernel, from inside a child, for a signal when the parent ends; end now when it is gone already.

    Linux only: elsewhere nothing happens. The parent's thread that started this process must live as long as the parent.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(sent))
        if os.getppid() != parent:
            sys.exit(0)


def adopt_orphans() -> bool:
    """Become the parent of every descendant whose own parent ends; return whether the system can do it (Linux)."""
    return sys.platform == "linux" and ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1) == 0


def show_command(words: Sequence[str]) -> None:
    """Let other programs see these words as the command line of this process, as far as the one it has is long (Linux)."""
    with contextlib.suppress(ValueError, IndexError):
        begin, end = (int(field) for field in _stat(os.getpid())[_ARGUMENTS])
        text = "\0".join(words).encode()[: end - begin - 1]
        ctypes.memmove(begin, text.ljust(end - begin, b"\0"), end - begin)


def _state(pid: int) -> str:
    """Return the one-letter state of a process on Linux; empty where it is not known."""
    fields = _stat(pid)
    return fields[0] if fields else ""


def _stat(pid: int) -> list[str]:
    """Return the fields of a process's state behind its name, on Linux; empty where it is not known."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return stat.rpartition(")")[2].split()
