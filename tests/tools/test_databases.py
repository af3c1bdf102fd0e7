"""What holds for each database: reading by default, bound parameters, limits, and configurations that are refused."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from retinue.core.ids import new_id
from retinue.engine.ports import ToolInvocation
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.process import Process
from retinue.tools import service
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast
from tests.conftest import Postgres
from tests.mariadb import MariaDb
from tests.tools.conftest import AN_AGENT, try_tool
from tests.tools.databases import PASSWORD, Shop, ask, rows

ENGINES = ("postgresql", "mariadb", "sqlite")


@pytest.fixture
def sqlite_shop(tool_folder: Path) -> Shop:
    """Give the database in a file."""
    file = tool_folder / "shop.sqlite"
    file.unlink(missing_ok=True)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE suppliers (id integer PRIMARY KEY, name text NOT NULL)")
        connection.execute(
            "CREATE TABLE items (id integer PRIMARY KEY, name text, price, picture blob, weight real, "
            "supplier_id integer REFERENCES suppliers (id))"
        )
    connection.close()
    return Shop({"engine": "sqlite", "path": str(file)})


@pytest.fixture(params=ENGINES)
async def shop(request: pytest.FixtureRequest, cast: Cast) -> Shop:
    """Give each of the databases in turn, without items."""
    found: Shop = request.getfixturevalue(f"{request.param}_shop")
    writer = await found.tool(cast.anna, "emptier", allow_writes=True)
    assert (await ask(cast.anna, writer, "DELETE FROM items"))["ok"]
    return found


def _mark(shop: Shop, number: int = 1) -> str:
    return f"${number}" if shop.configuration["engine"] == "postgresql" else "?"


async def test_a_model_asks_with_bound_parameters(cast: Cast, shop: Shop) -> None:
    odd = "x'); DROP TABLE items; -- \\' \" % {name} größe 🙂"
    writer = await shop.tool(cast.anna, "writer", allow_writes=True)
    reader = await shop.tool(cast.anna, "reader")
    first, second, third = (_mark(shop, number) for number in (1, 2, 3))

    written = await ask(
        cast.anna, writer, f"INSERT INTO items (id, name, weight) VALUES ({first}, {second}, {third})", 7, odd, 0.1
    )
    found = await rows(cast.anna, reader, f"SELECT id, name, weight FROM items WHERE name = {first}", odd)
    nothing = await rows(cast.anna, reader, f"SELECT id FROM items WHERE name = {first} AND id = {second}", "other", 7)

    assert (written["ok"], written["output"]["changed_count"]) == (True, 1)
    assert (found, nothing) == ([[7, odd, 0.1]], [])
    assert (writer["effect"], reader["effect"]) == ("dangerous", "read_only")


_WRITES = (
    "INSERT INTO items (id) VALUES (1)",
    "DELETE FROM items",
    "CREATE TABLE other (a int)",
    "DROP TABLE items",
    "SELECT 1; DELETE FROM items",
    "COMMIT",
    "ROLLBACK",
    "BEGIN",
    "SELECT 1) AS x; DELETE FROM items; SELECT (1",
)


async def test_a_reading_tool_refuses_what_writes(cast: Cast, shop: Shop) -> None:
    writer = await shop.tool(cast.anna, "writer", allow_writes=True)
    reader = await shop.tool(cast.anna, "reader")
    await ask(cast.anna, writer, "INSERT INTO items (id) VALUES (1234)")

    for statement in _WRITES:
        answer = await ask(cast.anna, reader, statement)

        assert not answer["ok"], statement
        assert len(answer["error"]) > 20, statement
        assert await rows(cast.anna, reader, "SELECT id FROM items") == [[1234]], statement
    assert not (await ask(cast.anna, reader, "SELECT * FROM other"))["ok"]


async def test_one_call_is_one_statement_when_it_may_write_too(cast: Cast, shop: Shop) -> None:
    writer = await shop.tool(cast.anna, "writer", allow_writes=True)

    answer = await ask(cast.anna, writer, "INSERT INTO items (id) VALUES (1); DELETE FROM suppliers")

    assert not answer["ok"]
    assert await rows(cast.anna, writer, "SELECT id FROM items") == []


async def test_rows_are_cut_at_the_limit(cast: Cast, shop: Shop) -> None:
    writer = await shop.tool(cast.anna, "writer", allow_writes=True)
    for number in range(5):
        await ask(cast.anna, writer, f"INSERT INTO items (id) VALUES ({number})")
    few = await shop.tool(cast.anna, "few", max_rows=3)
    enough = await shop.tool(cast.anna, "enough", max_rows=5)

    cut = (await ask(cast.anna, few, "SELECT id FROM items ORDER BY id"))["output"]
    whole = (await ask(cast.anna, enough, "SELECT id FROM items ORDER BY id"))["output"]

    assert (cut["rows"], cut["row_count"], cut["is_cut"]) == ([[0], [1], [2]], 3, True)
    assert (whole["row_count"], "is_cut" in whole) == (5, False)


async def test_an_answer_that_is_too_large_is_not_read(cast: Cast, shop: Shop) -> None:
    reader = await shop.tool(cast.anna, "reader")
    large = {"postgresql": "SELECT repeat('x', 50000000)", "mariadb": "SELECT repeat('x', 15000000)"}

    answer = await ask(cast.anna, reader, large.get(shop.configuration["engine"], "SELECT hex(zeroblob(50000000))"))

    assert answer["ok"] is False
    assert "larger than" in answer["error"] or "too big" in answer["error"]


async def test_the_model_sees_which_tables_there_are(cast: Cast, shop: Shop) -> None:
    reader = await shop.tool(cast.anna, "reader")

    everything = (await try_tool(cast.anna, reader["id"], {"action": "describe"}))["output"]
    one = (await try_tool(cast.anna, reader["id"], {"action": "describe", "table": "suppliers"}))["output"]
    none = await try_tool(cast.anna, reader["id"], {"action": "describe", "table": "nothing"})

    names = [table["name"].removeprefix("public.") for table in everything["tables"]]
    items = {column["name"]: column for column in everything["tables"][names.index("items")]["columns"]}
    assert {"items", "suppliers"} <= set(names)
    assert items["id"]["primary_key"] is True
    assert items["supplier_id"]["references"] == "suppliers"
    assert [column["name"] for column in one["tables"][0]["columns"]] == ["id", "name"]
    assert "There is no table nothing" in none["error"]


async def test_the_statement_ends_on_the_server_at_the_limit_of_time(
    request: pytest.FixtureRequest, cast: Cast, process: Process, shop: Shop
) -> None:
    await shop.tool(cast.anna, "slow")
    engine = shop.configuration["engine"]

    result = await process.tool_invoker.invoke(await _invocation(process, cast, "slow", _SLOW[engine], seconds=0.5))

    assert result.is_error
    assert "was cancelled" in str(result.output) or "no answer within 0.5 seconds" in str(result.output)
    assert _under_way(request, engine) == []


async def test_the_statement_ends_on_the_server_when_the_call_is_cancelled(
    request: pytest.FixtureRequest, cast: Cast, process: Process, shop: Shop
) -> None:
    await shop.tool(cast.anna, "slow")
    engine = shop.configuration["engine"]
    call = asyncio.create_task(
        process.tool_invoker.invoke(await _invocation(process, cast, "slow", _SLOW[engine], seconds=60))
    )
    while engine != "sqlite" and not _under_way(request, engine):
        await asyncio.sleep(0.02)

    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    assert _under_way(request, engine) == []


_SLOW = {
    "postgresql": "SELECT pg_sleep(50), 'tool under way'",
    "mariadb": "SELECT sleep(50), 'tool under way'",
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
}


def _under_way(request: pytest.FixtureRequest, engine: str) -> list[tuple[Any, ...]]:
    if engine == "mariadb":
        mariadb: MariaDb = request.getfixturevalue("mariadb")
        statement = (
            "SELECT id FROM information_schema.processlist WHERE info LIKE '%tool under%way%' AND info NOT LIKE '%sche%'"
        )
        return mariadb.execute(statement)
    postgres: Postgres = request.getfixturevalue("postgres")
    with psycopg.connect(postgres.owner_url) as owner:
        return owner.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'retinue' AND datname LIKE 'shop%' "
            "AND wait_event = 'PgSleep'"
        ).fetchall()


async def _invocation(process: Process, cast: Cast, name: str, statement: str, *, seconds: float) -> ToolInvocation:
    async with process.database.context(cast.anna.actor) as ctx:
        (plan,) = await service.plan_tools(ctx, AN_AGENT, [ToolUse(name=name)], Limits(tool_timeout_seconds=1))
    call = str(new_id())
    plan = replace(plan, timeout_seconds=seconds)
    return ToolInvocation(str(cast.acme), call, call, call, plan, {"statement": statement}, f"{call}:1")


async def test_a_fixed_statement_takes_only_its_arguments(cast: Cast, shop: Shop) -> None:
    writer = await shop.tool(cast.anna, "writer", allow_writes=True)
    await ask(cast.anna, writer, "INSERT INTO items (id, name) VALUES (1, 'cup')")
    statement = f"SELECT id FROM items WHERE name = {_mark(shop)}"
    tool = await shop.tool(cast.anna, "find_item", statement=statement, parameters=["name"])

    found = await try_tool(cast.anna, tool["id"], {"name": "cup"})
    fixed = await try_tool(cast.anna, tool["id"], {}, settings={"arguments": {"name": "cup"}})
    other = await try_tool(cast.anna, tool["id"], {"name": "cup", "statement": "DELETE FROM items"})

    assert tool["parameters_schema"]["required"] == ["name"]
    assert found["output"]["rows"] == fixed["output"]["rows"] == [[1]]
    assert "do not fit" in other["error"]


async def test_variables_of_the_agent_name_server_and_sign_in_and_never_come_back(cast: Cast, postgresql_shop: Shop) -> None:
    shop = postgresql_shop
    agent = await make_agent(
        cast.anna,
        variables=[
            {"name": "db", "value": shop.configuration["database"]},
            {"name": "pw", "value": PASSWORD, "is_secret": True},
        ],
    )
    body = {
        "name": "by_variables",
        "tool_type": "database",
        "configuration": {**shop.configuration, "database": "{{db}}"},
        "credentials": {"type": "password", "username": shop.username, "password": "{{pw}}"},
    }
    tool = (await cast.anna.http.post("/tools", json=body)).json

    answer = await try_tool(
        cast.anna,
        tool["id"],
        {"statement": "SELECT length(current_database()), $1::text", "parameters": [PASSWORD]},
        agent_id=agent["id"],
    )

    assert answer["output"]["rows"] == [[len(shop.configuration["database"]), "[secret]"]]


_SERVER = {"engine": "postgresql", "host": "db.example.com", "database": "shop"}


_WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"configuration": {}}, "configuration.engine"),
    ({"configuration": {"engine": "oracle"}}, "configuration.engine"),
    ({"configuration": {"engine": "postgresql"}}, "configuration"),
    ({"configuration": {**_SERVER, "path": "/x"}}, "configuration"),
    ({"configuration": {"engine": "sqlite"}}, "configuration"),
    ({"configuration": {"engine": "sqlite", "path": "/x", "host": "h"}}, "configuration"),
    ({"configuration": {"engine": "sqlite", "path": "/etc/shop.sqlite"}}, "configuration.path"),
    ({"configuration": {**_SERVER, "host": "a b"}}, "configuration.host"),
    ({"configuration": {**_SERVER, "host": "h/x?y"}}, "configuration.host"),
    ({"configuration": {**_SERVER, "port": 0}}, "configuration.port"),
    ({"configuration": {**_SERVER, "port": "5432"}}, "configuration.port"),
    ({"configuration": {**_SERVER, "tls": "maybe"}}, "configuration.tls"),
    ({"configuration": {**_SERVER, "ca_certificate": "not PEM"}}, "configuration.ca_certificate"),
    ({"configuration": {**_SERVER, "max_rows": 0}}, "configuration.max_rows"),
    ({"configuration": {**_SERVER, "allow_writes": "yes"}}, "configuration.allow_writes"),
    ({"configuration": {**_SERVER, "statement": "SELECT '{{x}}'"}}, "configuration.statement"),
    ({"configuration": {**_SERVER, "parameters": ["a"]}}, "configuration"),
    ({"configuration": {**_SERVER, "statement": "SELECT $1", "parameters": ["a b"]}}, "configuration.parameters.0"),
    ({"configuration": {**_SERVER, "options": "-c x=y"}}, "configuration.options"),
    ({"configuration": _SERVER, "effect": "dangerous"}, "effect"),
    ({"configuration": {**_SERVER, "allow_writes": True}, "effect": "idempotent"}, "effect"),
    ({"configuration": _SERVER, "parameters_schema": {"type": "object", "properties": {}}}, "parameters_schema"),
    ({"configuration": _SERVER, "credentials": {"type": "bearer", "token": "x"}}, "credentials.type"),
    ({"configuration": _SERVER, "credentials": {"type": "password", "username": "x"}}, "credentials.password"),
)


async def test_wrong_configurations_are_named(cast: Cast) -> None:
    for change, field in _WRONG:
        body: dict[str, Any] = {"name": "shop", "tool_type": "database", **change}

        status, fields = await fields_of(cast.anna, "POST", "/tools", body)

        assert (status, fields[0].startswith(field)) == (422, True), (change, fields)
    assert (await cast.anna.http.get("/tools?tool_type=database")).json["items"] == []


async def test_credentials_are_given_again_for_another_server(cast: Cast, postgresql_shop: Shop) -> None:
    tool = await postgresql_shop.tool(cast.anna)
    moved = {**tool["configuration"], "host": "db.example.com"}

    assert await fields_of(cast.anna, "PATCH", f"/tools/{tool['id']}", {"configuration": moved}) == (422, ["credentials"])


async def test_private_addresses_are_not_called(cast: Cast) -> None:
    for engine in ("postgresql", "mariadb", "mysql"):
        for number, host in enumerate(("10.0.0.1", "169.254.169.254", "::1", "0.0.0.0")):  # noqa: S104 - refused
            shop = Shop({"engine": engine, "host": host, "database": "shop", "tls": "off"})
            tool = await shop.tool(cast.anna, f"{engine}_{number}")

            answer = await ask(cast.anna, tool, "SELECT 1")

            assert "may not be called from here" in answer["error"], (engine, host)


async def test_a_tool_without_sign_in_reports_it(cast: Cast, postgresql_shop: Shop) -> None:
    body = {"name": "x", "tool_type": "database", "configuration": postgresql_shop.configuration}
    tool = (await cast.anna.http.post("/tools", json=body)).json

    assert "no credentials" in (await ask(cast.anna, tool, "SELECT 1"))["error"]
    assert "statement is needed" in (await try_tool(cast.anna, tool["id"], {}))["error"]


async def test_the_certificate_of_a_server_is_verified(
    cast: Cast, mariadb: MariaDb, mariadb_shop: Shop, postgresql_shop: Shop
) -> None:
    known = await mariadb_shop.tool(cast.anna, "known", tls="verify", ca_certificate=mariadb.certificate)
    unknown = await mariadb_shop.tool(cast.anna, "unknown", tls="verify")
    misnamed = await mariadb_shop.tool(
        cast.anna, "misnamed", tls="verify", ca_certificate=mariadb.certificate, host="localhost"
    )
    unchecked = await mariadb_shop.tool(cast.anna, "unchecked", tls="require")
    plain = await mariadb_shop.tool(cast.anna, "plain")
    statement = "SELECT variable_value <> '' FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'"

    assert await rows(cast.anna, known, statement) == await rows(cast.anna, unchecked, statement) == [[1]]
    assert await rows(cast.anna, plain, statement) == [[0]]
    assert "certificate" in (await ask(cast.anna, unknown, statement))["error"].lower()
    assert "mismatch" in (await ask(cast.anna, misnamed, statement))["error"]
    for tls in ("verify", "require"):  # the server has no encryption
        tool = await postgresql_shop.tool(cast.anna, tls, tls=tls)
        assert "SSL" in (await ask(cast.anna, tool, "SELECT 1"))["error"]
