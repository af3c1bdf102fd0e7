"""Whatever expires, is deleted, ordered or due is decided by the database's clock, through ``tenant.now()`` alone."""

import re
from pathlib import Path

import psycopg

import retinue
from tests.conftest import Postgres

_SOURCE = Path(retinue.__file__).parent
_BARE = re.compile(
    r"(?<![\w.])(now|clock_timestamp|statement_timestamp|transaction_timestamp)\(\)|CURRENT_TIMESTAMP|LOCALTIMESTAMP"
)
# The definition itself, and the comparisons of the real clocks.
_ALLOWED = {
    "migrations/functions/tenant.sql": 1,
    "core/db/database.py": 1,
    "core/dispatch/repository_workers.py": 1,
    "cli/doctor_database.py": 1,
}
_DEFAULTS = """
SELECT format('%s.%s', d.adrelid::regclass, a.attname) FROM pg_attrdef d
JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
JOIN pg_class c ON c.oid = d.adrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema')
  AND pg_get_expr(d.adbin, d.adrelid) ~* '\\m(now|clock_timestamp)\\('
  AND pg_get_expr(d.adbin, d.adrelid) NOT LIKE '%tenant.now()%'
"""


def _sources() -> list[Path]:
    code = [path for path in _SOURCE.rglob("*.py") if "static" not in path.parts]
    return [*code, *(_SOURCE / "migrations" / "functions").glob("*.sql")]


def test_statements_and_functions_ask_the_one_clock() -> None:
    # migrations/statements.py names the clocks that it replaces; its own text is no statement about rows.
    found = {
        path.relative_to(_SOURCE).as_posix(): [
            line.strip() for line in path.read_text("utf-8").splitlines() if _BARE.search(line)
        ]
        for path in _sources()
        if path.name != "statements.py"
    }

    surplus = {name: lines for name, lines in found.items() if len(lines) > _ALLOWED.get(name, 0)}
    assert surplus == {}, "write tenant.now() instead"


def test_defaults_of_columns_ask_the_one_clock(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as connection:
        rows = connection.execute(_DEFAULTS.encode()).fetchall()

    assert [row[0] for row in rows] == []


def test_the_serving_role_cannot_move_the_clock(postgres: Postgres) -> None:
    with psycopg.connect(postgres.app_url) as connection:
        try:
            connection.execute("CREATE OR REPLACE FUNCTION tenant.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT now()'")
        except psycopg.errors.InsufficientPrivilege:
            return
    raise AssertionError("the serving role has replaced tenant.now()")
