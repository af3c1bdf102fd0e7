"""API and worker of the version before the newest migration go on working while it is applied, and on the new schema."""

import asyncio
import hashlib
import io
import os
import secrets
import subprocess
import sys
import tarfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from cryptography.fernet import Fernet

from retinue.core.json import JsonObject
from retinue.llm.types import SCRIPTED_ID
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import upgrade
from tests.backups.conftest import CommandLine, fresh_owner
from tests.cast import PASSWORD
from tests.client import Client
from tests.conftest import Postgres
from tests.crash.ground import free_port

_ROOT = Path(__file__).parents[2]
_VERSIONS = "src/retinue/migrations/versions"
_START_SECONDS, _LOAD_SECONDS = 60, 90
_RUNS_BEFORE, _RUNS_AFTER = 10, 20
_DONE = frozenset({"completed", "failed", "cancelled"})
_WRITE = {"name": "write_artifact", "arguments": {"name": "note.md", "content": "# Note"}}
_SCRIPT = {"turns": [{"tool_calls": [_WRITE], "delay_ms": 200}, {"text": "Written.", "delay_ms": 200}]}
_REVISION = "SELECT version_num FROM alembic_version"
_UNHEALTHY = "SELECT status, waiting_reason, error, count(*) FROM runs WHERE status <> 'completed' GROUP BY 1, 2, 3"
_STEPS = "SELECT count(*) FROM run_steps WHERE status <> 'completed'"


def _git(*arguments: str) -> bytes:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=_ROOT, check=True, capture_output=True).stdout  # noqa: S603 - words of this file


def _commit_before() -> str:
    """Return the last commit that lacks the newest migration, whatever number that had at the time."""
    (newest,) = (_ROOT / _VERSIONS).glob(f"{SCHEMA_REVISION}_*.py")
    title = newest.name.partition("_")[2]

    def lacks_it(commit: str) -> bool:
        names = _git("ls-tree", "--name-only", commit, f"{_VERSIONS}/").decode().split()
        return not any(name.endswith(f"_{title}") for name in names)

    touched = _git("log", "--format=%H", "--", _VERSIONS).decode().split()
    return next(each for each in ("HEAD", *(f"{commit}^" for commit in touched)) if lacks_it(each))


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the code of the last commit before the newest migration."""
    commit, folder = _commit_before(), tmp_path_factory.mktemp("before")
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "src/retinue"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "src"


class Installation:
    """A database, and an API and a worker of the version before."""

    def __init__(self, owner_url: str, code: Path, folder: Path) -> None:
        """Take the owner's URL of an empty database, the code, and a folder for what is written."""
        self.owner_url, self.folder, self.port = owner_url, folder, free_port()
        self.log = folder / "log"
        self.line = CommandLine(
            {
                "DATABASE_URL": owner_url,
                "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
                "RETINUE_DATA_DIR": str(folder / "data"),
                "RETINUE_WORKER_POLL_SECONDS": "0.2",
                "RETINUE_LOG_LEVEL": "warning",
                "PYTHONPATH": str(code),
            }
        )
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: object) -> None:
        """Start a process; what it writes goes into a file."""
        command = [sys.executable, "-m", "retinue.cli.main", *map(str, arguments)]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RETINUE_")}
        with self.log.open("ab") as writer:
            process = subprocess.Popen(  # noqa: S603 - this very program
                command, env=kept | self.line.environ, stdout=writer, stderr=writer
            )
        self.processes.append(process)

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def stop(self) -> str:
        """End the processes; return what they wrote."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(60)
        return self.log.read_text()

    def loads_from(self, code: Path) -> bool:
        """Return whether the processes carry out this code."""
        line, environ = [sys.executable, "-c", "import retinue; print(retinue.__file__)"], {"PYTHONPATH": str(code)}
        where = subprocess.run(line, env=environ, check=True, capture_output=True, text=True)  # noqa: S603 - the same
        return where.stdout.startswith(str(code))

    def is_alive(self) -> bool:
        """Return whether both processes run."""
        return all(process.poll() is None for process in self.processes)


@pytest.fixture
async def installation(
    postgres: Postgres,
    before: Path,
    tmp_path: Path,
) -> AsyncIterator[tuple[Installation, Client]]:
    """Give an installation of the version before, and a client that has claimed it."""
    made = Installation(fresh_owner(postgres.owner_url, "before"), before, tmp_path)
    migrated = await made.line("migrate")
    assert migrated.code == 0, migrated.err
    try:
        made.start("api", "--port", made.port)
        made.start("worker")
        async with aiohttp.ClientSession() as session:
            client = Client(session, f"http://127.0.0.1:{made.port}")
            await _ready(client)
            await _claim(made, client)
            yield made, client
    finally:
        for process in made.processes:
            process.kill()
            process.wait()


async def _ready(client: Client) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            try:
                answer = await client.get("/readyz")
                if answer.status == 200 and "workers" not in answer.json["warnings"]:
                    return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def _claim(made: Installation, client: Client) -> None:
    token, now = secrets.token_urlsafe(16), datetime.now(UTC)
    digest = hashlib.sha256(token.encode()).digest()
    made.rows("SELECT auth.issue_claim_token(%s, %s, %s)", digest, now, now + timedelta(hours=1))
    body = {"email": "olga@example.com", "full_name": "Olga", "password": PASSWORD, "organization_name": "Acme"}
    claimed = await client.post("/auth/claim", json={"token": token, **body})
    assert claimed.status == 200, claimed.text


async def _agent(client: Client, name: str, **tool: Any) -> str:
    config = {
        "model": {"provider_id": str(SCRIPTED_ID)},
        "tools": [{"name": "write_artifact", **tool}],
        "parameters": {"script": _SCRIPT},
    }
    made = await client.post("/agents", json={"name": name, "status": "active", "config": config})
    assert made.status == 201, made.text
    return made.json["id"]


async def _start(client: Client, agent_id: str) -> str:
    body: JsonObject = {"type": "agent", "target_id": agent_id, "input": {"prompt": "Write it down."}}
    started = await client.post("/runs", json=body)
    assert started.status in {200, 201, 202}, started.text
    return started.json["id"]


async def _settle(client: Client, run_id: str) -> str:
    """Approve what a run asks for, and wait until it is over."""
    while True:
        run = await client.get(f"/runs/{run_id}")
        assert run.status == 200, run.text
        if run.json["status"] in _DONE:
            return str(run.json["status"])
        if run.json["status"] == "waiting":
            asked = await client.get("/approvals?status=pending&limit=100")
            assert asked.status == 200, asked.text
            for each in asked.json["items"]:
                if each["run_id"] == run_id:
                    said = await client.post(f"/approvals/{each['id']}/decide", json={"decision": "approve"})
                    assert said.status == 200, said.text
        await asyncio.sleep(0.2)


async def _readable(client: Client) -> list[str]:
    """Return every path whose JSON can be read without a parameter."""
    found: list[str] = []
    for path, methods in (await client.get("/api/v1/openapi.json")).json["paths"].items():
        get = methods.get("get", {"parameters": [], "responses": {}})
        content = get["responses"].get("200", {}).get("content", {})
        is_bare = "{" not in path and not any(each.get("required") for each in get.get("parameters", []))
        if is_bare and "application/json" in content:
            found.append(path)
    return found


@pytest.mark.timeout(300)
async def test_version_before_carries_out_every_run_during_and_after_the_newest_migration(
    installation: tuple[Installation, Client], before: Path
) -> None:
    made, client = installation
    old = made.rows(_REVISION)
    agents = [await _agent(client, "Writer"), await _agent(client, "Asker", requires_approval=True)]
    begun = [await _start(client, agents[number % 2]) for number in range(_RUNS_BEFORE)]

    await asyncio.to_thread(upgrade, made.owner_url)
    try:
        async with asyncio.timeout(_LOAD_SECONDS):
            begun += [await _start(client, agents[number % 2]) for number in range(_RUNS_AFTER)]
            ended = await asyncio.gather(*(_settle(client, run_id) for run_id in begun))
            answers = {path: (await client.get(path)).status for path in await _readable(client)}
    except TimeoutError:
        pytest.fail(f"runs do not end: {made.rows(_UNHEALTHY)} {made.log.read_text()}")
    is_alive, said = made.is_alive(), made.stop()

    assert made.loads_from(before)
    assert (old[0][0] < SCHEMA_REVISION, made.rows(_REVISION)) == (True, [(SCHEMA_REVISION,)])
    assert ended == ["completed"] * (_RUNS_BEFORE + _RUNS_AFTER), made.rows(_UNHEALTHY)
    assert made.rows(_STEPS) == [(0,)]
    assert len(answers) > 20
    assert {path: status for path, status in answers.items() if status >= 500} == {}
    assert is_alive
    assert "Traceback" not in said, said
    assert "error" not in said.lower(), said
