"""The unmodified client of Supabase in a process of Node.js, and a socket for what no client sends."""

import asyncio
import fcntl
import hashlib
import os
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tools.console import ROOT, node, npm
from tools.environments import SUPABASE

from retinue.core.json import dumps, loads
from retinue.process import Process
from retinue.realtime import tokens
from tests.cast import PASSWORD, Cast, Person
from tests.client import Client
from tests.conftest import Postgres

FOLDER = Path(__file__).parent / "client"
PYTHON_FOLDER = Path(__file__).parent / "python_client"
_SECONDS = 20.0
Told = dict[str, Any]


@pytest.fixture(scope="session")
def client_folder() -> Path:
    """Install the client as its lock file says, unless that was done."""
    stamp, wanted = FOLDER / "node_modules" / ".retinue-lock", FOLDER / "package-lock.json"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    with (ROOT / ".setup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes of pytest
        if not (stamp.is_file() and stamp.read_text() == digest):
            npm("ci", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", folder=FOLDER)
            stamp.write_text(digest)
    return FOLDER


@dataclass
class Supabase:
    """The client in its process: ``do`` asks it something; what it tells otherwise is in ``told``, in order."""

    process: asyncio.subprocess.Process
    told: list[Told] = field(default_factory=list[Told])
    _answers: asyncio.Queue[Told] = field(default_factory=asyncio.Queue[Told])
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self) -> None:
        """Take what the client tells, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            document: Any = loads(line)
            if "done" in document:
                self._answers.put_nowait(document)
            else:
                self.told.append(document)
            self._news.set()

    async def do(self, action: str, **arguments: Any) -> Told:
        """Have the client do something, and return the result."""
        assert self.process.stdin is not None
        self.process.stdin.write(dumps({"action": action, **arguments}) + b"\n")
        async with asyncio.timeout(_SECONDS):
            return await self._answers.get()

    async def wait(self, wanted: Callable[[Told], bool], *, count: int = 1) -> list[Told]:
        """Wait until the client has told so many things that are wanted; returns them."""
        async with asyncio.timeout(_SECONDS):
            while len(found := [each for each in self.told if wanted(each)]) < count:
                self._news.clear()
                await self._news.wait()
        return found

    async def sign_in(self, person: Person) -> None:
        """Sign a person in, which must work."""
        assert (await self.do("signIn", email=person.email, password=PASSWORD))["error"] is None

    async def subscribe(self, name: str, *changes: Told, **options: Any) -> None:
        """Subscribe to changes, and wait until the subscription is live."""
        await self.do("subscribe", name=name, changes=list(changes), **options)
        await self.wait(lambda told: told.get("channel") == name and told.get("status") == "SUBSCRIBED")

    def changes(self, name: str, number: int = 0) -> list[Told]:
        """Return the changes that a channel was told, of one of its entries."""
        return [
            each["change"]
            for each in self.told
            if each.get("channel") == name and "change" in each and each["number"] == number
        ]

    async def wait_changes(self, name: str, count: int, number: int = 0) -> list[Told]:
        """Wait until a channel received so many changes of one of its entries; returns them."""
        await self.wait(
            lambda told: told.get("channel") == name and "change" in told and told["number"] == number, count=count
        )
        return self.changes(name, number)


def table(name: str, event: str = "*", **more: Any) -> Told:
    """Return what a subscription to a table names."""
    return {"event": event, "schema": "public", "table": name, **more}


def supabase(folder: Path, url: str, key: str) -> AbstractAsyncContextManager[Supabase]:
    """Run the client of JavaScript until the body is left."""
    return running(folder, node(), "harness.mjs", url, key)


@asynccontextmanager
async def running(folder: Path, *line: str | Path) -> AsyncGenerator[Supabase]:
    """Run a client, named by its command line, until the body is left."""
    process = await asyncio.create_subprocess_exec(
        *line,
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=16 * 1024 * 1024,
        env={"PATH": os.environ["PATH"]},
    )
    client = Supabase(process)
    reading = asyncio.create_task(client.read())
    try:
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(5):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading


@dataclass
class Realtime:
    """What a test of subscriptions needs: the cast, the server's address and key, and clients."""

    cast: Cast
    url: str
    key: str
    folder: Path
    process: Process
    owner_url: str

    def client(self) -> AbstractAsyncContextManager[Supabase]:
        """Return a context with a client that nobody has signed in with."""
        return supabase(self.folder, self.url, self.key)

    def python_client(self) -> AbstractAsyncContextManager[Supabase]:
        """Return the same with the Python clients, in the environment that has the libraries they need."""
        python = SUPABASE.find()
        if python is None:
            pytest.skip("The Python clients are not installed: python -m tools.environments install")
        return running(PYTHON_FOLDER, python, "harness.py", self.url, self.key)

    async def owner(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        async with await psycopg.AsyncConnection.connect(self.owner_url, autocommit=True) as owner:
            cursor = await owner.execute(statement.encode(), parameters)
            return await cursor.fetchall() if cursor.description else []

    async def agent(self, person: Person, name: str = "Agent", **more: Any) -> Told:
        """Create an agent."""
        made = await person.http.post("/agents", json={"name": name, **more})
        assert made.status == 201, made.text
        return made.json


@pytest.fixture
async def realtime(cast: Cast, server: Client, process: Process, client_folder: Path, postgres: Postgres) -> Realtime:
    """Give the cast, and where clients connect."""
    key = tokens.publishable_keys(process.resources.secrets)[0]
    return Realtime(cast, server.base_url, key, client_folder, process, postgres.owner_url)
