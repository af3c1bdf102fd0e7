"""A worker that is there again at once when it was killed: the process that runs it has imported everything already.

Importing takes a second of a quiet processor, and ten on a busy machine, for which the runs of a killed worker would stand
still. So the supervisor's worker is a small parent, which imports and waits, and a child made by fork(2), which works. The
memory of what was imported is shared between the two. Linux only: elsewhere libraries of the system do not survive a fork.
"""

import gc
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from retinue.core.processes import end_with_parent
from retinue.embedded.children import how_it_ended

_STEADY_SECONDS = 60.0
_MOST_IN_A_ROW = 3
"""A worker that is killed more often, without a steady time between, is left to the supervisor, which waits ever longer."""
_PASSED_ON = (signal.SIGTERM, signal.SIGINT)


def serve_respawned(serve: Callable[[], int]) -> int:
    """Run ``serve`` in a child process, again when a signal ended it, and return its exit code.

    SIGTERM and SIGINT are passed on. Ends by the child's signal itself when children are killed too often. Call it from the
    main thread of a process that has no other and holds no connections.
    """
    if sys.platform != "linux":
        return serve()
    gc.collect()
    gc.freeze()  # collections of the child would write to every page, and so copy it
    waiting = _Parent()
    in_a_row = 0
    while True:
        began = time.monotonic()
        code = waiting.run(serve)
        if code >= 0 or waiting.is_stopped:
            return max(code, 0)
        in_a_row = 1 if time.monotonic() - began > _STEADY_SECONDS else in_a_row + 1
        if in_a_row > _MOST_IN_A_ROW:
            _end_by(-code)
        print(f"The worker {how_it_ended(code)}; it is started again.", file=sys.stderr, flush=True)


class _Parent:
    """The process that waits: whether it was told to stop, and its child."""

    def __init__(self) -> None:
        self.is_stopped = False
        self._child = 0
        for number in _PASSED_ON:
            signal.signal(number, lambda number, _frame: self._pass_on(number))

    def run(self, serve: Callable[[], int]) -> int:
        """Run ``serve`` in a child; return its exit code, or minus the signal that ended it."""
        parent = os.getpid()
        signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # until it is known whom to pass them on to
        self._child = os.fork()
        if self._child == 0:
            _be_a_child(parent, serve)
        _close_ready_pipe()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        return os.waitstatus_to_exitcode(status)

    def _pass_on(self, number: int) -> None:
        self.is_stopped = True
        if self._child:
            os.kill(self._child, number)


def _be_a_child(parent: int, serve: Callable[[], int]) -> NoReturn:
    """Serve, and end the process without returning."""
    code = 1
    try:
        for number in _PASSED_ON:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        end_with_parent(parent, signal.SIGKILL)
        code = serve()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException as error:  # noqa: BLE001 - the border of the process, which must not go on as its parent
        traceback.print_exception(error)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _close_ready_pipe() -> None:
    """Leave it to the first child to tell that it is ready; of the others nobody waits for it."""
    descriptor = os.environ.pop("RETINUE_READY_FD", "")
    if descriptor:
        os.close(int(descriptor))


def _end_by(number: int) -> None:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
