"""Fixtures of identity: installations of their own, whose database's clock is moved by hand."""

import hashlib
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from retinue.process import Process
from tests.cast import PASSWORD
from tests.client import Client, Response
from tests.clock import HandClock
from tests.conftest import Postgres, fresh_database
from tests.serving import serve


@dataclass(slots=True)
class Installation:
    """A whole installation of one test: nobody has an account in it yet."""

    process: Process
    http: Client
    clock: HandClock
    owner: psycopg.Connection
    owner_url: str

    def client(self, **headers: str) -> Client:
        """Return another client nobody has signed in with."""
        return Client(self.http.session, self.http.base_url, headers=headers)

    def issue_claim(self, hours: float = 24) -> str:
        """Lay down a claim token as the launcher does, and return it."""
        return self._issue_claim(self.owner, hours)

    def issue_claim_apart(self) -> str:
        """Do the same over a connection of its own, so that several can do it at once."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            return self._issue_claim(connection, 24)

    def _issue_claim(self, connection: psycopg.Connection, hours: float) -> str:
        token = secrets.token_urlsafe(16)
        digest, now = hashlib.sha256(token.encode()).digest(), self.clock.now()
        connection.execute("SELECT auth.issue_claim_token(%s, %s, %s)", (digest, now, now + timedelta(hours=hours)))
        return token

    async def claim(self, token: str, client: Client | None = None, **other: str) -> Response:
        """Claim the installation as Olga of Acme."""
        body = {"email": "olga@example.com", "full_name": "Olga", "password": PASSWORD, "organization_name": "Acme", **other}
        return await (client or self.http).post("/auth/claim", json={"token": token, **body})


@pytest.fixture(scope="session")
def blank(postgres: Postgres) -> str:
    """Give the URL of a migrated database that nobody connects to: the template of others."""
    return fresh_database(postgres.owner_url).owner_url


@pytest.fixture
def own_database(postgres: Postgres, blank: str) -> Iterator[Postgres]:
    """Give a migrated database of this test alone."""
    template, name = urlsplit(blank).path[1:], f"retinue_test_{secrets.token_hex(6)}"
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        names = {"name": sql.Identifier(name), "template": sql.Identifier(template)}
        connection.execute(sql.SQL("CREATE DATABASE {name} TEMPLATE {template}").format(**names))
        url = urlunsplit(urlsplit(blank)._replace(path=f"/{name}"))
        yield Postgres(url, f"{url}&options=-c%20role%3Dretinue_app")
        connection.execute(sql.SQL("DROP DATABASE {name} WITH (FORCE)").format(name=sql.Identifier(name)))


@pytest.fixture
async def installation(environ: dict[str, str], own_database: Postgres) -> AsyncIterator[Installation]:
    """Give an installation that nobody has claimed."""
    urls = {"DATABASE_URL": own_database.owner_url, "RETINUE_APP_DATABASE_URL": own_database.app_url}
    process = Process({**environ, **urls})
    await process.start()
    try:
        with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
            clock = HandClock(owner)
            async with serve(process) as client:
                yield Installation(process, client, clock, owner, own_database.owner_url)
    finally:
        await process.stop()
