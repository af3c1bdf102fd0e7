"""What a statement tries in order to write with a tool that only reads, or to reach what is not the database's."""

import os
import sqlite3
from pathlib import Path

import psycopg

from tests.cast import Cast
from tests.conftest import Postgres
from tests.mariadb import MariaDb
from tests.tools.databases import PASSWORD, Shop, ask, rows

_MUCH_MEMORY = (
    "WITH RECURSIVE n (i, t) AS (SELECT 1, hex(zeroblob(100000)) UNION ALL SELECT i + 1, t FROM n LIMIT 9000) "
    "SELECT count(*) FROM (SELECT * FROM n ORDER BY t DESC, i)"
)
_MARK = Path("/tmp/retinue-was-here")  # noqa: S108 - what an attack would leave


def _is_nothing_left() -> bool:
    return not os.path.lexists(_MARK)


_POSTGRESQL = (
    ("WITH x AS (INSERT INTO items (id) VALUES (1) RETURNING id) SELECT * FROM x", "data-modifying"),
    ("WITH x AS (DELETE FROM items RETURNING id) SELECT * FROM x", "data-modifying"),
    ("SELECT add_item()", "read-only transaction"),
    ("SELECT set_config('transaction_read_only', 'off', false), add_item()", "read-only transaction"),
    ("SELECT set_config('default_transaction_read_only', 'off', false), add_item()", "read-only transaction"),
    ("SET transaction_read_only = off", "only reads"),
    ("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "only reads"),
    ("CALL leave()", "only reads"),
    ("DO $$ BEGIN COMMIT; INSERT INTO items (id) VALUES (1); END $$", "only reads"),
    ("COPY items TO PROGRAM 'touch /tmp/retinue-was-here'", "only reads"),
    ("COPY (SELECT 1) TO '/tmp/retinue-was-here'", "only reads"),
    ("SELECT nextval('numbers')", "read-only transaction"),
    ("SELECT setval('numbers', 5)", "read-only transaction"),
    ("SELECT * FROM items FOR UPDATE", "read-only transaction"),
    ("SELECT lo_create(77)", "read-only transaction"),
    ("SELECT pg_read_file('/etc/passwd')", "permission denied"),
    ("SELECT 1; COMMIT; DELETE FROM items", "multiple commands"),
    ("SELECT 1 INTO other", "only reads"),
    ("PREPARE TRANSACTION 'x'", "only reads"),
    ("LISTEN x", "only reads"),
    ("", "statement"),
)


async def test_postgresql_refuses(cast: Cast, postgresql_shop: Shop) -> None:
    writer = await postgresql_shop.tool(cast.anna, "writer", allow_writes=True)
    reader = await postgresql_shop.tool(cast.anna, "reader")
    await ask(cast.anna, writer, "DELETE FROM items")
    await ask(cast.anna, writer, "INSERT INTO items (id) VALUES (1234)")

    for statement, told in _POSTGRESQL:
        answer = await ask(cast.anna, reader, statement)

        assert not answer["ok"], statement
        assert told in answer["error"], (statement, answer["error"])
        assert await rows(cast.anna, reader, "SELECT id FROM items") == [[1234]], statement
    assert _is_nothing_left()


async def test_a_postgresql_role_that_can_act_outside_of_a_transaction_is_refused(
    cast: Cast, postgresql_shop: Shop, postgres: Postgres
) -> None:
    mighty: dict[str, str] = {}
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        for number, grant in enumerate(("SUPERUSER", "IN ROLE pg_execute_server_program", "IN ROLE pg_write_server_files")):
            name = f"mighty_{number}_{cast.marker}"
            mighty[name] = grant.split()[-1].lower()
            owner.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {grant}")  # pyright: ignore[reportCallIssue, reportArgumentType]
    for name, told in mighty.items():
        shop = Shop(postgresql_shop.configuration, name)
        for allow_writes in (False, True):
            tool = await shop.tool(cast.anna, f"{name}_{allow_writes}", allow_writes=allow_writes)

            answer = await ask(cast.anna, tool, "SELECT 1")

            assert told in answer["error"]
            assert "Give the tool a user without it" in answer["error"]
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        for name in mighty:
            owner.execute(f"DROP ROLE {name}")  # pyright: ignore[reportCallIssue, reportArgumentType]


_MARIADB = (
    ("BEGIN NOT ATOMIC COMMIT; START TRANSACTION READ WRITE; INSERT INTO items (id) VALUES (2); END", "only reads"),
    ("IF 1 THEN COMMIT; INSERT INTO items (id) VALUES (2); END IF", "only reads"),
    ("CALL leave_it()", "only reads"),
    ("SELECT add_item()", "READ ONLY transaction"),
    ("SELECT add_kept()", "READ ONLY transaction"),
    ("SELECT NEXTVAL(numbers)", "READ ONLY transaction"),
    ("SELECT SETVAL(numbers, 500)", "READ ONLY transaction"),
    ("WITH x AS (SELECT NEXT VALUE FOR numbers AS a) SELECT * FROM x", "READ ONLY transaction"),
    ("SET SESSION TRANSACTION READ WRITE", "only reads"),
    ("SET STATEMENT max_statement_time = 0 FOR DELETE FROM items", "only reads"),
    ("SELECT 1 INTO OUTFILE '/tmp/retinue-was-here'", "rejected"),
    ("SELECT 1) AS x INTO OUTFILE '/tmp/retinue-was-here' -- ", "rejected"),
    ("SELECT 1) INTO OUTFILE '/tmp/retinue-was-here' # ", "rejected"),
    ("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE items", "only reads"),
    ("LOAD DATA INFILE '/etc/passwd' INTO TABLE items", "only reads"),
    ("SELECT load_file('/etc/passwd') FROM nothing", "rejected"),
    ("EXECUTE IMMEDIATE 'DELETE FROM items'", "only reads"),
    ("DO release_lock('x')", "only reads"),
    ("SELECT * FROM items FOR UPDATE", "READ ONLY transaction"),
    ("/*! DELETE FROM items */", "only reads"),
    ("SELECT 1 /*", "only reads"),
    ("TRUNCATE items", "only reads"),
    ("GRANT ALL ON shop.* TO other", "only reads"),
    ("WITH x AS (SELECT 1) DELETE FROM items", "rejected"),
)


async def test_mariadb_refuses(cast: Cast, mariadb_shop: Shop, mariadb: MariaDb) -> None:
    mariadb.execute("DELETE FROM items", "INSERT INTO items (id) VALUES (1234)", database="shop")
    reader = await mariadb_shop.tool(cast.anna, "reader")

    for statement, told in _MARIADB:
        answer = await ask(cast.anna, reader, statement)

        assert not answer["ok"], statement
        assert told in answer["error"], (statement, answer["error"])
        assert mariadb.execute("SELECT id FROM items", database="shop") == [(1234,)], statement
    assert _is_nothing_left()


async def test_mariadb_takes_queries_that_begin_with_a_common_table(cast: Cast, mariadb_shop: Shop) -> None:
    reader = await mariadb_shop.tool(cast.anna, "reader")

    assert await rows(cast.anna, reader, "WITH x AS (SELECT 1 AS a UNION SELECT 2) SELECT * FROM x -- all") == [[1], [2]]
    assert await rows(cast.anna, reader, "SELECT 1 AS a, 2 AS a;") == [[1, 2]]


async def test_a_mariadb_user_that_may_write_files_is_refused(cast: Cast, mariadb_shop: Shop) -> None:
    tool = await Shop(mariadb_shop.configuration, "writer_of_files").tool(cast.anna)

    assert "has FILE on *.*" in (await ask(cast.anna, tool, "SELECT 1"))["error"]


_SQLITE = (
    ("ATTACH '/tmp/retinue-was-here' AS other", "ATTACH"),
    ("DETACH main", "DETACH"),
    ("SELECT load_extension('/tmp/x.so')", "load_extension"),
    ("PRAGMA query_only = OFF", "PRAGMA query_only"),
    ("PRAGMA writable_schema = ON", "PRAGMA writable_schema"),
    ("PRAGMA journal_mode = DELETE", "PRAGMA journal_mode"),
    ("VACUUM", "SQLite rejected the statement"),
    ("VACUUM INTO '/tmp/retinue-was-here'", "SQLite rejected the statement"),
    ("WITH x AS (SELECT 1) INSERT INTO items (id) SELECT * FROM x", "INSERT"),
    ("REPLACE INTO items (id) VALUES (1234)", "INSERT"),
    ("CREATE TEMP TABLE x (a)", "a change of the schema"),
    ("CREATE TRIGGER t AFTER INSERT ON items BEGIN DELETE FROM items; END", "CREATE TRIGGER"),
    ("SELECT writefile('/tmp/retinue-was-here', 'x')", "no such function"),
    ("SELECT readfile('/etc/passwd')", "no such function"),
    ("SELECT 1; DELETE FROM items", "one statement"),
    ("SELECT zeroblob(1000000000)", "too big"),
    (_MUCH_MEMORY, "too much memory"),
)


async def test_sqlite_refuses(cast: Cast, tool_folder: Path) -> None:
    file = tool_folder / "shop.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE items (id integer PRIMARY KEY)")
        connection.execute("INSERT INTO items VALUES (1234)")
    connection.close()
    before = file.read_bytes()
    tool = await Shop({"engine": "sqlite", "path": str(file)}).tool(cast.anna)

    for statement, told in _SQLITE:
        answer = await ask(cast.anna, tool, statement)

        assert not answer["ok"], statement
        assert told in answer["error"], (statement, answer["error"])
        assert file.read_bytes() == before, statement
    assert _is_nothing_left()


async def test_a_writing_sqlite_tool_stays_in_its_file(cast: Cast, tool_folder: Path) -> None:
    file = tool_folder / "shop.sqlite"
    sqlite3.connect(file).close()
    tool = await Shop({"engine": "sqlite", "path": str(file)}).tool(cast.anna, allow_writes=True)
    made = await ask(cast.anna, tool, "CREATE TABLE items (id integer PRIMARY KEY)")

    for statement in (
        "ATTACH '/tmp/retinue-was-here' AS other",
        "VACUUM INTO '/tmp/retinue-was-here'",
        "SELECT load_extension('x')",
        "PRAGMA journal_mode = WAL",
        "COMMIT",
    ):
        answer = await ask(cast.anna, tool, statement)
        assert "SQLite rejected the statement" in answer["error"]

    assert made["ok"]
    assert _is_nothing_left()


async def test_a_sqlite_file_behind_a_link_is_not_opened(cast: Cast, tool_folder: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside.sqlite"
    sqlite3.connect(outside).close()
    (tool_folder / "link.sqlite").symlink_to(outside)
    (tool_folder / "folder").symlink_to(tmp_path)
    for path in ("link.sqlite", "folder/outside.sqlite", "../outside.sqlite"):
        body = {"name": "x", "tool_type": "database", "configuration": {"engine": "sqlite", "path": f"{tool_folder}/{path}"}}

        refused = await cast.anna.http.post("/tools", json=body)

        assert (refused.status, refused.json["errors"][0]["field"]) == (422, "configuration.path")
    late = await Shop({"engine": "sqlite", "path": str(tool_folder / "later.sqlite")}).tool(cast.anna)
    (tool_folder / "later.sqlite").symlink_to(outside)

    assert "link" in (await ask(cast.anna, late, "SELECT 1"))["error"]


async def test_postgresql_values_come_back_exactly(cast: Cast, postgresql_shop: Shop) -> None:
    writer = await postgresql_shop.tool(cast.anna, "writer", allow_writes=True)
    await ask(cast.anna, writer, "DELETE FROM items")
    values = [
        9223372036854775807, "größe\n'\"", "12345678901234567890.0123456789012345", "2026-01-02 03:04:05.678901+00",
        "infinity",
        "\\x00ff", {"a": 12345678901234567890123, "b": [1.5, None]}, [1, None, -3], [["a", 'b"\\'], ["{c}", "NULL"]],
        "[1,5)",
        "0190f3a8-0000-7000-8000-000000000000", "P1DT2H", "NaN",
    ]  # fmt: skip
    marks = ", ".join(f"${number + 1}" for number in range(len(values)))
    columns = "id, name, price, at, day, picture, facts, sizes, words, span, key, pause, weight"

    written = await ask(cast.anna, writer, f"INSERT INTO items ({columns}) VALUES ({marks}) RETURNING {columns}", *values)

    assert written["ok"], written["error"]
    assert written["output"]["rows"] == [[*values[:5], {"base64": "AP8="}, *values[6:]]]
    types = [column["type"] for column in written["output"]["columns"]]
    assert types[2:9] == ["numeric", "timestamptz", "date", "bytea", "jsonb", "int4[]", "text[]"]


async def test_mariadb_values_come_back_exactly(cast: Cast, mariadb_shop: Shop) -> None:
    writer = await mariadb_shop.tool(cast.anna, "writer", allow_writes=True)
    await ask(cast.anna, writer, "DELETE FROM items")
    values = [
        *(18446744073709551615, "größe 🙂\n'\"\\", "12345678901234567890.01234567890123456789"),
        *("2026-01-02 03:04:05.678901", "2026-01-02", 0.1, "-12:30:00"),
    ]

    written = await ask(
        cast.anna,
        writer,
        "INSERT INTO items (id, name, price, at, day, weight, pause, picture, bits) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, X'00FF', b'101010101')",
        *values,
    )
    found = await rows(
        cast.anna,
        writer,
        "SELECT id, name, price, at, day, weight, pause, picture, bits FROM items WHERE name = ?",
        values[1],
    )

    assert written["ok"], written["error"]
    assert found == [[*values, {"base64": "AP8="}, 341]]
