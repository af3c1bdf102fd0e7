"""The template as the supervisor uses it: the processes it makes are the supervisor's, and none is like another."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from retinue.core.processes import command_line, is_running
from tests.embedded.conftest import wait_until

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process is a program of its own"),
    pytest.mark.timeout(300),
]

_SUPERVISE = """
import json, os, random, secrets, select, signal, socket, sys, time, uuid
from retinue.core.processes import adopt_orphans, own_identity
from retinue.embedded.output import Output
from retinue.embedded.template import Forked, Template

def serve(arguments):
    import uuid_utils
    (how,) = arguments[:1]
    if how == "random":
        drawn = [random.random(), secrets.token_hex(), str(uuid.uuid4()), str(uuid_utils.uuid7())[20:]]
        print(json.dumps(drawn), flush=True)
    elif how == "ask":
        signals = {
            name: "default" if signal.getsignal(getattr(signal, name)) == signal.SIG_DFL else "other"
            for name in ("SIGTERM", "SIGCHLD")
        }
        is_leader = os.getsid(0) == os.getpid()
        print(json.dumps([dict(os.environ), os.getppid(), is_leader, signals, arguments]), flush=True)
    elif how == "wait":
        print("waiting", flush=True)
        time.sleep(600)
    elif how == "raise":
        raise ValueError("said")
    elif how == "exit":
        sys.exit(5)
    return 3

ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
assert adopt_orphans()
told, ready = os.pipe()
template = os.fork()
if template == 0:
    from retinue.cli.template import serve_template
    ours.close()
    os.environ["RETINUE_READY_FD"] = str(ready)
    os._exit(serve_template(theirs.detach(), serve))
theirs.close()
os.read(told, 1)
made = Template("template", (), {}, Output(), process=Forked(template), is_ready=True, connection=ours)

def begin(how, **environ):
    said, output = os.pipe()
    extra, _ = os.pipe()
    forked = made.fork((how,), {"HOW": how, **environ}, (output, os.open(os.devnull, os.O_WRONLY), extra))
    os.close(output)
    return forked, os.fdopen(said)

def end(forked):
    while forked.poll() is None:
        time.sleep(0.005)
    return forked.returncode
"""

Run = Callable[..., subprocess.Popen[str]]


def _printed(process: subprocess.Popen[str]) -> list[str]:
    printed, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return printed.splitlines()


def test_process_has_its_own_environment_session_and_supervisor(run_script: Run) -> None:
    script = 'forked, said = begin("ask", SECRET="of one"); print(os.getpid()); print(said.read().strip()); end(forked)'

    supervisor, answer = _printed(run_script(_SUPERVISE + script))

    environ, parent, is_leader, signals, arguments = json.loads(answer)
    assert environ.keys() == {"HOW", "SECRET", "RETINUE_READY_FD"}
    assert parent == int(supervisor)
    assert is_leader
    assert signals == {"SIGTERM": "default", "SIGCHLD": "default"}
    assert arguments[:2] == ["ask", "--fd"]


def test_two_processes_draw_different_random_numbers(run_script: Run) -> None:
    script = """
for _ in range(2):
    forked, said = begin("random"); print(said.read().strip()); end(forked)
"""
    first, second = (json.loads(line) for line in _printed(run_script(_SUPERVISE + script)))

    assert not set(first) & set(second)


@pytest.mark.parametrize(("how", "code"), [("return", 3), ("exit", 5), ("raise", 1)])
def test_exit_code_is_that_of_the_process(run_script: Run, how: str, code: int) -> None:
    script = f'forked, said = begin("{how}"); text = said.read(); print(end(forked)); print("said" in text)'

    assert _printed(run_script(_SUPERVISE + script)) == [str(code), str(how == "raise")]


def test_killed_process_is_reported_with_its_signal(run_script: Run) -> None:
    script = 'forked, said = begin("wait"); said.readline(); os.kill(forked.pid, 9); print(end(forked))'

    assert _printed(run_script(_SUPERVISE + script)) == ["-9"]


def test_process_outlives_the_template_and_ends_with_the_supervisor(run_script: Run) -> None:
    script = """
forked, said = begin("wait"); said.readline()
os.kill(template, 9); os.waitpid(template, 0)
os.kill(forked.pid, 0); print(forked.pid, flush=True)
time.sleep(600)
"""
    supervisor = run_script(_SUPERVISE + script)
    assert supervisor.stdout is not None
    forked = int(supervisor.stdout.readline())
    assert is_running(forked)
    assert command_line(forked)[:2] == ["retinue", "wait"]

    supervisor.send_signal(signal.SIGKILL)

    assert wait_until(lambda: not is_running(forked))


def test_stopped_template_is_given_up(run_script: Run) -> None:
    script = """
os.kill(template, signal.SIGSTOP)
forked, said = begin("wait")
print(forked, end(made.process))
"""
    assert _printed(run_script(_SUPERVISE + script)) == ["None -9"]
