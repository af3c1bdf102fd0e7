"""What does a call of a database tool cost beyond the driver's own time?

The same query is made by turns through the driver alone and as the tool of a run is called: arguments checked, credentials
read and opened, the address checked, the read-only transaction, the limits, and the values as JSON. A call of a tool has a
connection of its own, so the driver alone connects, queries and closes as well; what the query takes on an open connection
is shown too. MariaDB is measured where it is installed.

    python -m benchmarks.bench_tools

Seen (two quiet cores, load 1, November 2026): added to the driver's own time PostgreSQL 1.5 ms, MariaDB 1.1, SQLite 0.8
(p50; p95 2.2, 1.2, 0.9). The driver alone, connecting each time: 4.1, 0.5 and 0.2 ms.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pymysql
import uvloop
from psycopg.conninfo import conninfo_to_dict
from tests.mariadb import MariaDb, serving_mariadb

from benchmarks.installation import Installation, installation
from benchmarks.report import Report, median, percentile
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.secrets import SecretBox
from retinue.engine.ports import ToolInvocation, ToolPlan
from retinue.process import Process
from tools import servers

CALLS = 300
PASSWORD = "bench"  # noqa: S105 - of databases that exist while this runs
STATEMENT = "SELECT id, name FROM items WHERE id < 20"
_CREATE = "CREATE TABLE items (id integer PRIMARY KEY, name varchar(40))"
_ROWS = [(number, f"item {number}") for number in range(100)]

Call = Callable[[], Awaitable[object]]


def _plan(made: Installation, organization_id: object, secret_key: str, configuration: JsonObject) -> ToolPlan:
    """Store a tool, as the API does, and return the plan of its calls."""
    tool_id, name = new_id(), str(configuration["engine"])
    credentials = dumps({"type": "password", "username": "bench_reader", "password": PASSWORD}).decode()
    made.query(
        "INSERT INTO tools (id, organization_id, name, tool_type, configuration, parameters_schema, effect,"
        " credentials_encrypted) VALUES (%s, %s, %s, 'database', %s::jsonb, '{}', 'read_only', %s) RETURNING id",
        *(tool_id, organization_id, name, dumps(configuration).decode(), SecretBox((secret_key,)).seal(credentials)),
    )
    return ToolPlan(str(tool_id), name, "", "database", {"type": "object"}, configuration, {}, "read_only", False, 20.0)


async def _compare(report: Report, name: str, alone: Call, as_tool: Call) -> None:
    own: list[float] = []
    ours: list[float] = []
    for number in range(CALLS + 10):
        began = time.perf_counter()
        await alone()
        between = time.perf_counter()
        await as_tool()
        ended = time.perf_counter()
        if number >= 10:
            own.append((between - began) * 1000)
            ours.append((ended - between) * 1000)
    report.figure(f"{name}, the driver alone, p50", median(own), "ms")
    report.figure(f"{name}, as a tool, p50", median(ours), "ms")
    report.figure(f"{name}, added to the driver's own time, p50", median(ours) - median(own), "ms", most=5)
    report.figure(f"{name}, added to the driver's own time, p95", percentile(ours, 0.95) - percentile(own, 0.95), "ms")


def _as_tool(process: Process, organization_id: object, plan: ToolPlan) -> Call:
    async def call() -> None:
        call_id = str(new_id())
        result = await process.tool_invoker.invoke(
            ToolInvocation(str(organization_id), call_id, call_id, call_id, plan, {"statement": STATEMENT}, f"{call_id}:1")
        )
        assert not result.is_error, result.output
        assert isinstance(result.output, dict)
        assert result.output["row_count"] == 20, result.output

    return call


def _make_postgresql(owner_url: str) -> tuple[JsonObject, dict[str, Any]]:
    facts = conninfo_to_dict(owner_url)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(f"CREATE ROLE bench_reader LOGIN PASSWORD '{PASSWORD}'")  # pyright: ignore[reportCallIssue, reportArgumentType]
        owner.execute("CREATE SCHEMA bench AUTHORIZATION bench_reader")
        owner.execute("ALTER ROLE bench_reader SET search_path = bench")
        owner.execute(f"SET search_path = bench; {_CREATE}; GRANT SELECT ON items TO bench_reader")  # pyright: ignore[reportCallIssue, reportArgumentType]
        with owner.cursor() as cursor:
            cursor.executemany("INSERT INTO bench.items VALUES (%s, %s)", _ROWS)
    place: dict[str, Any] = {"host": "127.0.0.1", "port": int(facts.get("port") or 5432)}
    configuration: JsonObject = {"engine": "postgresql", **place, "database": str(facts["dbname"]), "tls": "off"}
    return configuration, {**place, "dbname": facts["dbname"], "user": "bench_reader", "password": PASSWORD}


async def _postgresql(report: Report, process: Process, organization_id: object, plan: ToolPlan, place: Any) -> None:
    async def alone() -> None:
        async with await psycopg.AsyncConnection.connect(**place) as connection:
            assert len(await (await connection.execute(STATEMENT)).fetchall()) == 20

    await _compare(report, "PostgreSQL", alone, _as_tool(process, organization_id, plan))
    took: list[float] = []
    async with await psycopg.AsyncConnection.connect(**place, autocommit=True) as connection:
        for _ in range(CALLS):
            began = time.perf_counter()
            await (await connection.execute(STATEMENT)).fetchall()
            took.append((time.perf_counter() - began) * 1000)
    report.figure("PostgreSQL, the driver on an open connection, p50", median(took), "ms")


def _make_mariadb(server: MariaDb) -> JsonObject:
    server.execute(
        "CREATE DATABASE bench",
        f"CREATE USER bench_reader IDENTIFIED BY '{PASSWORD}'",
        "GRANT SELECT ON bench.* TO bench_reader",
    )
    server.execute(_CREATE, *(f"INSERT INTO items VALUES ({key}, '{name}')" for key, name in _ROWS), database="bench")
    return {"engine": "mariadb", "host": "127.0.0.1", "port": server.port, "database": "bench", "tls": "off"}


async def _mariadb(report: Report, process: Process, organization_id: object, plan: ToolPlan, port: int) -> None:
    def ask() -> None:
        connection = pymysql.connect(
            host="127.0.0.1", port=port, user="bench_reader", password=PASSWORD, database="bench", ssl_disabled=True
        )
        with connection, connection.cursor() as cursor:
            assert cursor.execute(STATEMENT) == 20
            cursor.fetchall()

    await _compare(report, "MariaDB", lambda: asyncio.to_thread(ask), _as_tool(process, organization_id, plan))


def _make_sqlite(folder: Path) -> JsonObject:
    file = folder / "bench.sqlite"
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(_CREATE)
        connection.executemany("INSERT INTO items VALUES (?, ?)", _ROWS)
    connection.close()
    return {"engine": "sqlite", "path": str(file)}


async def _sqlite(report: Report, process: Process, organization_id: object, plan: ToolPlan) -> None:
    path = str(plan.configuration["path"])

    def ask() -> None:
        connection = sqlite3.connect(path)
        assert len(connection.execute(STATEMENT).fetchall()) == 20
        connection.close()

    await _compare(report, "SQLite", lambda: asyncio.to_thread(ask), _as_tool(process, organization_id, plan))


async def main() -> None:
    """Measure each database."""
    report = Report("tools")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        async with installation() as made:
            opened = {"RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1", "RETINUE_TOOL_FOLDERS": str(folder)}
            process = Process({**made.environ, **opened})
            await process.start()
            organization_id: UUID
            ((organization_id,), *_) = made.query("SELECT id FROM organizations")
            key = made.environ["RETINUE_SECRET_KEY"]
            configuration, place = _make_postgresql(made.environ["DATABASE_URL"])
            plan = _plan(made, organization_id, key, configuration)
            await _postgresql(report, process, organization_id, plan, place)
            if servers.find("mariadbd") is not None:
                with serving_mariadb() as server:
                    plan = _plan(made, organization_id, key, _make_mariadb(server))
                    await _mariadb(report, process, organization_id, plan, server.port)
            await _sqlite(report, process, organization_id, _plan(made, organization_id, key, _make_sqlite(folder)))
            await process.stop()
    report.close()


if __name__ == "__main__":
    uvloop.run(main())
