"""Plans of statements, taken down while the product's own code sends them."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from retinue.core.context import Context


@contextmanager
def explaining(ctx: Context) -> Generator[list[str]]:
    """Give a list that gets the plan of each statement of a context, until left."""
    plans: list[str] = []

    class Cursor(psycopg.AsyncCursor[Any]):
        async def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
            explained = psycopg.AsyncCursor(self.connection, row_factory=tuple_row)
            await explained.execute(b"EXPLAIN " + str(query).encode(), params)
            plans.append("\n".join(row[0] for row in await explained.fetchall()))
            return await super().execute(query, params, **options)

    ctx.tx.cursor_factory = Cursor
    try:
        yield plans
    finally:
        ctx.tx.cursor_factory = psycopg.AsyncCursor
