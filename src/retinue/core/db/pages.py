"""Keyset cursors: an opaque text that says after which row the next page begins."""

import base64
import binascii
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from retinue.core.errors import FieldProblem, InvalidError

T = TypeVar("T")


class CursorInvalidError(InvalidError):
    """The cursor was not issued by this list."""

    code = "cursor_invalid"
    remedy = "Omit it to start from the first page, or send next_cursor of the previous page unchanged."

    def __init__(self) -> None:
        """Name the field and the remedy."""
        super().__init__(fields=(FieldProblem("cursor", "not a cursor of this list", "Leave it out to start again."),))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """The key of the last row of a page: an instant and the row's id, which together are unique."""

    at: datetime
    id: uuid.UUID


def encode(position: Position) -> str:
    """Write a position as a cursor."""
    return base64.urlsafe_b64encode(f"{position.at.isoformat()}|{position.id}".encode()).decode().rstrip("=")


def decode(cursor: str) -> Position:
    """Read a cursor. Raises ``CursorInvalidError`` for anything this program did not write."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, _, identifier = text.partition("|")
        instant = datetime.fromisoformat(at)
        position = Position(instant, uuid.UUID(identifier))
    except (ValueError, binascii.Error):
        raise CursorInvalidError from None
    if instant.tzinfo is None:
        raise CursorInvalidError
    return position


@dataclass(frozen=True, slots=True)
class Ranked:
    """The key of the last row of a page in an order other than time: the order, the row's value in it, and its id."""

    order: str
    value: Decimal
    id: uuid.UUID


def encode_ranked(position: Ranked) -> str:
    """Write a place in an order as a cursor."""
    text = f"{position.order}|{position.value}|{position.id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_ranked(cursor: str, order: str) -> Ranked:
    """Read a cursor of a list in this order. Raises ``CursorInvalidError`` for that of another one too."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found, value, identifier = text.split("|")
        position = Ranked(found, Decimal(value), uuid.UUID(identifier))
    except (ValueError, ArithmeticError, binascii.Error):
        raise CursorInvalidError from None
    if found != order or position.value.is_nan():
        raise CursorInvalidError
    return position


def encode_number(number: int) -> str:
    """Write a place in a numbered list as a cursor."""
    return base64.urlsafe_b64encode(f"#{number}".encode()).decode().rstrip("=")


def decode_number(cursor: str) -> int:
    """Read a cursor of a numbered list. Raises ``CursorInvalidError`` for anything this program did not write."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        if not text.startswith("#"):
            raise CursorInvalidError
        number = int(text[1:])
    except (ValueError, binascii.Error):
        raise CursorInvalidError from None
    if not 0 <= number < 1 << 63:
        raise CursorInvalidError
    return number


def numbered_page_of(rows: Sequence[T], limit: int, number: Callable[[T], int]) -> Page[T]:
    """Make a page out of numbered rows of which one more than ``limit`` was asked for."""
    if len(rows) <= limit:
        return Page(list(rows), None)
    kept = list(rows[:limit])
    return Page(kept, encode_number(number(kept[-1])))


def page_of(rows: Sequence[T], limit: int, position: Callable[[T], Position]) -> Page[T]:
    """Make a page out of rows of which one more than ``limit`` was asked for."""
    return page_by(rows, limit, lambda row: encode(position(row)))


def page_by(rows: Sequence[T], limit: int, cursor: Callable[[T], str]) -> Page[T]:
    """Make a page out of rows, of which one more than ``limit`` was asked for, with a cursor of the list's own."""
    if len(rows) <= limit:
        return Page(list(rows), None)
    kept = list(rows[:limit])
    return Page(kept, cursor(kept[-1]))
