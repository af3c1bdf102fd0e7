"""What every test stands on: a real PostgreSQL, migrated once a session, and the process that serves it as ``retinue_app``.

``postgres`` gives the session's server (``owner_url``, ``app_url``); ``environ`` the settings of a process on it;
``process`` a started process. With ``TEST_DATABASE_URL`` set, that server is used, else an embedded one in a temporary
folder. Isolation is tenancy: each test makes its own organization; nothing is truncated.
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
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from retinue.migrations.runner import upgrade
from retinue.process import Process


@dataclass(frozen=True, slots=True)
class Postgres:
    """A migrated database: the owner's URL, and the URL of the role that serves requests."""

    owner_url: str
    app_url: str


def _fresh_database(server_url: str) -> Postgres:
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
        yield _fresh_database(given)
        return
    from retinue.embedded.postgres import start_server  # noqa: PLC0415 - not needed with a given server

    # Not below pytest's own folder: that is closed to the account under which the server runs when we are root.
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        server = start_server(Path(folder))
        try:
            yield _fresh_database(server.owner_url)
        finally:
            server.stop()


@pytest.fixture(scope="session")
def environ(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the environment of a process on the session's database."""
    folder: Path = tmp_path_factory.mktemp("data")
    return {
        "DATABASE_URL": postgres.owner_url,
        "RETINUE_APP_DATABASE_URL": postgres.app_url,
        "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
        "RETINUE_DATA_DIR": str(folder),
    }


@pytest.fixture(scope="session")
async def process(environ: dict[str, str]) -> AsyncIterator[Process]:
    """Give a started process of the session."""
    started = Process(environ)
    await started.start()
    try:
        yield started
    finally:
        await started.stop()
