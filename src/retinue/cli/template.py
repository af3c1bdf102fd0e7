"""The template: imports what API and worker need, and makes each of them by fork(2) when the supervisor asks for it.

It holds no connections, has no thread beside the main one and runs no event loop, so that nothing of the kind is copied.
Each process is handed over to the supervisor, by a second fork whose parent ends at once: it is the one that reaps orphans.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from retinue.api import routed
from retinue.cli import api, worker
from retinue.cli.exits import FAILED, OK, tell_ready
from retinue.core.dispatch import procrastinate_worker
from retinue.core.http.methods import methods_of
from retinue.core.processes import end_with_parent, show_command
from retinue.engine.compile.agent import compile_agent

_MOST_BYTES = 64 * 1024
_MOST_DESCRIPTORS = 8
_SIZES = range(32, 513, 16)
"""Sizes of CPython's small objects, in bytes, but for the smallest, which hardly any object has."""
_LARGE = 10**6
"""An integer from here on takes the first of the sizes; a ``bytes`` object of the right length the others."""
_BYTES_HEAD = 33
_POOL_BYTES = 16 * 1024
_POOL_HEAD = 48
_ROW = 4
_MOST_FILLED_BYTES = 512 * 1024
_SHARED = (api, worker, procrastinate_worker)
"""What is imported here only to be in memory before the forks."""


def serve_template(descriptor: int, run: Callable[[Sequence[str]], int]) -> int:
    """Make processes, each of which calls ``run`` with its arguments, until the supervisor is gone; return the exit code."""
    methods_of(routed())
    compile_agent()
    gc.collect()
    gc.freeze()  # collections of the processes would write to every page, and so copy it
    _filling = _fill_gaps()
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        print("A library started a thread when it was imported: processes cannot be forked.", file=sys.stderr)
        return FAILED
    supervisor = os.getppid()
    with socket.socket(fileno=descriptor) as connection:
        connection.set_inheritable(False)
        tell_ready()
        while True:
            asked, descriptors, _, _ = socket.recv_fds(connection, _MOST_BYTES, _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC)
            if not asked:
                return OK
            pid = _fork(lambda: _become(supervisor, run, json.loads(asked), descriptors))  # noqa: B023 - called at once
            for each in descriptors:
                os.close(each)
            connection.send(str(pid).encode())


def _fill_gaps() -> list[object]:
    """Return objects that take the free places among those there are, so that new ones get pages of their own.

    CPython keeps small objects in pools by their size, and puts new ones into pools in use first: those of a process would
    be written all over the pages that it shares. A size is full when the places handed out are in a row from a pool's start.
    """
    filling: list[object] = []
    for size in range(_SIZES.start, _SIZES.stop, _SIZES.step):
        in_a_row = expected = 0
        for number in range(_MOST_FILLED_BYTES // size):
            filling.append(_LARGE + number if size == _SIZES.start else bytes(size - _BYTES_HEAD))
            place = id(filling[-1]) % _POOL_BYTES
            in_a_row = in_a_row + 1 if in_a_row and place == expected else int(place == _POOL_HEAD)
            expected = place + size
            if in_a_row == _ROW:
                break
    return filling


def _fork(become: Callable[[], NoReturn]) -> int:
    """Make a process that is nobody's child, and return its id."""
    reader, writer = os.pipe()
    between = os.fork()
    if between == 0:
        child = os.fork()
        if child == 0:
            os.close(reader)
            os.close(writer)
            become()
        os.write(writer, str(child).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(between, 0)
    with os.fdopen(reader, "rb") as answer:
        return int(answer.read())


def _become(
    supervisor: int, run: Callable[[Sequence[str]], int], arguments: Sequence[str], descriptors: Sequence[int]
) -> NoReturn:
    """Run as a process of its own, and end it without returning."""
    environment, output, ready, *inherited = descriptors
    code = FAILED
    try:
        with os.fdopen(environment, "rb") as reader:
            environ = reader.read()  # complete once the supervisor knows this process, whose parent it is by then
        if not environ:
            os._exit(OK)
        os.setsid()
        for standard in (1, 2):
            os.dup2(output, standard)
        os.close(output)
        os.environ.clear()
        os.environ.update(json.loads(environ) | {"RETINUE_READY_FD": str(ready)})
        end_with_parent(supervisor, signal.SIGTERM)
        options = [option for each in inherited for option in ("--fd", str(each))]
        show_command(["retinue", *arguments])
        gc.enable()
        code = run([*arguments, *options])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else FAILED
    except BaseException as error:  # noqa: BLE001 - the border of the process, which must not go on as another's copy
        traceback.print_exception(error)
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
