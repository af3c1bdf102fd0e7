"""The process that keeps a worker: it starts it again when it was killed, ends with it, and passes on what it is told."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from retinue.core.processes import is_running
from tests.embedded.conftest import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the worker is started without a fork")

_SERVE = """
import os, signal, sys, time
from retinue.cli.respawn import serve_respawned

def serve():
    print(os.getpid(), flush=True)
    %s

sys.exit(serve_respawned(serve))
"""
_KILL = "os.kill(os.getpid(), signal.SIGKILL)"
_WAIT = "time.sleep(600)"
_END = """signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
    print("ready", flush=True)
    time.sleep(600)"""

Run = Callable[..., subprocess.Popen[str]]


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_killed_child_is_replaced_by_the_same_parent(run_script: Run) -> None:
    parent = run_script(_SERVE % _WAIT)
    first = int(_line(parent))

    os.kill(first, signal.SIGKILL)

    second = int(_line(parent))
    assert first != second
    assert is_running(second)
    assert not is_running(first)
    assert parent.poll() is None


def test_child_that_is_killed_again_and_again_ends_its_parent_by_the_same_signal(run_script: Run) -> None:
    parent = run_script(_SERVE % _KILL)

    assert parent.wait(30) == -signal.SIGKILL
    assert parent.stdout is not None
    assert len(set(parent.stdout.read().split())) == 4


@pytest.mark.parametrize(("ending", "code"), [("return 3", 3), ("sys.exit(5)", 5), ("raise ValueError", 1)])
def test_exit_code_of_the_child_is_that_of_the_parent(run_script: Run, ending: str, code: int) -> None:
    assert run_script(_SERVE % ending).wait(30) == code


def test_request_to_end_is_passed_on(run_script: Run) -> None:
    parent = run_script(_SERVE % _END)
    child = int(_line(parent))
    assert _line(parent) == "ready"

    parent.send_signal(signal.SIGTERM)

    assert parent.wait(30) == 7
    assert not is_running(child)


def test_killed_parent_takes_its_child_along(run_script: Run) -> None:
    parent = run_script(_SERVE % _WAIT)
    child = int(_line(parent))

    parent.kill()

    assert wait_until(lambda: not is_running(child))
