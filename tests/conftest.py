"""What every test stands on: a real PostgreSQL, migrated once a session, and the process that serves it as ``retinue_app``.

``postgres`` gives the session's server (``owner_url``, ``app_url``); ``environ`` the settings of a process on it;
``process`` a started process; ``server`` its HTTP application on an ephemeral port, as a client nobody has signed in with;
``cast`` the people of a test with their signed-in clients (``cast.olga.http.get("/agents")``), see ``tests/cast.py``.
With ``TEST_DATABASE_URL`` set, that server is used, else an embedded one in a temporary folder.
Isolation is tenancy: each test makes its own organization; nothing is truncated.
"""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from retinue.core.logging import configure
from retinue.migrations.runner import upgrade
from retinue.process import Process
from tests.cast import Cast, assemble
from tests.client import Client
from tests.serving import serve

# A busy machine is no error of the law that is tried.
settings.register_profile("retinue", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("retinue")

_LEFT_OUT = 10
"""The exit code of a run that left tests out, where none may be; pytest's own end at 5."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A migrated database: the owner's URL, and the URL of the role that serves requests."""

    owner_url: str
    app_url: str


def fresh_database(server_url: str) -> Postgres:
    """Make and migrate a database of its own on a server."""
    name = f"retinue_test_{secrets.token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    parts = conninfo_to_dict(server_url)
    host = parts.get("host", "127.0.0.1")
    owner = (
        f"postgresql://{parts.get('user')}:{parts.get('password', '')}@/{name}?host={host}&port={parts.get('port', 5432)}"
    )
    upgrade(owner)
    return Postgres(owner, f"{owner}&options=-c%20role%3Dretinue_app")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Give the session's migrated database."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield fresh_database(given)
        return
    from retinue.embedded.postgres import start_server  # noqa: PLC0415 - not needed with a given server

    # Not below pytest's own folder: that is closed to the account under which the server runs when we are root.
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        server = start_server(Path(folder))
        try:
            yield fresh_database(server.owner_url)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def environ(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the environment of a process on the session's database."""
    folder: Path = tmp_path_factory.mktemp("data")
    (folder / "tools").mkdir()
    return {
        "DATABASE_URL": postgres.owner_url,
        "RETINUE_APP_DATABASE_URL": postgres.app_url,
        "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
        "RETINUE_DATA_DIR": str(folder),
        "RETINUE_PASSWORD_MEMORY_KIB": "8",
        "RETINUE_PASSWORD_ITERATIONS": "1",
        "RETINUE_SIGN_IN_FAILURE_MS": "0",
        # Requests are written when a test asks for it, and never between two looks at the database.
        "RETINUE_USAGE_FLUSH_SECONDS": "3600",
        "RETINUE_USAGE_BUFFER_REQUESTS": "100",
        "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1",
        "RETINUE_TOOL_FOLDERS": f"{folder / 'tools'}, {folder / 'own'}/{{organization_id}}",
    }


@pytest.fixture(scope="session")
async def process(environ: dict[str, str]) -> AsyncIterator[Process]:
    """Give a started process of the session."""
    configure("warning", "text")
    started = Process(environ)
    await started.start()
    try:
        yield started
    finally:
        await started.stop()


@pytest.fixture(scope="session")
async def server(process: Process) -> AsyncIterator[Client]:
    """Serve the process over HTTP in the tests' own event loop."""
    async with serve(process) as client:
        yield client


@pytest.fixture
async def cast(process: Process, server: Client, postgres: Postgres) -> Cast:
    """Give a fresh Acme and Globex with their people; no run of an earlier test is pending, which a worker would begin."""
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute("UPDATE runs SET status = 'cancelled' WHERE status IN ('pending', 'running')")
    return await assemble(process, server)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what it means when a test was left out, where none may be."""
    if _left_out(terminalreporter):
        terminalreporter.write_line("RETINUE_TEST_ALLOW_SKIPS=0: no test may be left out. The reasons:", red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that left a test out, where none may be: with a code of its own, as failed tests are run once more."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if isinstance(reporter, pytest.TerminalReporter) and _left_out(reporter):
        session.exitstatus = _LEFT_OUT


def _left_out(reporter: pytest.TerminalReporter) -> bool:
    is_strict = os.environ.get("RETINUE_TEST_ALLOW_SKIPS", "1") == "0"
    return is_strict and bool(reporter.stats.get("skipped") or reporter.stats.get("xfailed"))
