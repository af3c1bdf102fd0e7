"""Databases that tools query: one on the session's PostgreSQL, one on a MariaDB, one in a file of SQLite."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.cast import Person
from tests.conftest import Postgres
from tests.mariadb import MariaDb
from tests.tools.conftest import make_tool, try_tool

PASSWORD = "the password of shop"


@dataclass(frozen=True, slots=True)
class Shop:
    """A database with the table ``items``, and who may use it."""

    configuration: dict[str, Any]
    username: str = "shop"

    async def tool(self, person: Person, name: str = "shop", **changes: Any) -> dict[str, Any]:
        """Make a tool of it; changes are of the configuration."""
        given: dict[str, Any] = {"tool_type": "database"}
        if self.configuration["engine"] != "sqlite":
            given["credentials"] = {"type": "password", "username": self.username, "password": PASSWORD}
        return await make_tool(person, {**self.configuration, **changes}, name=name, **given)


async def ask(person: Person, tool: dict[str, Any], statement: str, *parameters: Any) -> dict[str, Any]:
    """Run a statement through the tool's test route."""
    arguments = {"statement": statement, "parameters": list(parameters)}
    return await try_tool(person, tool["id"], arguments)


async def rows(person: Person, tool: dict[str, Any], statement: str, *parameters: Any) -> list[list[Any]]:
    """Return the rows of a statement that succeeds."""
    answer = await ask(person, tool, statement, *parameters)
    assert answer["ok"], answer["error"]
    return answer["output"]["rows"]


@contextmanager
def serving_postgresql_shop(postgres: Postgres) -> Generator[Shop]:
    """Keep the database on PostgreSQL until the block ends."""
    shop = _make_postgresql_shop(postgres)
    yield shop
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(shop.username)))
        owner.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(shop.username)))


def _make_postgresql_shop(postgres: Postgres) -> Shop:
    """Make the database on the session's server, with a role that owns it and is nothing else."""
    facts = conninfo_to_dict(postgres.owner_url)
    host = str(facts.get("host", ""))
    name = f"shop_{facts['dbname']}"
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        role, database = sql.Identifier(name), sql.Identifier(name)
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, PASSWORD))
        owner.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
    configuration = {
        "engine": "postgresql",
        "host": "127.0.0.1" if host.startswith("/") or not host else host,
        "port": int(facts.get("port") or 5432),
        "database": name,
        "tls": "off",
    }
    url = f"host={configuration['host']} port={configuration['port']} dbname={name} user={name}"
    with psycopg.connect(url, password=PASSWORD, autocommit=True) as shop:
        shop.execute("CREATE TABLE suppliers (id int PRIMARY KEY, name text NOT NULL)")
        shop.execute(
            "CREATE TABLE items (id bigint PRIMARY KEY, name text, price numeric, at timestamptz, day date, picture bytea, "
            "facts jsonb, sizes int[], words text[][], span int4range, key uuid, pause interval, weight float8, "
            "supplier_id int REFERENCES suppliers)"
        )
        shop.execute("COMMENT ON COLUMN items.price IS 'in euros'")
        shop.execute(
            "CREATE FUNCTION add_item() RETURNS int LANGUAGE sql AS 'INSERT INTO items (id) VALUES (5) RETURNING 1'"
        )
        shop.execute("CREATE SEQUENCE numbers")
        shop.execute(
            "CREATE PROCEDURE leave() LANGUAGE plpgsql AS $$ BEGIN COMMIT; INSERT INTO items (id) VALUES (6); END $$"
        )
    return Shop(configuration, name)


def make_mariadb_shop(server: MariaDb) -> Shop:
    """Make the database, with a user that owns it and is nothing else."""
    server.execute(
        "CREATE DATABASE shop",
        f"CREATE USER shop IDENTIFIED BY '{PASSWORD}'",
        "GRANT ALL ON shop.* TO shop",
        f"CREATE USER writer_of_files IDENTIFIED BY '{PASSWORD}'",
        "GRANT FILE ON *.* TO writer_of_files",
        "GRANT ALL ON shop.* TO writer_of_files",
        "CREATE TABLE shop.suppliers (id int PRIMARY KEY, name varchar(20) NOT NULL)",
        "CREATE TABLE shop.items (id bigint unsigned PRIMARY KEY, name varchar(100) CHARACTER SET utf8mb4, "
        "price decimal(40, 20), at datetime(6), day date, picture blob, weight double, bits bit(9), pause time, "
        "supplier_id int, FOREIGN KEY (supplier_id) REFERENCES shop.suppliers (id))",
    )
    server.execute(
        "CREATE FUNCTION add_item() RETURNS int BEGIN INSERT INTO items (id) VALUES (5); RETURN 1; END",
        "CREATE SEQUENCE numbers",
        "CREATE TABLE kept (a int) ENGINE=MyISAM",
        "CREATE FUNCTION add_kept() RETURNS int BEGIN INSERT INTO kept VALUES (5); RETURN 1; END",
        "CREATE PROCEDURE leave_it() "
        "BEGIN COMMIT; START TRANSACTION READ WRITE; INSERT INTO items (id) VALUES (6); COMMIT; END",
        database="shop",
    )
    return Shop({"engine": "mariadb", "host": "127.0.0.1", "port": server.port, "database": "shop", "tls": "off"})
