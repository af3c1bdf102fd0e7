"""Loading of arrays of integers at once: psycopg loads each element by itself, which takes four times as long."""

from functools import lru_cache
from struct import Struct
from typing import Final

from psycopg import AsyncCursor
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.pq import Format

_HEADER_BYTES: Final = 20
"""Of an array of one dimension: dimensions, flags, type, length, first index. Each element then has its length before it."""
_INT4_ARRAY: Final = 1007
_INT8_ARRAY: Final = 1016


@lru_cache(maxsize=4096)
def _struct(code: str, number: int) -> Struct:
    return Struct(f">{_HEADER_BYTES}x" + f"4x{code}" * number)


class _Int4s(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> tuple[int, ...]:
        return _struct("i", (len(data) - _HEADER_BYTES) // 8).unpack(data) if len(data) > _HEADER_BYTES else ()


class _Int8s(Loader):
    format = Format.BINARY

    def load(self, data: Buffer) -> tuple[int, ...]:
        return _struct("q", (len(data) - _HEADER_BYTES) // 12).unpack(data) if len(data) > _HEADER_BYTES else ()


def load_integers(cursor: AsyncCursor[tuple[object, ...]]) -> None:
    """Have a binary cursor return arrays of integers as tuples. They must have one dimension and no nulls."""
    cursor.adapters.register_loader(_INT4_ARRAY, _Int4s)
    cursor.adapters.register_loader(_INT8_ARRAY, _Int8s)
