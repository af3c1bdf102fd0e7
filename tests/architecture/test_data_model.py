"""``docs/data-model.md`` lists the tables of the schema with their columns as the catalogue has them."""

import re
from pathlib import Path

import psycopg

from tests.conftest import Postgres

_PAGE = Path("docs/data-model.md")
_COLUMNS = """
SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped
"""


def _listed() -> dict[str, set[str]]:
    text = _PAGE.read_text(encoding="utf-8").partition("# The tables of the schema")[2]
    rows = re.findall(r"^\| `(\w+)` \| .+? \| (`.+`) \|$", text, re.MULTILINE)
    return {table: set(re.findall(r"`(\w+)`", columns)) for table, columns in rows}


def test_the_list_of_tables_is_that_of_the_catalogue(postgres: Postgres) -> None:
    there: dict[str, set[str]] = {}
    with psycopg.connect(postgres.owner_url) as owner:
        for table, column in owner.execute(_COLUMNS).fetchall():
            there.setdefault(table, set()).add(column)

    listed = _listed()
    differing = {table: there.get(table, set()) ^ listed.get(table, set()) for table in there.keys() | listed.keys()}
    assert {table: columns for table, columns in differing.items() if columns} == {}, "correct docs/data-model.md"


def test_every_column_that_the_field_map_names_exists_or_comes_later() -> None:
    fields = _listed()
    text = _PAGE.read_text(encoding="utf-8").partition("# The tables of the schema")[0]
    named = {
        (table, column)
        for line in text.splitlines()
        if "**later**" not in line
        for table, column in re.findall(r"`(\w+)\.(\w+)`", line)
    }

    assert {(table, column) for table, column in named if table in fields and column not in fields[table]} == set()
