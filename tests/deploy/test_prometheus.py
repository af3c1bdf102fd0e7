"""Debian's Prometheus reads a real API and a real worker, and answers every query of ``deploy/``."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from retinue.core.json import JsonObject
from tests.conftest import Postgres, fresh_database
from tests.crash.ground import free_port, grounded
from tests.deploy.test_metrics_of_the_dashboard import RULES, panels, rules
from tools import servers

_CONFIGURATION = Path("deploy/prometheus/prometheus.yml")
_SECONDS = 60
_CALLING: list[JsonObject] = [{"tool_calls": [{"name": "look", "arguments": {"number": 1}}]}, {"text": "Done."}]
_FAILING: list[JsonObject] = [{"error": "The script fails."}]


def _promtool(*arguments: str, given: bytes | None = None) -> str:
    program = servers.needed("prometheus")
    command = [str(Path(program).with_name("promtool")), *arguments]
    done = subprocess.run(command, input=given, check=False, capture_output=True)
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    return said


def test_rules_and_configuration_are_valid() -> None:
    assert "SUCCESS" in _promtool("check", "rules", str(RULES))
    assert "SUCCESS" in _promtool("check", "config", str(_CONFIGURATION))


def test_every_alert_fires_when_it_should() -> None:
    assert "SUCCESS" in _promtool("test", "rules", "tests/deploy/alerts.yml")
    tried = yaml.safe_load(Path("tests/deploy/alerts.yml").read_text())["tests"]
    names = {each["alertname"] for test in tried for each in test["alert_rule_test"]}
    assert names == {rule["alert"] for rule in rules() if "alert" in rule}


class _Server:
    """A running Prometheus."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def ask(self, query: str) -> list[dict[str, Any]]:
        """Evaluate a query at this instant. Raises ``AssertionError`` when Prometheus refuses it."""
        async with self._session.post(f"{self._url}/api/v1/query", data={"query": query}) as answer:
            document = await answer.json()
        assert document["status"] == "success", f"{query}: {document}"
        return list(document["data"]["result"])

    async def until(self, query: str) -> None:
        """Wait until a query has a result."""
        async with asyncio.timeout(_SECONDS):
            while True:
                try:
                    if await self.ask(query):
                        return
                except aiohttp.ClientError:
                    pass  # it is starting
                await asyncio.sleep(0.1)


def _configuration(folder: Path, targets: dict[str, int]) -> Path:
    document = yaml.safe_load(_CONFIGURATION.read_text())
    document["global"] = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
    document["rule_files"] = [str(RULES.absolute())]
    for job in document["scrape_configs"]:
        job["static_configs"] = [{"targets": [f"127.0.0.1:{targets[job['job_name']]}"]}]
    path = folder / "prometheus.yml"
    path.write_text(yaml.safe_dump(document))
    return path


@asynccontextmanager
async def _scraping(targets: dict[str, int]) -> AsyncGenerator[_Server]:
    program = servers.needed("prometheus")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as name:
        folder = Path(name)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen[bytes](
                [
                    program,
                    f"--config.file={_configuration(folder, targets)}",
                    f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                ],
                stdout=log,
                stderr=log,
            )
        try:
            async with aiohttp.ClientSession() as session:
                yield _Server(session, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait(20)


@pytest.mark.timeout(300)
async def test_every_query_of_dashboard_and_rules_has_a_result(postgres: Postgres) -> None:
    ports = {"retinue-api": free_port(), "retinue-worker": free_port()}
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as folder:
        async with grounded(fresh_database(postgres.owner_url), folder) as ground, _scraping(ports) as server:
            ground.api(ports["retinue-api"])
            await ground.worker(RETINUE_WORKER_PORT=str(ports["retinue-worker"]))
            await server.until("count(up == 1) == 2")
            await server.until("count_over_time(retinue_run_claims_total[1m]) > 1")
            tools = [ground.tool("look", "GET", "read_only")]
            for turns in (_CALLING, _CALLING, _FAILING):
                await ground.status(ground.start(turns, tools))
            async with aiohttp.ClientSession() as session:
                api = f"http://127.0.0.1:{ports['retinue-api']}"
                for path in ("/readyz", "/api/v1/agents", "/api/v1/runs"):
                    async with session.get(f"{api}{path}") as answer:
                        assert answer.status in {200, 401}
                for port in ports.values():
                    async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
                        _promtool("check", "metrics", given=await answer.read())
            await server.until("sum(increase(retinue_runs_ended_total[1m])) > 0")
            wanted = [query for queries in panels().values() for query in queries]
            wanted += [rule["expr"] for rule in rules() if "record" in rule]
            wanted += [rule["record"] for rule in rules() if "record" in rule]

            empty = await _empty(server, wanted)

            assert empty == []
            for rule in rules():
                await server.ask(rule["expr"])


async def _empty(server: _Server, wanted: list[str]) -> list[str]:
    """Return the queries that have no result yet, after a while."""
    empty = wanted
    for _ in range(_SECONDS):
        empty = [query for query in empty if not await server.ask(query)]
        if not empty:
            break
        await asyncio.sleep(0.5)
    return empty
