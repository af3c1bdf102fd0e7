"""A child process of the supervisor: how it is started, when it is ready, what it says, and when it is started again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from retinue.core.processes import tie_to_this_process
from retinue.embedded.output import Output

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
STEADY_SECONDS = 60.0
"""After so long without an end the next one counts as the first."""
MOST_AT_ONCE = 3
"""What was killed, rather than ended by itself, is started again at once so many times in a row."""
LONGEST_LINE_BYTES = 64 * 1024
READ_BYTES = 64 * 1024
ENTRY = "retinue.cli.entry"


class Process(Protocol):
    """A process of ours, as ``subprocess.Popen`` shows it."""

    pid: int

    def poll(self) -> int | None:
        """Return how it ended; None while it runs."""

    def send_signal(self, sent: int, /) -> None:
        """Send a signal, unless it has ended."""


Fork = Callable[[Sequence[str], Mapping[str, str], Sequence[int]], Process | None]
"""Makes a process of arguments, environment and descriptors; None when it has to be started as a program of its own."""


@dataclass(slots=True)
class Child:
    """One process of ours that is to run as long as we do; `start` may be called again when it has ended.

    It ends when this process does. It tells that it is ready by closing the pipe that RETINUE_READY_FD names after it wrote
    a byte; what it writes to its outputs comes back line by line.
    """

    name: str
    arguments: Sequence[str]
    environ: Mapping[str, str]
    output: Output
    inherited: Sequence[int] = ()
    """Descriptors that it has too; each follows the arguments as an option."""
    is_optional: bool = False
    is_quiet: bool = False
    forked_by: Fork | None = None
    process: Process | None = None
    is_ready: bool = False
    restart_at: float | None = None
    ends_in_a_row: int = 0
    _said: int = -1
    _told: int = -1
    _rest: bytes = b""
    _started_at: float = 0.0
    _lines: list[str] = field(default_factory=list[str])

    def start(self) -> None:
        """Start the process; only from the main thread."""
        said, written = os.pipe()
        told, ready = os.pipe()
        self.is_ready, self.restart_at, self._rest, self._started_at = False, None, b"", time.monotonic()
        try:
            self.process = self._ask_for_fork(written, ready) or self._execute(written, ready)
        finally:
            os.close(written)
            os.close(ready)
        os.set_blocking(said, False)
        os.set_blocking(told, False)
        self._said, self._told = said, told

    def _ask_for_fork(self, written: int, ready: int) -> Process | None:
        return self.forked_by(self.arguments, self.environ, (written, ready, *self.inherited)) if self.forked_by else None

    def _execute(self, written: int, ready: int) -> Process:
        options = [option for each in self.inherited for option in ("--fd", str(each))]
        return subprocess.Popen(
            [sys.executable, "-m", ENTRY, *self.arguments, *options],
            env={**self.environ, "RETINUE_READY_FD": str(ready)},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            pass_fds=(ready, *self.inherited),
            start_new_session=True,
            preexec_fn=tie_to_this_process(signal.SIGTERM),  # noqa: PLW1509 - one system call, no lock
        )

    def descriptors(self) -> list[int]:
        """Return the pipes to watch for reading."""
        return [descriptor for descriptor in (self._said, self._told) if descriptor >= 0]

    def read(self) -> None:
        """Take what the process wrote, and pass it on line by line."""
        self._read_ready()
        while self._said >= 0:
            try:
                piece = os.read(self._said, READ_BYTES)
            except BlockingIOError:
                return
            if not piece:
                os.close(self._said)
                self._said = -1
                self._pass_on(b"\n" if self._rest else b"")
                return
            self._pass_on(piece)

    def is_running(self) -> bool:
        """Whether the process runs; one that ended is reaped."""
        return self.process is not None and self.process.poll() is None

    def exit_code(self) -> int | None:
        """Return how the process ended (negative: by which signal); None while it runs or before it was started."""
        return None if self.process is None else self.process.poll()

    def schedule_restart(self) -> float:
        """Note that the process ended by itself, and return the seconds after which it is started again."""
        if time.monotonic() - self._started_at > STEADY_SECONDS:
            self.ends_in_a_row = 0
        was_killed = (self.exit_code() or 0) < 0
        late = self.ends_in_a_row - (MOST_AT_ONCE if was_killed else 0)
        pause_seconds = 0.0 if late < 0 else min(FIRST_PAUSE_SECONDS * 2**late, LONGEST_PAUSE_SECONDS)
        self.ends_in_a_row += 1
        self.restart_at = time.monotonic() + pause_seconds
        return pause_seconds

    def send(self, sent: signal.Signals) -> None:
        """Send a signal to the process if it still runs."""
        self.restart_at = None
        if self.process is not None and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(sent)

    def last_lines(self) -> str:
        """Return the last lines that the process wrote."""
        return "\n".join(self._lines)

    def _read_ready(self) -> None:
        if self._told < 0:
            return
        try:
            told = os.read(self._told, 16)
        except BlockingIOError:
            return
        self.is_ready = self.is_ready or bool(told)
        os.close(self._told)
        self._told = -1

    def _pass_on(self, piece: bytes) -> None:
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST_LINE_BYTES:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            self._lines = [*self._lines[-9:], text]
            if not self.is_quiet:
                self.output.line(self.name, text)


def how_it_ended(code: int) -> str:
    """Say in words what an exit code means."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
