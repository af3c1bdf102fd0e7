"""A whole installation for a benchmark: its own PostgreSQL, one API, workers, a stand-in model, all as real processes."""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
from cryptography.fernet import Fernet

from benchmarks.ports import free_port, stand_in
from retinue.embedded import launch
from retinue.embedded.postgres import start_server
from retinue.migrations.runner import upgrade

OWNER = "olga@acme.example"
_TUNED = {"max_connections", "shared_buffers", "max_wal_size", "jit"}


@dataclass(slots=True)
class Installation:
    """What a benchmark talks to: the API with an owner's key, the database as its owner, the processes by name."""

    api_url: str
    owner_url: str
    model_url: str
    environ: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]]
    headers: dict[str, str] = field(default_factory=dict[str, str])
    session: aiohttp.ClientSession | None = None
    api_urls: list[str] = field(default_factory=list[str])
    owner: psycopg.Connection[Any] | None = None
    postgres_pid: int = 0
    password: str = ""
    """The owner's."""

    @property
    def http(self) -> aiohttp.ClientSession:
        """The benchmark's own HTTP client."""
        assert self.session is not None
        return self.session

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """Call the API and return its JSON; anything but 2xx ends the benchmark with what was said."""
        url = f"{self.api_url}/api/v1{path}"
        async with self.http.request(method, url, json=body, headers=self.headers) as response:
            if response.status >= 300:
                raise SystemExit(f"{method} {path}: {response.status} {await response.text()}")
            return await response.json() if response.content_type.endswith("json") else await response.text()

    def query(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the database as its owner."""
        if self.owner is None:  # kept: anyone who polls must not make a process of the server start each time
            self.owner = psycopg.connect(self.owner_url, autocommit=True)
        cursor = self.owner.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []

    def signal_workers(self, number: int) -> None:
        """Send a signal to every worker."""
        for name, process in self.processes.items():
            if name.startswith("worker"):
                process.send_signal(number)

    def add_worker(self) -> str:
        """Start one more worker and return its name."""
        name = f"worker-{sum(each.startswith('worker') for each in self.processes)}"
        self.processes[name] = start(self.environ, "worker")
        return name

    async def workers_ready(self, count: int) -> None:
        """Wait until that many workers have made themselves known."""
        statement = "SELECT count(*) FROM dispatch.procrastinate_workers WHERE last_heartbeat > now() - interval '30 s'"
        await until(lambda: self.query(statement)[0][0] >= count)

    def cpu_seconds(self, prefix: str) -> float:
        """Return the CPU time so far of the processes whose name begins so; ``postgres`` counts its whole tree."""
        if prefix == "postgres":
            pids = [self.postgres_pid, *_children(self.postgres_pid)]
            return sum(_cpu_ticks(pid, with_ended=pid == self.postgres_pid) for pid in pids) / os.sysconf("SC_CLK_TCK")
        ticks = sum(_cpu_ticks(process.pid) for name, process in self.processes.items() if name.startswith(prefix))
        return ticks / os.sysconf("SC_CLK_TCK")


def _cpu_ticks(pid: int, *, with_ended: bool = False) -> int:
    try:
        parts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0
    return sum(int(part) for part in parts[11 : 15 if with_ended else 13])


def _children(parent: int) -> list[int]:
    found = Path(f"/proc/{parent}/task/{parent}/children").read_text(encoding="ascii").split()
    return [int(pid) for pid in found]


async def until(check: Callable[[], bool], seconds: float = 90, every: float = 0.02) -> None:
    """Wait for something to hold; a benchmark may poll."""
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise SystemExit("timed out")
        await asyncio.sleep(every)


def start(environ: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    """Start one process of Retinue; what it says goes to a log in the data folder."""
    log = Path(environ["RETINUE_DATA_DIR"]) / f"{command[0]}.log"
    with log.open("ab") as stream:
        line = [sys.executable, "-m", "retinue.cli.main", *command]
        return subprocess.Popen(line, env=environ, stdout=stream, stderr=stream)


@asynccontextmanager
async def installation(
    *, workers: int = 1, apis: int = 1, is_plain: bool = False, public_url: str | None = None
) -> AsyncGenerator[Installation]:
    """Start everything in a temporary folder and end it again; further APIs are at ``api_urls``.

    ``is_plain`` gives PostgreSQL its default settings instead of those of the embedded server. ``public_url`` is that of a
    proxy; without one, browsers call the first API.
    """
    with tempfile.TemporaryDirectory(prefix="retinue-bench-") as folder:
        Path(folder).chmod(0o755)
        tuned = launch.SETTINGS
        launch.SETTINGS = {name: value for name, value in tuned.items() if name not in _TUNED} if is_plain else tuned
        try:
            server = start_server(Path(folder) / "postgres")
        finally:
            launch.SETTINGS = tuned
        model, model_url = stand_in()
        port = free_port()
        environ = {
            **os.environ,
            "DATABASE_URL": server.owner_url,
            "RETINUE_APP_DATABASE_URL": server.app_url,
            "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
            "RETINUE_DATA_DIR": folder,
            "RETINUE_PORT": str(port),
            "RETINUE_PUBLIC_URL": public_url or f"http://127.0.0.1:{port}",
            "RETINUE_LOG_LEVEL": "warning",
            "RETINUE_SUBSCRIPTION_TIERS": "free=100000000",  # one key stands for all the users
        }
        upgrade(server.owner_url)
        made = Installation(f"http://127.0.0.1:{port}", server.owner_url, model_url, environ, {"model": model})
        made.postgres_pid = server.pid
        try:
            made.processes["api"] = start(environ, "api")
            for number in range(1, apis):
                further = free_port()
                made.api_urls.append(f"http://127.0.0.1:{further}")
                made.processes[f"api-{number}"] = start({**environ, "RETINUE_PORT": str(further)}, "api")
            for _ in range(workers):
                made.add_worker()
            timeout = aiohttp.ClientTimeout(total=600)
            jar = aiohttp.CookieJar(unsafe=True)  # the API's host is an address, not a name
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)  # shorter than the server keeps it
            async with aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as session:
                made.session = session
                for url in [made.api_url, *made.api_urls]:
                    await answering(made, url)
                await claim(made)
                await made.workers_ready(workers)
                yield made
        finally:
            if made.owner is not None:
                made.owner.close()
            for process in made.processes.values():
                process.send_signal(signal.SIGCONT)
                process.terminate()
            for process in made.processes.values():
                process.wait(30)
            server.stop()


async def answering(made: Installation, url: str, path: str = "/healthz") -> None:
    """Wait until a server answers."""
    for _ in range(1800):
        if await _answers(made, url + path):
            return
        await asyncio.sleep(0.05)
    raise SystemExit(f"{url} did not start")


async def _answers(made: Installation, url: str) -> bool:
    try:
        async with made.http.get(url) as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def claim(made: Installation) -> None:
    """Make the first owner, and an API key with which the benchmark calls from now on."""
    line = [sys.executable, "-m", "retinue.cli.main", "claim-link"]
    link = subprocess.run(line, env=made.environ, check=True, capture_output=True, text=True).stdout  # noqa: ASYNC221
    made.password = secrets.token_urlsafe(20)
    body = {
        "token": link.strip().rsplit("token=", 1)[1].split()[0],
        "email": OWNER,
        "full_name": "Olga",
        "password": made.password,
        "organization_name": "Acme",
    }
    signed = await made.call("POST", "/auth/claim", body)
    made.headers.update({"X-CSRF-Token": signed["csrf_token"], "Origin": made.environ["RETINUE_PUBLIC_URL"]})
    # Behind a proxy with TLS the cookies are Secure, and the jar keeps them from an API without.
    made.headers["Cookie"] = "; ".join(f"{each.key}={each.value}" for each in made.http.cookie_jar)
    await made.call("PATCH", "/organizations/current", {"max_concurrent_runs": 2000})
    key = await made.call("POST", "/api-keys", {"name": "benchmark", "scopes": signed["permissions"]})
    made.headers = {"Authorization": f"Bearer {key['key']}"}
    made.http.cookie_jar.clear()


async def stand_in_agent(made: Installation, model: str, **config: Any) -> str:
    """Make an agent on the stand-in model server and return its id; the provider is made once."""
    providers = await made.call("GET", "/model-providers")
    known = [each["id"] for each in providers["items"] if each["name"] == "stand-in"]
    if not known:
        body: dict[str, Any] = {"name": "stand-in", "kind": "openai_compatible", "base_url": f"{made.model_url}/v1"}
        body |= {"api_key": "none", "models": [model], "save_untested": True}
        known = [(await made.call("POST", "/model-providers", body))["id"]]
    return await agent(made, {"model": {"provider_id": known[0], "name": model}, **config})


async def agent(made: Installation, config: dict[str, Any]) -> str:
    """Make an agent and return its id."""
    name = f"Bench {secrets.token_hex(4)}"
    body = {"name": name, "category": "engineering", "instructions": "Answer.", "config": config, "status": "active"}
    return (await made.call("POST", "/agents", body))["id"]


async def start_run(made: Installation, agent_id: str, prompt: str = "Say it.") -> dict[str, Any]:
    """Start one run."""
    body = {"type": "agent", "target_id": agent_id, "input": {"prompt": prompt}}
    return await made.call("POST", "/runs", body)


async def start_runs(made: Installation, agent_id: str, count: int, at_once: int = 32) -> list[str]:
    """Start many runs, some at once, and return their ids."""
    gate = asyncio.Semaphore(at_once)

    async def one() -> str:
        async with gate:
            return (await start_run(made, agent_id))["id"]

    return await asyncio.gather(*(one() for _ in range(count)))


def finished(made: Installation) -> int:
    """Count the runs that ended, however they did."""
    return made.query("SELECT count(*) FROM runs WHERE status IN ('completed', 'failed', 'cancelled')")[0][0]


def unsuccessful(made: Installation) -> list[tuple[Any, ...]]:
    """List how runs failed, with counts; a benchmark whose runs fail shows nothing."""
    return made.query("SELECT error_message, count(*) FROM runs WHERE status <> 'completed' GROUP BY 1")
