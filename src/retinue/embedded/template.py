"""The template: a process that has imported everything, of which API and worker are made by fork(2). The supervisor's side.

A process made so starts in milliseconds, and what was imported is in memory once: see decision 0023. The template hands its
processes over to the supervisor, whose children they are, and ends when all are made. Where there is none, before its time
or after it, processes are started as programs of their own.
"""

import contextlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from retinue.core.processes import adopt_orphans
from retinue.embedded.children import Child, Process
from retinue.embedded.output import Output

ANSWER_SECONDS = 5.0
"""A fork takes milliseconds; a template that is stopped is not waited for any longer."""


@dataclass(slots=True)
class Forked:
    """A process that the template made, as ``subprocess.Popen`` shows one: its parent is this process."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """Return how it ended (negative: by which signal); None while it runs. One that ended is reaped."""
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:
                self.returncode = 1
            else:
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def send_signal(self, sent: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, sent)


@dataclass(slots=True)
class Template(Child):
    """The template's process, and the connection over which it is asked for others."""

    connection: socket.socket | None = None

    def start(self) -> None:
        """Start it; ``fork`` works from when it is ready."""
        if self.connection is not None:
            self.connection.close()
        self.connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.inherited = (theirs.fileno(),)
            Child.start(self)

    def end(self) -> None:
        """End it at once; what it made goes on, and nothing more can be made of it."""
        self.send(signal.SIGKILL)
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def fork(self, arguments: Sequence[str], environ: Mapping[str, str], descriptors: Sequence[int]) -> Forked | None:
        """Make a process that runs these arguments of ``cli.entry`` in this environment; None when there is no template.

        Of the descriptors the first two are its output and the pipe on which it tells that it is ready; it also has the
        others, which follow its arguments as options.
        """
        if self.connection is None or not self.is_ready or not self.is_running():
            return None
        reader, writer = os.pipe()
        try:
            try:
                forked = self._ask(self.connection, arguments, [reader, *descriptors])
            finally:
                os.close(reader)
            if forked is not None:
                _write(writer, json.dumps(dict(environ)).encode())
        finally:
            os.close(writer)
        return forked

    def _ask(self, connection: socket.socket, arguments: Sequence[str], descriptors: Sequence[int]) -> Forked | None:
        try:
            socket.send_fds(connection, [json.dumps(list(arguments)).encode()], list(descriptors))
            if select.select([connection], [], [], ANSWER_SECONDS)[0] and (answer := connection.recv(32)):
                return Forked(int(answer))
        except OSError:
            pass
        self.send(signal.SIGKILL)  # what it makes after this finds no environment, and ends
        return None


def make_template(environ: Mapping[str, str], output: Output) -> Template | None:
    """Return the template of this machine's processes, not yet started; None where the system has no use for one.

    Linux only: elsewhere libraries of the system do not survive a fork, and the processes could not be handed over.
    """
    if sys.platform != "linux" or not adopt_orphans():
        return None
    return Template("template", ("template",), environ, output)


def reap_orphans(known: Sequence[Process]) -> None:
    """Reap what ended among the processes that were left to this one by theirs; the known ones are only looked at."""
    by_id = {each.pid: each for each in known}
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            if ended.si_pid in by_id:
                by_id[ended.si_pid].poll()
            else:
                os.waitpid(ended.si_pid, os.WNOHANG)


def _write(descriptor: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # it ended already: its exit code says how
        while data:
            data = data[os.write(descriptor, data) :]
