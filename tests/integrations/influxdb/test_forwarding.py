"""Metrics are forwarded to an InfluxDB: Debian's 1.6, VictoriaMetrics as a server of version 2, a stand-in of its API."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from json import loads
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from influxdb import InfluxDBClient  # pyright: ignore[reportMissingTypeStubs]

from retinue.core.settings import SettingsError
from retinue.erasures import tasks
from retinue.integrations.influxdb import forwarding
from retinue.process import Process
from tests.integrations.influxdb.servers import Server, influxdb, victoria_metrics
from tests.integrations.line_protocol.conftest import make_agent
from tests.metrics.conftest import Meter


@dataclass
class Forward:
    """Acme's metrics, and processes that forward when a test asks for it."""

    meter: Meter
    environ: dict[str, str]
    agent_id: str
    processes: list[Process] = field(default_factory=list[Process])

    async def process(self, **settings: str) -> Process:
        """Start a process that knows an InfluxDB; from now on points are queued."""
        made = Process(self.environ | settings)
        await made.start(is_serving=False)
        self.processes.append(made)
        await forwarding.forward(made.database)
        return made

    async def report(self, *values: float, name: str = "queue_depth", **more: Any) -> None:
        """Report points of the agent, a second apart."""
        at = datetime.now(UTC) - timedelta(minutes=30)
        points = [
            {"metric_type": name, "value": value, "unit": "count", "recorded_at": (at + timedelta(seconds=n)).isoformat()}
            for n, value in enumerate(values)
        ]
        await self.meter.report(self.agent_id, *(each | more for each in points))

    async def waiting(self) -> int:
        """Count the points of the agent that wait."""
        query = "SELECT count(*) FROM metric_exports WHERE agent_id = %s"
        return int((await self.meter.scene.owner(query, self.agent_id))[0][0])

    async def forget_failure(self) -> None:
        """Let the time pass for which a failure is waited out."""
        await self.meter.scene.owner("UPDATE metric_destinations SET retry_at = NULL, held_until = now()")

    async def standing(self) -> tuple[int, str | None, int]:
        """Return failures, error and how many were dropped."""
        rows = await self.meter.scene.owner("SELECT failures, error, dropped_count FROM metric_destinations")
        return rows[0][0], rows[0][1], rows[0][2]


@pytest.fixture
async def forward(meter: Meter, environ: dict[str, str]) -> AsyncIterator[Forward]:
    """Give Acme's metrics, an agent, and nothing that waits of other tests."""
    await meter.scene.owner("DELETE FROM metric_exports")
    await meter.scene.owner("DELETE FROM metric_destinations")
    made = Forward(meter, environ, await make_agent(meter.http, "Läufer, mit = und Leerzeichen"))
    yield made
    for each in made.processes:
        await each.stop()
    await meter.scene.owner("DELETE FROM metric_exports")
    await meter.scene.owner("DELETE FROM metric_destinations")


@pytest.fixture(scope="session")
def influx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start Debian's InfluxDB."""
    server = influxdb(tmp_path_factory.mktemp("influxdb"))
    server.start()
    yield server
    server.kill()


def _stored(client: InfluxDBClient, agent_id: str, name: str = "queue_depth") -> list[dict[str, Any]]:
    query = f"SELECT * FROM retinue.\"{name}\" WHERE agent_id = '{agent_id}' ORDER BY time"  # noqa: S608 - of this test
    asked: Any = client
    found = asked.query(query)
    return list(found.get_points())


async def test_points_reach_influxdb_1_with_their_tags_and_its_retention_is_set(forward: Forward, influx: Server) -> None:
    settings = {"RETINUE_INFLUXDB_URL": influx.url, "RETINUE_INFLUXDB_DATABASE": "kennzahlen"}
    process = await forward.process(**settings, RETINUE_INFLUXDB_RETENTION_DAYS="30")
    await forward.report(3, 2.5, -1, metadata={"stage": "a, b=c \\", "try": 2, "line\nbreak": "x\ny", "deep": {"a": 1}})

    await forwarding.forward(process.database)

    client: Any = InfluxDBClient(port=influx.port, database="kennzahlen")
    points = await asyncio.to_thread(_stored, client, forward.agent_id)
    assert [each["value"] for each in points] == [3.0, 2.5, -1.0]
    assert points[0]["agent"] == "Läufer, mit = und Leerzeichen"
    assert points[0]["organization_id"] == str(forward.meter.scene.cast.acme)
    assert (points[0]["unit"], points[0]["stage"], points[0]["try"], points[0]["line break"]) == (
        "count",
        "a, b=c",
        "2",
        "x y",
    )
    assert "deep" not in points[0]
    assert await forward.waiting() == 0
    policies = await asyncio.to_thread(client.get_list_retention_policies)
    assert [each["duration"] for each in policies if each["name"] == "retinue"] == ["720h0m0s"]

    later = await forward.process(**settings, RETINUE_INFLUXDB_RETENTION_DAYS="60")
    await forward.report(9)
    await forwarding.forward(later.database)
    policies = await asyncio.to_thread(client.get_list_retention_policies)
    assert [each["duration"] for each in policies if each["name"] == "retinue"] == ["1440h0m0s"]
    client.close()


async def test_killed_influxdb_loses_no_point_and_holds_nobody_up(forward: Forward, tmp_path: Path) -> None:
    server = influxdb(tmp_path)
    server.start()
    settings = {"RETINUE_INFLUXDB_URL": server.url, "RETINUE_INFLUXDB_DATABASE": "retinue"}
    process = await forward.process(**settings, RETINUE_INFLUXDB_RETENTION_DAYS="7")
    await forward.report(1)
    await forwarding.forward(process.database)
    server.kill()

    await forward.report(2, 3, name="while_away")
    await forwarding.forward(process.database)
    await forwarding.forward(process.database)

    failures, error, _ = await forward.standing()
    assert (failures, "cannot be reached" in str(error)) == (1, True), "the second attempt waits for its time"
    assert await forward.waiting() == 2
    server.start()
    await forward.forget_failure()
    await forwarding.forward(process.database)
    client = InfluxDBClient(port=server.port, database="retinue")
    try:
        stored = await asyncio.to_thread(_stored, client, forward.agent_id, "while_away")
        assert [each["value"] for each in stored] == [2, 3]
        assert len(await asyncio.to_thread(_stored, client, forward.agent_id)) == 1
        assert (await forward.waiting(), (await forward.standing())[0]) == (0, 0)
    finally:
        client.close()
        server.kill()


async def test_points_reach_a_server_of_version_2(forward: Forward, tmp_path: Path) -> None:
    server = victoria_metrics(tmp_path)
    server.start()
    try:
        process = await forward.process(
            RETINUE_INFLUXDB_URL=server.url,
            RETINUE_INFLUXDB_BUCKET="metrics",
            RETINUE_INFLUXDB_ORG="acme",
            RETINUE_INFLUXDB_TOKEN="secret",
        )
        await forward.report(41, 42)
        await forwarding.forward(process.database)

        assert await forward.waiting() == 0
        session = forward.meter.http.session
        await session.get(f"{server.url}/internal/force_flush")
        async with session.get(f"{server.url}/api/v1/export", params={"match[]": "queue_depth_value"}) as answer:
            text = await answer.text()
        assert '"values":[41,42]' in text
        assert forward.agent_id in text
    finally:
        server.kill()


async def test_a_backslash_before_a_separator_adds_no_tag(forward: Forward, tmp_path: Path) -> None:
    server = victoria_metrics(tmp_path)
    server.start()
    try:
        process = await forward.process(RETINUE_INFLUXDB_URL=server.url, RETINUE_INFLUXDB_DATABASE="metrics")
        stage = "x\\,intruder\\=1,\\ value\\=7"
        await forward.report(41, name="probe", metadata={"stage": stage, "path": "C:\\new"})
        await forwarding.forward(process.database)

        session = forward.meter.http.session
        await session.get(f"{server.url}/internal/force_flush")
        async with session.get(f"{server.url}/api/v1/export", params={"match[]": '{unit="count"}'}) as answer:
            series = [loads(line)["metric"] for line in (await answer.text()).splitlines()]
    finally:
        server.kill()

    assert [each["__name__"] for each in series] == ["probe_value"]
    assert series[0].keys() - {"db"} == {"__name__", "agent", "agent_id", "organization_id", "path", "stage", "unit"}
    assert (series[0]["stage"], series[0]["path"]) == ("x,intruder=1, value=7", "C:\\new")


@dataclass
class StandIn:
    """The API of an InfluxDB 2 as its reference describes it: organizations, buckets, and writing to them."""

    url: str = ""
    refuses: str = ""
    status: int = 204
    buckets: dict[str, list[dict[str, Any]]] = field(default_factory=dict[str, list[dict[str, Any]]])
    lines: list[str] = field(default_factory=list[str])
    deleted: list[dict[str, str]] = field(default_factory=list[dict[str, str]])

    async def answer(self, request: web.Request) -> web.Response:  # noqa: PLR0911 - one for each operation
        """Answer a request."""
        if request.headers.get("Authorization") != "Token right":
            return web.json_response({"code": "unauthorized", "message": "unauthorized access"}, status=401)
        where = (request.method, request.path)
        if where == ("GET", "/api/v2/orgs"):
            return web.json_response({"orgs": [{"id": "0a", "name": request.query["org"]}]})
        if where == ("GET", "/api/v2/buckets"):
            found = self.buckets.get(request.query["name"])
            return web.json_response({"buckets": [{"id": "0b", "retentionRules": found}] if found else []})
        if where == ("POST", "/api/v2/buckets"):
            body = await request.json()
            assert body["orgID"] == "0a"
            self.buckets[body["name"]] = body["retentionRules"]
            return web.json_response({"id": "0b"}, status=201)
        if where == ("PATCH", "/api/v2/buckets/0b"):
            self.buckets["metrics"] = (await request.json())["retentionRules"]
            return web.json_response({"id": "0b"})
        if where == ("POST", "/api/v2/delete"):
            assert dict(request.query) == {"org": "acme", "bucket": "metrics"}
            self.deleted.append(await request.json())
            return web.Response(status=self.status)
        assert where == ("POST", "/api/v2/write")
        assert dict(request.query) == {"org": "acme", "bucket": "metrics", "precision": "us"}
        text = (await request.read()).decode()
        if self.status != 204:
            return web.json_response({"code": "too many", "message": "later"}, status=self.status)
        if self.refuses and self.refuses in text:
            return web.json_response({"code": "invalid", "message": "field type conflict"}, status=400)
        self.lines += text.splitlines()
        return web.Response(status=204)


@asynccontextmanager
async def _standing_in() -> AsyncGenerator[StandIn]:
    made = StandIn()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield made
    finally:
        await runner.cleanup()


def _settings(server: StandIn, **more: str) -> dict[str, str]:
    return {
        "RETINUE_INFLUXDB_URL": server.url,
        "RETINUE_INFLUXDB_BUCKET": "metrics",
        "RETINUE_INFLUXDB_ORG": "acme",
        "RETINUE_INFLUXDB_TOKEN": "right",
        **more,
    }


async def test_a_bucket_is_created_with_its_retention_and_changed(forward: Forward) -> None:
    async with _standing_in() as server:
        for days in ("10", "20", "20"):
            process = await forward.process(**_settings(server, RETINUE_INFLUXDB_RETENTION_DAYS=days))
            await forward.report(float(days))
            await forwarding.forward(process.database)

            assert server.buckets == {"metrics": [{"type": "expire", "everySeconds": int(days) * 86400}]}
            assert await forward.waiting() == 0


async def test_a_refused_point_costs_no_other_and_is_counted(forward: Forward) -> None:
    async with _standing_in() as server:
        server.refuses = "value=13"
        process = await forward.process(**_settings(server))
        await forward.report(*range(20))
        await forwarding.forward(process.database)

        assert sorted(float(line.partition("value=")[2].split()[0]) for line in server.lines) == [
            float(each) for each in range(20) if each != 13
        ]
        assert await forward.waiting() == 0
        assert (await forward.standing())[2] == 1


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_points_wait_while_the_server_takes_none(forward: Forward, status: int) -> None:
    async with _standing_in() as server:
        server.status = status
        process = await forward.process(**_settings(server))
        await forward.report(1)
        await forwarding.forward(process.database)
        assert await forward.waiting() == 1
        failures, error, _ = await forward.standing()
        assert (failures, str(status) in str(error)) == (1, True)

        server.status = 204
        await forward.forget_failure()
        await forwarding.forward(process.database)
        assert (await forward.waiting(), len(server.lines)) == (0, 1)


async def test_the_buffer_is_bounded_and_several_workers_send_nothing_twice(forward: Forward) -> None:
    async with _standing_in() as server:
        first = await forward.process(**_settings(server, RETINUE_INFLUXDB_BUFFER_POINTS="1000"))
        second = await forward.process(**_settings(server, RETINUE_INFLUXDB_BUFFER_POINTS="1000"))
        await forward.report(*range(900))
        await forward.report(*range(300), name="later")

        await forwarding.trim(first.database)
        assert await forward.waiting() == 1000
        assert (await forward.standing())[2] == 200
        await asyncio.gather(*(forwarding.forward(each.database) for each in (first, second)))

        assert len(server.lines) == len(set(server.lines)) == 1000
        assert await forward.waiting() == 0


async def _erasure(forward: Forward, name: str) -> str:
    """Ask for the erasure of the agent; return its id."""
    olga = forward.meter.scene.cast.olga.http
    asked = await olga.post("/erasures", json={"kind": "agent", "target_id": forward.agent_id, "confirm": name})
    assert asked.status == 202, asked.text
    return str(asked.json["id"])


async def _carried_out(forward: Forward, process: Process, erasure_id: str) -> tuple[str, str | None, list[str]]:
    """Carry the erasure on, as a worker does; return its phase, its error, and what its certificate remarks of InfluxDB."""
    await forward.meter.scene.owner("UPDATE erasures SET claimed_until = now() WHERE id = %s", erasure_id)
    await tasks.work(process.database)
    query = "SELECT phase, error, certificate -> 'remarks' FROM erasures WHERE id = %s"
    phase, error, found = (await forward.meter.scene.owner(query, erasure_id))[0]
    remarks: list[str] = found or []
    return phase, error, [each for each in remarks if "points" in each]


async def test_erased_agent_leaves_no_point_in_influxdb_1_which_is_waited_for(forward: Forward, tmp_path: Path) -> None:
    server = influxdb(tmp_path)
    server.start()
    settings = {"RETINUE_INFLUXDB_URL": server.url, "RETINUE_INFLUXDB_DATABASE": "retinue"}
    process = await forward.process(**settings, RETINUE_INFLUXDB_RETENTION_DAYS="7")
    other = await make_agent(forward.meter.http, "Other")
    await forward.report(1, 2)
    await forward.report(1, name="another_metric")
    await forward.meter.report(other, {"metric_type": "queue_depth", "value": 3, "unit": "count"})
    await forwarding.forward(process.database)
    client = InfluxDBClient(port=server.port, database="retinue")
    try:
        before = [len(await asyncio.to_thread(_stored, client, each)) for each in (forward.agent_id, other)]
        server.kill()

        erasure_id = await _erasure(forward, "Läufer, mit = und Leerzeichen")
        away = await _carried_out(forward, process, erasure_id)
        server.start()
        ended = await _carried_out(forward, process, erasure_id)
        left = [
            len(await asyncio.to_thread(_stored, client, each, name))
            for each, name in (
                (forward.agent_id, "queue_depth"),
                (forward.agent_id, "another_metric"),
                (other, "queue_depth"),
            )
        ]
    finally:
        client.close()
        server.kill()

    assert before == [2, 1]
    assert (away[0], "InfluxDB cannot be reached" in str(away[1])) == ("search", True)
    assert ended == ("finished", None, ["The points that were sent to InfluxDB are deleted there, by the tag agent_id."])
    assert left == [0, 0, 1]


@pytest.mark.parametrize(("status", "says"), [(204, "are deleted there"), (404, "does not delete them")])
async def test_erased_agent_is_deleted_in_influxdb_2_or_the_certificate_says_that_it_is_not(
    forward: Forward, status: int, says: str
) -> None:
    async with _standing_in() as server:
        process = await forward.process(**_settings(server))
        server.status = status
        phase, error, remarks = await _carried_out(
            forward, process, await _erasure(forward, "Läufer, mit = und Leerzeichen")
        )

    assert (phase, error) == ("finished", None)
    assert [says in each for each in remarks] == [True]
    assert [each["predicate"] for each in server.deleted] == [f'agent_id="{forward.agent_id}"']


async def test_nothing_is_queued_without_an_influxdb(forward: Forward) -> None:
    await forward.report(1)

    assert await forward.waiting() == 0


@pytest.mark.parametrize(
    "settings",
    [
        {"RETINUE_INFLUXDB_URL": "ftp://influx", "RETINUE_INFLUXDB_DATABASE": "x"},
        {"RETINUE_INFLUXDB_URL": "http://user@influx", "RETINUE_INFLUXDB_DATABASE": "x"},
        {"RETINUE_INFLUXDB_URL": "http://influx"},
        {"RETINUE_INFLUXDB_URL": "http://influx", "RETINUE_INFLUXDB_DATABASE": "x", "RETINUE_INFLUXDB_BUCKET": "y"},
        {"RETINUE_INFLUXDB_URL": "http://influx", "RETINUE_INFLUXDB_BUCKET": "y"},
        {"RETINUE_INFLUXDB_DATABASE": "x"},
    ],
)
def test_settings_that_do_not_fit_together_are_refused(environ: dict[str, str], settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="RETINUE_INFLUXDB"):
        Process(environ | settings)
