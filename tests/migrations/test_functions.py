"""The functions of the database are those of ``migrations/functions``: no other text, none missing, none left over."""

import re
from importlib import resources

import psycopg

from retinue.migrations.runner import upgrade
from retinue.migrations.statements import FUNCTION_FILES, functions
from tests.conftest import Postgres

_SCHEMAS = ("auth", "tenant", "kv", "dispatch", "admission", "control", "journal", "realtime")
# Those of Procrastinate keep its own text, in the numbered step that lays its tables.
# Those of each published table are written by realtime.write_out.
_INSTALLED = """
SELECT format('%%I.%%I(%%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),
  pg_get_functiondef(p.oid) || coalesce(p.proacl::text, '')
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY (%s) AND p.proname NOT LIKE 'procrastinate%%'
  AND NOT (n.nspname = 'realtime' AND p.proname ~ '^(judge|note)_')
"""


def _installed(connection: psycopg.Connection) -> dict[str, str]:
    return dict(connection.execute(_INSTALLED, (list(_SCHEMAS),)).fetchall())


def test_every_function_file_is_applied() -> None:
    files = {item.name for item in resources.files("retinue.migrations").joinpath("functions").iterdir()}

    assert {name for name in files if name.endswith(".sql")} == set(FUNCTION_FILES)


def test_installed_functions_are_those_of_the_files(postgres: Postgres) -> None:
    named = re.findall(r"^CREATE OR REPLACE FUNCTION ([\w.]+)\(", functions(), re.MULTILINE)

    with psycopg.connect(postgres.owner_url) as connection:
        before = _installed(connection)
        connection.execute(functions().encode())
        after = _installed(connection)
        connection.rollback()

    assert before == after
    assert sorted(name.split("(")[0] for name in before) == sorted(named)


def test_upgrade_replaces_functions_of_an_older_version(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        expected = _installed(connection)
        connection.execute("CREATE OR REPLACE FUNCTION kv.sweep() RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'")
        connection.execute("COMMENT ON SCHEMA tenant IS NULL")
        stale = _installed(connection)

        upgrade(postgres.owner_url)
        upgraded = _installed(connection)

    assert stale != expected
    assert upgraded == expected


def test_numbered_steps_change_tables_and_define_no_functions() -> None:
    steps = resources.files("retinue.migrations").joinpath("sql").iterdir()
    defining = [step.name for step in steps if step.name.endswith(".sql") and "CREATE FUNCTION" in step.read_text("utf-8")]

    assert defining == ["0006_dispatch.sql"]
