"""One installation with an organization, a finished run with a file, an attachment and a secret; and the command line.

Its database belongs to a role that is no superuser, as an operator's own does.
"""

import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from cryptography.fernet import Fernet
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from retinue.llm.types import SCRIPTED_ID
from retinue.migrations.runner import upgrade
from retinue.process import Process
from retinue.worker import opened, services_of
from tests.agents.conftest import make_agent
from tests.cast import Cast, assemble
from tests.conftest import Postgres
from tests.serving import serve

NOTE, LETTER, TOKEN = "# Grüße", b"a letter " * 40_000, "t0ken-of-acme"
PASSPHRASE = "one more horse battery"
_CALL = {"name": "write_artifact", "arguments": {"name": "note.md", "content": NOTE}}
_SCRIPT = {"turns": [{"tool_calls": [_CALL]}, {"text": "Written."}]}
_OURS = ("DATABASE_URL", "RETINUE_", "PG_BIN_DIR")


@dataclass(frozen=True, slots=True)
class Installation:
    """An installation with something in it: how its processes are started, and what a restored one must still have."""

    environ: dict[str, str]
    owner_url: str
    cast: Cast
    process: Process
    run_id: str
    artifact_url: str
    attachment_url: str
    variable_id: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask its database as its owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            return connection.execute(query.encode()).fetchall()


def fresh_owner(server_url: str, name: str) -> str:
    """Make an empty database whose owner is a role of its own, no superuser; return the owner's URL."""
    mark, password = f"{name}_{secrets.token_hex(5)}", secrets.token_hex(8)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER PASSWORD {}").format(sql.Identifier(mark), sql.Literal(password))
        )
        connection.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'retinue_app') THEN CREATE ROLE retinue_app;"
            " END IF; END $$"
        )
        connection.execute(sql.SQL("GRANT retinue_app TO {}").format(sql.Identifier(mark)))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(mark), sql.Identifier(mark)))
    parts = conninfo_to_dict(server_url)
    return f"postgresql://{mark}:{password}@/{mark}?host={parts.get('host', '127.0.0.1')}&port={parts.get('port', 5432)}"


def app_url(owner_url: str) -> str:
    """Return the URL of the serving role."""
    return f"{owner_url}&options=-c%20role%3Dretinue_app"


@pytest.fixture(scope="session")
async def installation(postgres: Postgres, environ: dict[str, str]) -> AsyncIterator[Installation]:
    """Give the installation that is backed up."""
    owner_url = fresh_owner(postgres.owner_url, "keeper")
    upgrade(owner_url)
    with tempfile.TemporaryDirectory(prefix="retinue-backups-") as folder:
        given = environ | {
            "DATABASE_URL": owner_url,
            "RETINUE_APP_DATABASE_URL": app_url(owner_url),
            "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
            "RETINUE_DATA_DIR": folder,
        }
        process, worker = Process(given), Process(given)
        await process.start()
        try:
            async with serve(process) as client:
                cast = await assemble(process, client)
                async with opened(worker) as workshop, asyncio.timeout(60):
                    working = [asyncio.create_task(each) for each in services_of(worker, workshop)]
                    try:
                        made = await _fill(cast)
                    finally:
                        for task in working:
                            task.cancel()
                        await asyncio.gather(*working, return_exceptions=True)
                yield Installation(given, owner_url, cast, process, *made)
        finally:
            await process.stop()


async def _fill(cast: Cast) -> tuple[str, str, str, str]:
    variable = await cast.adam.http.post("/variables", json={"name": "TOKEN", "value": TOKEN, "is_secret": True})
    form = aiohttp.FormData()
    form.add_field("file", LETTER, filename="letter.txt", content_type="text/plain")
    attachment = await cast.anna.http.post("/attachments", data=form)
    config = {
        "model": {"provider_id": str(SCRIPTED_ID)},
        "tools": [{"name": "write_artifact"}],
        "parameters": {"script": _SCRIPT},
    }
    agent = await make_agent(cast.anna, config=config)
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Write it down."}}
    run = (await cast.anna.http.post("/runs", json=body)).json
    while run["status"] not in {"completed", "failed"}:
        await asyncio.sleep(0.05)
        run = (await cast.anna.http.get(f"/runs/{run['id']}")).json
    (artifact,) = (await cast.anna.http.get(f"/runs/{run['id']}/artifacts")).json["items"]
    return run["id"], artifact["url"], attachment.json["url"], variable.json["id"]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs commands with these variables of Retinue and no other."""

    environ: dict[str, str]

    def begin(self, *arguments: object, program: str = "retinue.cli.main", **settings: str) -> "subprocess.Popen[str]":
        """Start a command and leave it running."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        line = [sys.executable, "-m", program, *(str(each) for each in arguments)]
        return subprocess.Popen(
            line, env=kept | self.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    async def __call__(self, *arguments: object, **settings: str) -> Said:
        process = self.begin(*arguments, **settings)
        out, err = await asyncio.to_thread(process.communicate, timeout=100)
        return Said(process.returncode, out, err)


@pytest.fixture
def retinue(installation: Installation) -> CommandLine:
    """Give the command line of the installation."""
    return CommandLine(installation.environ)


@pytest.fixture
def elsewhere() -> CommandLine:
    """Give a command line that knows no installation."""
    return CommandLine({})


@pytest.fixture
def place() -> Iterator[Path]:
    """Give a folder that the embedded server's account can pass."""
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
async def backup(installation: Installation) -> AsyncIterator[Path]:
    """Give a backup of the installation, not encrypted, with the secret key; tests leave it as it is."""
    with tempfile.TemporaryDirectory(prefix="retinue-backup-") as folder:
        said = await CommandLine(installation.environ)("backup", "--to", folder, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)
        assert said.code == 0, said.err
        (made,) = Path(folder).iterdir()
        yield made


@pytest.fixture
def empty(postgres: Postgres) -> str:
    """Give the owner's URL of an empty database, whose owner is another role than that of the installation."""
    return fresh_owner(postgres.owner_url, "warden")


async def until(is_true: Callable[[], bool], seconds: float = 30) -> None:
    """Look until something is true."""
    async with asyncio.timeout(seconds):
        while not is_true():
            await asyncio.sleep(0.01)
