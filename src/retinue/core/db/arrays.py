"""Reading of arrays of integers as the database sends them: psycopg loads each element by itself, which takes longer."""

from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from typing import Final, Literal

_HEADER: Final = Struct(">3i")
"""Dimensions, flags, type; then of each dimension its length and first index. Each element has its length before it."""
_LENGTH: Final = Struct(">12xi4x")
_SIZES: Final = {"i": 8, "q": 12}


@lru_cache(maxsize=4096)
def _struct(code: str, number: int) -> Struct:
    return Struct(">" + f"4x{code}" * number)


def integers(data: bytes, code: Literal["i", "q"]) -> Iterator[tuple[int, ...]]:
    """Give the arrays that ``array_send`` made, one after the other: of ``integer`` (i) or ``bigint`` (q).

    They must have one dimension at most, and no nulls.
    """
    place, size = 0, _SIZES[code]
    while place < len(data):
        if _HEADER.unpack_from(data, place)[0] == 0:
            yield ()
            place += _HEADER.size
            continue
        (number,) = _LENGTH.unpack_from(data, place)
        place += _LENGTH.size
        yield _struct(code, number).unpack_from(data, place)
        place += number * size
