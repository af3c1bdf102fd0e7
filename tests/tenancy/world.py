"""Acme, filled: one organization of the whole session with something of every kind in it, and its intruders."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.tenancy.rows import Filler

_TENANT_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'organization_id' AND NOT a.attisdropped)
ORDER BY 1
"""

Factory = Callable[["World"], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Foreign:
    """A body that names things of Acme."""

    json: Any


@dataclass(slots=True)
class World:
    """Acme and its people; ``id_of`` makes things of Acme when they are first asked for, by the factories of ``objects``."""

    cast: Cast
    process: Process
    owner: psycopg.Connection[Any]
    factories: dict[str, Factory]
    ids: dict[str, str] = field(default_factory=dict[str, str])

    async def id_of(self, parameter: str) -> str:
        """Return the id of Acme's thing that a path parameter names. Fails the test for one that nobody registered."""
        if parameter not in self.ids:
            factory = self.factories.get(parameter)
            if factory is None:
                pytest.fail(f"The path parameter {{{parameter}}} has no factory: register one in tests/tenancy/objects.py")
            self.ids[parameter] = await factory(self)
        return self.ids[parameter]

    @property
    def acme(self) -> uuid.UUID:
        """The organization that is tried to be broken into."""
        return self.cast.acme

    def filler(self) -> Filler:
        """Return a factory of rows of Acme."""
        known = {"user_id": self.cast.olga.user_id, "created_by": self.cast.olga.user_id, "kind": "tests.filled"}
        return Filler(self.owner, self.acme, self.cast.marker, known)

    def tenant_tables(self) -> list[str]:
        """Name every table that has an organization."""
        return [row[0] for row in self.owner.execute(_TENANT_TABLES.replace("%%", "%").encode()).fetchall()]

    def fingerprint(self) -> dict[str, tuple[int, str]]:
        """Return, for each tenant table, how many rows Acme has and a digest of them; equal when nothing changed."""
        seen: dict[str, tuple[int, str]] = {}
        for table in [*self.tenant_tables(), "organizations"]:
            column = "id" if table == "organizations" else "organization_id"
            query = f"""SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))
                        FROM {table} t WHERE {column} = %s"""  # noqa: S608 - the names come from the catalogue
            row = self.owner.execute(query.encode(), (self.acme,)).fetchone()
            assert row is not None
            seen[table] = (row[0], row[1])
        return seen
