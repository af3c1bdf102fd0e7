"""The official clients of InfluxDB, unmodified, and Telegraf's requests as its source writes them."""

# The clients are not typed, or only in part.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportPrivateImportUsage=false

import asyncio
import gzip
import json
import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from influxdb import InfluxDBClient as Client1  # pyright: ignore[reportMissingTypeStubs]
from influxdb.exceptions import InfluxDBClientError  # pyright: ignore[reportMissingTypeStubs]
from influxdb_client import InfluxDBClient as Client2
from influxdb_client import Point, WriteOptions, WritePrecision
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException

from tests.integrations.line_protocol.conftest import Influx

_TELEGRAF = """\
cpu,agent=Support\\ Desk,cpu=cpu-total,host=box usage_idle=98.5,usage_user=1.25 {now}
mem,agent=Support\\ Desk,host=box available=8123456789i,used_percent=41.7 {now}
system,agent=Support\\ Desk,host=box uptime=1234i,n_users=2u {now}
"""


def _client_1(influx: Influx, **options: Any) -> Any:
    parts: Any = urlsplit(influx.url)
    return Client1(parts.hostname, parts.port, "anyone", influx.key, "any", **options)


async def _in_thread(action: Callable[[], Any]) -> Any:
    return await asyncio.to_thread(action)


@pytest.mark.parametrize("is_compressed", [False, True])
async def test_the_client_of_version_2_writes_points(influx: Influx, *, is_compressed: bool) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    points = [
        Point("response_time").tag("agent", "Support Desk").field("value", 12.5).time(now),
        Point("queue").tag("agent_id", influx.agent_id).tag("name", "a, b=c").field("length", 7).time(now),
    ]

    def write() -> bool:
        milliseconds: Any = WritePrecision.MS
        with Client2(influx.url, influx.key, org="any", enable_gzip=is_compressed) as client:
            client.write_api(write_options=SYNCHRONOUS).write("any", record=points, write_precision=milliseconds)
            return client.ping()

    assert await _in_thread(write) is True
    assert await influx.points() == [
        ("queue.length", Decimal(7), "count", {"name": "a, b=c"}),
        ("response_time", Decimal("12.5"), "ms", {}),
    ]


async def test_the_batching_client_of_version_2_writes_all_points_once(influx: Influx) -> None:
    now = time.time_ns() // 1_000_000

    def write() -> None:
        options = WriteOptions(batch_size=40, flush_interval=200)
        with Client2(influx.url, influx.key, org="any") as client, client.write_api(write_options=options) as writer:
            for number in range(100):
                point = Point("load").tag("agent", "Support Desk").tag("unit", "1").field("value", float(number))
                writer.write("any", record=point.time(now - number, WritePrecision.MS))

    await _in_thread(write)

    points = await influx.points()
    assert sorted(value for _, value, _, _ in points) == [Decimal(number).normalize() for number in range(100)]
    assert {(name, unit) for name, _, unit, _ in points} == {("load", "1")}


async def test_the_client_of_version_2_is_told_what_was_not_written(influx: Influx) -> None:
    lines = ["load,agent=Support\\ Desk value=1", "load,agent=Nobody value=2", "load,agent=Support\\ Desk value=x"]

    def write() -> InfluxDBError:
        with Client2(influx.url, influx.key, org="any") as client, pytest.raises(ApiException) as caught:
            client.write_api(write_options=SYNCHRONOUS).write("any", record=lines)
        return caught.value

    error = await _in_thread(write)

    assert (error.status, error.message.splitlines()) == (
        400,
        [
            "partial write has occurred, errors encountered on line(s):",
            "line 2: unable to parse 'load,agent=Nobody value=2': field value: agent Nobody does not exist",
            "line 3: unable to parse 'load,agent=Support\\ Desk value=x': invalid number",
        ],
    )
    assert [value for _, value, _, _ in await influx.points()] == [Decimal(1)]


@pytest.mark.parametrize("is_compressed", [False, True])
async def test_the_client_of_version_1_writes_points(influx: Influx, *, is_compressed: bool) -> None:
    point = {
        "measurement": "accuracy",
        "tags": {"agent": "Support Desk", "suite": "nightly"},
        "time": int(time.time()),
        "fields": {"value": 97.5},
    }

    def write() -> tuple[bool, str]:
        client = _client_1(influx, gzip=is_compressed)
        return client.write_points([point], time_precision="s"), str(client.ping())

    is_written, version = await _in_thread(write)

    assert (is_written, version.startswith("retinue-")) == (True, True)
    assert await influx.points() == [("accuracy", Decimal("97.5"), "percent", {"suite": "nightly"})]


async def test_the_client_of_version_1_is_told_what_was_not_written(influx: Influx) -> None:
    points = [
        {"measurement": "load", "tags": {"agent": "Support Desk"}, "fields": {"value": 3, "note": "warm", "is_up": True}}
    ]

    def write() -> InfluxDBClientError:
        client = _client_1(influx)
        with pytest.raises(InfluxDBClientError) as caught:
            client.write_points(points)
        return caught.value

    error = await _in_thread(write)

    assert error.code == 400
    told = json.loads(error.content)["error"]
    assert told.startswith("partial write: line 1: unable to parse 'load,agent=Support\\ Desk")
    assert "field is_up is a boolean; metrics are numbers" in told
    assert "field note is a string; metrics are numbers" in told
    assert told.endswith("dropped=2")
    assert [value for _, value, _, _ in await influx.points()] == [Decimal(3)]


async def test_telegraf_writes_by_version_2(influx: Influx) -> None:
    body = gzip.compress(_TELEGRAF.format(now=time.time_ns()).encode())
    headers = {
        "Authorization": f"Token {influx.key}",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Encoding": "gzip",
        "User-Agent": "Telegraf/1.36.3 Go/1.25.1",
    }

    sent = await influx.write(body, params={"bucket": "telegraf", "org": "acme"}, headers=headers)

    assert (sent.status, sent.text) == (204, "")
    assert [(name, value) for name, value, _, _ in await influx.points()] == [
        ("cpu.usage_idle", Decimal("98.5")),
        ("cpu.usage_user", Decimal("1.25")),
        ("mem.available", Decimal(8123456789)),
        ("mem.used_percent", Decimal("41.7")),
        ("system.n_users", Decimal(2)),
        ("system.uptime", Decimal(1234)),
    ]


async def test_telegraf_writes_by_version_1_and_again_after_a_time_out(influx: Influx) -> None:
    lines = _TELEGRAF.format(now=time.time_ns())
    headers = {
        "Authorization": f"Basic {b64encode(f'telegraf:{influx.key}'.encode()).decode()}",
        "Content-Type": "text/plain; charset=utf-8",
        "User-Agent": "Telegraf/1.36.3 Go/1.25.1",
    }
    query = {"db": "telegraf", "rp": "autogen", "consistency": "any"}

    sent = [await influx.write(lines, "/write", params=query, headers=headers) for _ in range(2)]

    assert [each.status for each in sent] == [204, 204]
    assert len(await influx.points()) == 6
    assert (await influx.points())[0][3] == {"cpu": "cpu-total", "host": "box"}


async def test_ping_and_health_answer_as_influxdb_does(influx: Influx) -> None:
    session = influx.meter.http.session

    async with session.head(f"{influx.url}/ping") as head, session.get(f"{influx.url}/ping?verbose=true") as ping:
        assert (head.status, ping.status) == (204, 204)
        assert head.headers["X-Influxdb-Version"] == ping.headers["X-Influxdb-Version"]
    async with session.get(f"{influx.url}/health") as health:
        told = await health.json()

    assert (told["name"], told["status"], told["checks"]) == ("influxdb", "pass", [])
