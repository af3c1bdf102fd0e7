"""Searching the whole database for a text that must not be there."""

import psycopg
from psycopg import sql

from tests.conftest import Postgres


def places_of(postgres: Postgres, text: str) -> list[str]:
    """Name the tables in which a text stands, as it is or as the bytes of a column."""
    with psycopg.connect(postgres.owner_url) as connection:
        tables = connection.execute(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'"
        ).fetchall()
        found: list[str] = []
        for schema, table in tables:
            query = sql.SQL("SELECT count(*) FROM {} t WHERE position(%s IN t::text) > 0 OR position(%s IN t::text) > 0")
            row = connection.execute(query.format(sql.Identifier(schema, table)), (text, text.encode().hex())).fetchone()
            if row and row[0]:
                found.append(f"{schema}.{table}")
    return found
