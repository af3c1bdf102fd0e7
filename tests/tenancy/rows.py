"""A row of Acme in any table, out of the catalogue alone: so that a new table is tried without anybody's remembering it."""

import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS is_needed
FROM pg_attribute a WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
_FOREIGN_KEYS = """
SELECT c.confrelid::regclass::text AS target,
       (SELECT array_agg(a.attname::text ORDER BY k.i) FROM unnest(c.conkey) WITH ORDINALITY k (n, i)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n) AS columns,
       (SELECT array_agg(a.attname::text ORDER BY k.i) FROM unnest(c.confkey) WITH ORDINALITY k (n, i)
        JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n) AS keys
FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = %s::regclass
"""
_CHECKS = "SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass"
_VALUES: dict[str, Any] = {
    "text": "text",
    "boolean": False,
    "integer": 1,
    "bigint": 1,
    "smallint": 1,
    "numeric": 1,
    "double precision": 0.5,
    "json": Jsonb({}),
    "jsonb": Jsonb({}),
    "date": "2026-01-01",
    "text[]": ["text"],
    "integer[]": [1],
    "bigint[]": [1],
}


@dataclass(slots=True)
class Filler:
    """Makes rows as the owner of the schema, in one organization. ``known`` holds values for columns by name."""

    owner: psycopg.Connection[Any]
    organization_id: uuid.UUID
    marker: str
    known: dict[str, Any]

    def ensure(self, table: str) -> dict[str, Any]:
        """Return a row of the organization in a table; makes one, and what it refers to, when there is none."""
        found = self._find(table)
        return found if found is not None else self._make(table)

    def make(self, table: str, **values: Any) -> dict[str, Any]:
        """Make a row that has these values, whatever rows there are."""
        return self._make(table, values)

    def _find(self, table: str) -> dict[str, Any] | None:
        columns = {column["name"] for column in self._rows(_COLUMNS, table)}
        if "organization_id" in columns:
            where, value = "organization_id", self.organization_id
        elif table == "organizations":
            where, value = "id", self.organization_id
        else:
            where, value = "id", self.known["user_id"]
        newest = sql.SQL("ORDER BY created_at DESC" if "created_at" in columns else "")
        query = sql.SQL("SELECT * FROM {} WHERE {} = %s {} LIMIT 1").format(_name(table), sql.Identifier(where), newest)
        with self.owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, (value,)).fetchone()

    def _make(self, table: str, given: dict[str, Any] | None = None) -> dict[str, Any]:
        columns = {column["name"]: column for column in self._rows(_COLUMNS, table)}
        needed = {name for name, column in columns.items() if column["is_needed"]} | ({"organization_id"} & columns.keys())
        needed |= self._chosen(table)
        values = dict(given or {})
        for key in self._rows(_FOREIGN_KEYS, table):
            if needed.issuperset(key["columns"]) and not values.keys() & set(key["columns"]) - {"organization_id"}:
                target = self.ensure(key["target"])
                values |= {mine: target[theirs] for mine, theirs in zip(key["columns"], key["keys"], strict=True)}
        if "organization_id" in columns:
            values["organization_id"] = self.organization_id
        choices = self._choices(table)
        for name in needed - values.keys():
            values[name] = choices.get(name) or self._value(name, columns[name]["type"])
        query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING *").format(
            _name(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join([sql.Placeholder()] * len(values)),
        )
        with self.owner.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute(query, list(values.values())).fetchone()
        assert row is not None
        return row

    def _value(self, name: str, kind: str) -> Any:
        if name in self.known:
            return self.known[name]
        if kind == "uuid":
            return uuid.uuid4()
        if kind == "text":
            return self.marker
        if kind == "bytea":
            return secrets.token_bytes(16)
        if kind == "timestamp with time zone":  # a moment of its own: some are part of a key
            # What ends does so after what begins.
            first = datetime(2026, 1, 10 if name.startswith("ends") else 1, tzinfo=UTC)
            return first + timedelta(microseconds=secrets.randbelow(10**11))
        base = kind.split("(", maxsplit=1)[0]
        assert base in _VALUES, f"tests/tenancy/rows.py knows no value of the type {kind}, of the column {name}"
        return secrets.randbelow(10**12) if name == "event_id" else _VALUES[base]  # part of a key

    def _choices(self, table: str) -> dict[str, str]:
        """Return a value that the table's checks allow, for each column with a closed set of them or of dotted names."""
        chosen: dict[str, str] = {}
        for check in self._rows(_CHECKS, table):
            found = re.search(r"\((\w+) = ANY \(ARRAY\['([^']+)'", check["text"])
            if found:
                chosen[found[1]] = found[2]
            dotted = re.search(r"\(\(?(\w+) ~ '\^\[a-z[^']*\[\.\]\[a-z_\]\+\$'", check["text"])
            if dotted:
                chosen[dotted[1]] = "tried.here"
        return chosen

    def _chosen(self, table: str) -> set[str]:
        """Return, of columns of which exactly one is to be given, the first."""
        checks = (check["text"] for check in self._rows(_CHECKS, table))
        return {found[1] for text in checks if (found := re.search(r"num_nonnulls\((\w+),[^)]*\) = 1", text))}

    def _rows(self, query: str, table: str) -> list[dict[str, Any]]:
        with self.owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode(), (table,)).fetchall()


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))
