"""What `retinue doctor`, /readyz and the start say of each thing that can be wrong, each with what to do about it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib import error, request

import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg.conninfo import conninfo_to_dict

from retinue.core.json import loads
from retinue.embedded.account import find_account
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.process import Process
from tests.conftest import Postgres, fresh_database
from tests.crash.ground import free_port
from tests.embedded.conftest import home, needs_root, small_disk
from tests.serving import serve

__all__ = ["home", "small_disk"]
_SECONDS = 100.0
_ANSWERS_SECONDS = 10
pytestmark = pytest.mark.timeout(600)
_MIGRATE = "Run 'retinue migrate', or start 'retinue up'."


@dataclass
class Installation:
    """A database with one API and one worker as processes of the command line."""

    postgres: Postgres
    environ: dict[str, str]
    port: int
    folder: Path
    api: "subprocess.Popen[bytes] | None" = None
    worker: "subprocess.Popen[bytes] | None" = None

    def start(self, *arguments: str, log: str, **settings: str) -> "subprocess.Popen[bytes]":
        """Start a command; what it says goes into a file of the folder."""
        command = [sys.executable, "-m", "retinue.cli.main", *arguments]
        with (self.folder / log).open("wb") as writer:
            return subprocess.Popen(command, env=self.environ | settings, stdout=writer, stderr=writer)

    def said(self, log: str) -> str:
        """Return what a command said so far."""
        return (self.folder / log).read_text()

    def doctor(self, **settings: str) -> tuple[int, str]:
        """Run `retinue doctor`; return its code and what it said."""
        command = [sys.executable, "-m", "retinue.cli.main", "doctor", "--port", str(self.port)]
        done = subprocess.run(command, env=self.environ | settings, check=False, capture_output=True, text=True)
        assert "Traceback" not in done.stdout + done.stderr
        return done.returncode, done.stdout

    def ready(self) -> tuple[int, dict[str, Any]]:
        """Ask /readyz, which must answer in three seconds, and on a busy machine before a query would give up."""
        began = time.monotonic()
        try:
            with request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=20) as answer:
                status, text = int(answer.status), answer.read()
        except error.HTTPError as refused:
            status, text = refused.code, refused.read()
        except OSError:
            status, text = 0, b"{}"
        assert time.monotonic() - began < _ANSWERS_SECONDS
        return status, cast("dict[str, Any]", loads(text))

    def until(self, is_true: Callable[[], object]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + _SECONDS
        while not is_true():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    @contextlib.contextmanager
    def changed(self, *statements: str, back: str) -> Generator[None]:
        """Change the database as its owner for the length of a block."""
        with psycopg.connect(self.postgres.owner_url, autocommit=True) as owner:
            for statement in statements:
                owner.execute(statement.encode())
            try:
                yield
            finally:
                owner.execute(back.encode())


@pytest.fixture(scope="module")
def installation(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an installation whose API and worker run."""
    folder = tmp_path_factory.mktemp("installation")
    database = fresh_database(postgres.owner_url)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RETINUE_", "DATABASE_URL"))}
    environ |= {
        "DATABASE_URL": database.owner_url,
        "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
        "RETINUE_DATA_DIR": str(folder / "data"),
        "RETINUE_WORKER_HEARTBEAT_SECONDS": "0.5",
        "RETINUE_WORKER_STALL_SECONDS": "6",
    }
    made = Installation(database, environ, free_port(), folder)
    made.api = made.start("api", "--port", str(made.port), log="api")
    made.worker = made.start("worker", log="worker")
    try:
        made.until(lambda: (answer := made.ready())[0] == 200 and "workers" not in answer[1]["warnings"])
        yield made
    finally:
        for process in (made.api, made.worker):
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


_BACK = f"UPDATE alembic_version SET version_num = '{SCHEMA_REVISION}'"  # noqa: S608 - a constant of ours
_OLD = ("UPDATE alembic_version SET version_num = '0018'", _BACK)
_NEW = ("UPDATE alembic_version SET version_num = '9999'", _BACK)
_NONE = ("ALTER TABLE alembic_version RENAME TO gone", "ALTER TABLE gone RENAME TO alembic_version")
_QUEUE = (
    "ALTER FUNCTION dispatch.procrastinate_register_worker_v1 RENAME TO gone",
    "ALTER FUNCTION dispatch.gone RENAME TO procrastinate_register_worker_v1",
)


_LACKS = (
    "The queue's schema is not the one of this version's Procrastinate: "
    "dispatch.procrastinate_register_worker_v1 is missing."
)


@pytest.mark.parametrize(
    ("change", "told", "code"),
    [
        (_NONE, ("Schema", "The database has no schema of Retinue yet.", _MIGRATE), None),
        (_OLD, ("Schema", f"The database has the old schema 0018; this version needs {SCHEMA_REVISION}.", _MIGRATE), None),
        (
            _NEW,
            (
                "Schema",
                f"The database has the schema 9999 of a newer Retinue; this version knows {SCHEMA_REVISION}.",
                "Start that version or a later one.",
            ),
            78,
        ),
        (
            _QUEUE,
            ("Queue", _LACKS, "Restore the schema 'dispatch' from a backup"),
            None,
        ),
    ],
    ids=["none", "old", "newer", "queue"],
)
def test_schema_that_does_not_fit_is_told(
    installation: Installation, change: tuple[str, str], told: tuple[str, str, str], code: int | None
) -> None:
    subject, text, remedy = told
    with installation.changed(change[0], back=change[1]):
        status, ready = installation.ready()
        examined = installation.doctor()
        starting = installation.start("worker", log="starting")
        installation.until(lambda: text in installation.said("starting") or starting.poll() is not None)
        ended = starting.poll() if code is None else starting.wait(_SECONDS)
        starting.kill()
        starting.wait()

    # Under a process that serves already, the schema may become newer: it goes on, so that an upgrade interrupts nothing.
    place, part, expected = ("warnings", "schema", 200) if code else ("reasons", "database", 503)
    assert (status, text in ready[place][part], remedy in ready[place][part]) == (expected, True, True)
    assert examined[0] == 1
    assert f"FAILED  {subject:<18} {text}" in examined[1]
    assert f"→ {remedy}" in examined[1]
    assert text in installation.said("starting")
    assert remedy in installation.said("starting")
    assert "Traceback" not in installation.said("starting")
    assert ended == code  # it waits for the migration, or ends where waiting does not help
    installation.until(lambda: installation.ready()[0] == 200)


def test_database_that_refuses_connections_is_told_without_a_traceback_for_each_probe(installation: Installation) -> None:
    name = conninfo_to_dict(installation.postgres.owner_url)["dbname"]
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"  # noqa: S608
    shut = f"ALTER DATABASE {name} ALLOW_CONNECTIONS false"
    server = installation.postgres.owner_url.replace(f"/{name}?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as owner:
        owner.execute(shut.encode())
        owner.execute(end.encode())
        try:
            answers = [installation.ready() for _ in range(5)]
            examined = installation.doctor()
        finally:
            owner.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())

    installation.until(lambda: installation.ready()[0] == 200)
    assert {status for status, _ in answers} == {503}
    assert "The database does not answer" in answers[-1][1]["reasons"]["database"]
    assert "FAILED  Database           The database does not answer" in examined[1]
    assert "Check DATABASE_URL, the server, and the network between." in examined[1]
    assert "Traceback" not in installation.said("api")
    assert installation.said("api").count("readiness.lost") <= 2 * len(answers)


def test_stopped_worker_is_told(installation: Installation) -> None:
    assert installation.worker is not None
    installation.until(lambda: "workers" not in installation.ready()[1]["warnings"])
    before = installation.doctor()[1]
    installation.worker.send_signal(signal.SIGSTOP)
    try:
        installation.until(lambda: "workers" in installation.ready()[1]["warnings"])
        warning = installation.ready()[1]["warnings"]["workers"]
        code, said = installation.doctor()
    finally:
        installation.worker.send_signal(signal.SIGCONT)
    installation.until(lambda: "workers" not in installation.ready()[1]["warnings"])

    assert "ok      Workers            1 worker gives signs of life." in before
    assert warning.startswith("No worker carries out runs; what is started waits. Start 'retinue worker'")
    assert code == 1
    assert "FAILED  Workers            No worker carries out runs; what is started waits." in said
    assert "→ Start 'retinue worker', or look why it ended or hangs." in said


def test_stopped_api_is_told(installation: Installation) -> None:
    assert installation.api is not None
    installation.api.send_signal(signal.SIGSTOP)
    try:
        code, said = installation.doctor()
    finally:
        installation.api.send_signal(signal.SIGCONT)
    installation.until(lambda: installation.ready()[0] == 200)

    assert code == 1
    assert f"FAILED  Port               Port {installation.port} on 127.0.0.1 is taken by another program." in said
    assert "It does not answer within 3 s: a Retinue that was stopped would not either." in said


def test_api_that_does_not_run_is_told(installation: Installation) -> None:
    port = free_port()

    command = [sys.executable, "-m", "retinue.cli.main", "doctor", "--port", str(port)]
    said = subprocess.run(command, env=installation.environ, check=False, capture_output=True, text=True).stdout

    assert f"ok      Port               Port {port} on 127.0.0.1 is free: no API serves on it." in said


@pytest.mark.parametrize("command", ["api", "up"])
def test_port_of_another_retinue_is_told(installation: Installation, command: str, tmp_path: Path) -> None:
    port = str(installation.port)
    process = installation.start(command, "--port", port, log="second", RETINUE_DATA_DIR=str(tmp_path / "data"))

    assert process.wait(_SECONDS) == (78 if command == "api" else 1)
    said = installation.said("second")
    assert f"Port {port} on 127.0.0.1 is taken by another Retinue, which is ready." in said
    assert f"Use that one, end it, or choose another port, as with RETINUE_PORT={installation.port + 1}." in said
    assert "Traceback" not in said
    assert f"A Retinue that is ready answers on port {port}." in installation.doctor()[1]


def test_port_of_a_stranger_is_told(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        process = installation.start("api", "--port", str(port), log="second")
        assert process.wait(_SECONDS) == 78

    said = installation.said("second")
    assert f"Port {port} on 127.0.0.1 is taken by another program. End that program, or choose another port" in said
    assert "Traceback" not in said


def test_role_that_is_too_powerful_is_told(installation: Installation) -> None:
    owner = {"RETINUE_APP_DATABASE_URL": installation.postgres.owner_url}
    process = installation.start("worker", log="second", **owner)

    assert process.wait(_SECONDS) == 78
    said, examined = installation.said("second"), installation.doctor(**owner)
    for text in (said, examined[1]):
        assert "Requests would be served as the database role postgres, which is a superuser." in text
        assert "Give RETINUE_APP_DATABASE_URL a login role of its own" in text
    assert "Traceback" not in said
    assert "FAILED  Serving as" in examined[1]


@needs_root
async def test_full_disk_is_told(environ: dict[str, str], small_disk: Callable[[str], Path]) -> None:
    folder = small_disk("size=10m,mode=0711")
    (folder / "rest").write_bytes(b"x" * 9 * 1024 * 1024)

    async with serve(Process({**environ, "RETINUE_DATA_DIR": str(folder)})) as client:
        ready = (await client.get("/readyz")).json

    assert ready["status"] == "ok"  # what needs no disk goes on
    assert f"The disk that holds {folder} is almost full: 1 MB are free." in ready["warnings"]["disk"]
    assert "Free at least 300 MB" in ready["warnings"]["disk"]


_AS_NOBODY = """
import os, sys, encodings.idna
import retinue.cli.doctor, retinue.cli.main, retinue.embedded.supervisor
os.setgid({gid}), os.setuid({uid})
if sys.argv[1] == "up":
    sys.exit(retinue.embedded.supervisor.main())
retinue.cli.main.main()
"""


@needs_root
@pytest.mark.parametrize("closed", ["folder", "parent", "secret.key"])
def test_wrong_owner_of_the_data_folder_is_told(home: Path, closed: str) -> None:
    nobody = find_account()
    folder = home / "below" / "data"
    folder.mkdir(parents=True)
    home.chmod(0o755)
    (folder / "secret.key").write_text("x")
    (folder / "secret.key").chmod(0o600)
    if closed == "secret.key":
        os.chown(folder, nobody.uid, nobody.gid)
    (folder.parent if closed == "parent" else folder).chmod(0o700)
    script = _AS_NOBODY.format(uid=nobody.uid, gid=nobody.gid)
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("RETINUE_", "DATABASE_URL"))}
    environ |= {"RETINUE_DATA_DIR": str(folder), "RETINUE_PORT": str(free_port()), "RETINUE_LOCAL_MODEL": "off"}

    doctor, up = (
        subprocess.run(
            [sys.executable, "-c", script, command], env=environ, check=False, capture_output=True, text=True, timeout=100
        )
        for command in ("doctor", "up")
    )

    place = {"folder": folder, "parent": folder.parent, "secret.key": folder / "secret.key"}[closed]
    assert doctor.returncode == 1, doctor.stderr
    assert (
        f"FAILED  Data folder        This user may not {'use' if closed == 'secret.key' else 'write'} {place}"
        in doctor.stdout
    )
    assert "belongs to the user root" in doctor.stdout
    assert "Traceback" not in doctor.stderr
    if closed != "secret.key":  # that one is met after the database's start, whose programs nobody may not run here
        assert up.returncode == 1
        assert "may not be read or written by this user" in up.stdout + up.stderr
        assert "Traceback" not in up.stderr
