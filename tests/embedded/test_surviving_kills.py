"""What is left when something is killed: nothing running that nobody owns, and every committed row."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from retinue.core.processes import is_running, processes_working_in
from retinue.embedded.launch import SETTINGS
from retinue.embedded.pidfile import read_pid_file
from retinue.embedded.postgres import Server, start_server
from tests.embedded.conftest import needs_root, wait_until

PARENT = """
import sys, time
from pathlib import Path
from retinue.embedded.postgres import start_server
server = start_server(Path(sys.argv[1]))
print(server.pid, flush=True)
time.sleep(600)
"""


def _start_without_tie(server: Server) -> subprocess.Popen[bytes]:
    """Start a server as it is found on a system without PDEATHSIG: nothing ends it with its parent."""
    account = server.cluster.account
    return subprocess.Popen(
        [
            *(server.binaries.path("postgres"), "-D", str(server.cluster.data)),
            *("-c", f"port={server.port}", "-k", str(server.pid_file.socket_folder)),
            *("-c", f"listen_addresses={SETTINGS['listen_addresses']}"),
        ],
        user=account.uid if account.is_dropped else None,
        group=account.gid if account.is_dropped else None,
        extra_groups=[] if account.is_dropped else None,
        cwd="/",
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_killed_server_starts_again_with_every_committed_row(home: Path) -> None:
    server = start_server(home)
    committed = 0

    try:
        with psycopg.connect(server.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE counted (number int)")
        for round_number in range(4):
            with psycopg.connect(server.owner_url, autocommit=True) as connection:
                for _ in range(20):
                    connection.execute("INSERT INTO counted VALUES (%s)", (round_number,))
                    committed += 1
                os.kill(server.pid, signal.SIGKILL)
                assert wait_until(lambda: not server.is_alive())
            server.restart()
        with psycopg.connect(server.owner_url) as connection:
            row = connection.execute("SELECT count(*) FROM counted").fetchone()
    finally:
        server.stop()
    assert row == (committed,)


def test_killed_starter_leaves_no_server(home: Path, run_script: Callable[..., subprocess.Popen[str]]) -> None:
    parent = run_script(PARENT, str(home))
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())

    parent.kill()

    assert wait_until(lambda: not is_running(pid))
    data = home / "postgres" / "data"
    assert wait_until(lambda: not processes_working_in(data))


def test_start_right_after_the_starter_was_killed_works(
    home: Path, run_script: Callable[..., subprocess.Popen[str]]
) -> None:
    parent = run_script(PARENT, str(home))
    assert parent.stdout is not None
    assert int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    server = start_server(home)

    try:
        with psycopg.connect(server.owner_url) as connection:
            assert connection.execute("SELECT pg_sleep(0.5), 1").fetchone() is not None
        assert server.is_alive()
    finally:
        server.stop()


def test_server_that_outlived_its_starter_is_adopted_and_stopped(home: Path) -> None:
    first = start_server(home)
    first.stop()
    orphan = _start_without_tie(first)
    assert wait_until(lambda: (found := read_pid_file(first.cluster)) is not None and found.status == "ready")

    adopted = start_server(home)

    try:
        assert adopted.is_adopted
        assert adopted.pid == orphan.pid
        with psycopg.connect(adopted.app_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        threading.Thread(target=orphan.wait, daemon=True).start()  # reaps what is not this launcher's child
        adopted.stop()
    assert not is_running(orphan.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells which processes work in a folder")
@needs_root
def test_process_id_that_came_round_again_does_not_block_the_start(home: Path) -> None:
    server = start_server(home)
    server.stop()
    account = server.cluster.account
    stranger = subprocess.Popen(["sleep", "60"], user=account.uid, group=account.gid, extra_groups=[], cwd="/")
    left_over = [str(stranger.pid), str(server.cluster.data), "1", str(server.port), "/tmp", "127.0.0.1", "1 1", "ready"]
    server.cluster.pid_file.write_text("\n".join(left_over) + "\n")
    account.own(server.cluster.pid_file)

    again = start_server(home)

    again.stop()
    stranger.terminate()
    stranger.wait()
    assert not again.is_adopted


def test_second_thread_may_not_start_a_server(home: Path) -> None:
    raised: list[BaseException] = []

    def start() -> None:
        try:
            start_server(home)
        except RuntimeError as error:
            raised.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()

    assert "main thread" in str(raised[0])


def test_stopping_does_not_wait_for_sessions_that_stay_open(home: Path) -> None:
    server = start_server(home)
    connection = psycopg.connect(server.owner_url)
    connection.execute("SELECT 1")

    server.stop(timeout_seconds=10)

    connection.close()
    assert not is_running(server.pid)
