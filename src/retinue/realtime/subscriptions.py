"""What channels subscribe to, and which subscriptions a change concerns. Pure: rights are asked elsewhere.

A subscription with an equality on a text or an id is found by that value: a change is not compared with every one.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from retinue.core.json import Json, JsonObject, dumps
from retinue.realtime import filters
from retinue.realtime.errors import FilterInvalidError
from retinue.realtime.filters import Filter
from retinue.realtime.types import LARGE, Change, Operation, Table

if TYPE_CHECKING:
    from retinue.realtime.channel import Channel

MOST_ENTRIES = 50
_ALL = "*"
_ID_BITS = 0x7FFFFFF
_SCHEMA = "public"


@dataclass(frozen=True, slots=True, eq=False)
class ChangeSubscription:
    """One element of ``postgres_changes`` as it was asked for. ``echo`` goes back to the client, exactly."""

    id: int
    echo: JsonObject
    event: str
    tables: tuple[Table, ...]
    filter: Filter
    select: tuple[str, ...] | None
    since: datetime | None
    problem: str | None = None


@dataclass(slots=True, eq=False)
class Subscription:
    """An entry of a channel on one table."""

    channel: "Channel"
    entry: ChangeSubscription
    table: Table


def read_entries(config: JsonObject, tables: dict[str, Table]) -> list[ChangeSubscription]:
    """Read what a join asks for. An entry that cannot be used has its ``problem``, and is echoed all the same."""
    wanted = config.get("postgres_changes")
    if not isinstance(wanted, list):
        return []
    return [_entry(each, tables) for each in wanted[:MOST_ENTRIES] if isinstance(each, dict)]


def _entry(given: JsonObject, tables: dict[str, Table]) -> ChangeSubscription:
    echo: JsonObject = {name: given[name] for name in ("event", "schema", "table", "filter", "select") if name in given}
    number = zlib.crc32(dumps(echo, sort_keys=True)) & _ID_BITS
    event = str(given.get("event") or _ALL).upper()
    event = event if event in set(Operation) else _ALL
    try:
        found = _tables(given, tables)
        condition = _filter(given, found)
        select = _select(given, found)
        since = _since(given.get("since"))
    except FilterInvalidError as error:
        return ChangeSubscription(number, {"id": number, **echo}, event, (), Filter(), None, None, str(error))
    return ChangeSubscription(number, {"id": number, **echo}, event, found, condition, select, since)


def _tables(given: JsonObject, tables: dict[str, Table]) -> tuple[Table, ...]:
    schema, name = given.get("schema") or _SCHEMA, given.get("table") or _ALL
    if not isinstance(schema, str) or not isinstance(name, str):
        raise FilterInvalidError("schema and table must be strings.")
    if schema not in {_SCHEMA, _ALL}:
        raise FilterInvalidError("The schema must be public.")
    if name == _ALL:
        return tuple(tables.values())
    if name not in tables:
        raise FilterInvalidError(f"The table {name[:60]} is not published. Published are {', '.join(tables)}.")
    return (tables[name],)


def _filter(given: JsonObject, tables: tuple[Table, ...]) -> Filter:
    text = given.get("filter")
    if text is None or text == "":
        return Filter()
    if not isinstance(text, str):
        raise FilterInvalidError("filter must be a string.")
    if len(tables) != 1:
        raise FilterInvalidError("A filter needs a table.")
    return filters.parse(text, tables[0].types)


def _select(given: JsonObject, tables: tuple[Table, ...]) -> tuple[str, ...] | None:
    wanted = given.get("select")
    if wanted is None:
        return None
    if len(tables) != 1:
        raise FilterInvalidError("select needs a table.")
    if not isinstance(wanted, list) or not wanted:
        raise FilterInvalidError("select must be a list of columns.")
    unknown = [str(each)[:60] for each in wanted if each not in tables[0].types]
    if unknown:
        raise FilterInvalidError(f"The table has no column {unknown[0]} that can be read.")
    return tuple(name for name in tables[0].types if name in wanted or name in tables[0].keys)


def _since(value: Json) -> datetime | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise FilterInvalidError("since must be a time as ISO 8601, or milliseconds since 1970.")


@dataclass(slots=True)
class _OfTable:
    keyed: dict[str, dict[str, dict[Subscription, None]]] = field(
        default_factory=dict[str, dict[str, dict[Subscription, None]]]
    )
    others: dict[Subscription, None] = field(default_factory=dict[Subscription, None])


class Index:
    """Subscriptions by table, and by the value of a column where they ask for one."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        """Begin with some subscriptions."""
        self._tables: defaultdict[str, _OfTable] = defaultdict(_OfTable)
        self.count = 0
        for each in subscriptions:
            self.add(each)

    def add(self, subscription: Subscription) -> None:
        """Add one."""
        self._place(subscription)[subscription] = None
        self.count += 1

    def remove(self, subscription: Subscription) -> None:
        """Remove one that was added."""
        self.count -= self._place(subscription).pop(subscription, subscription) is None
        key = subscription.entry.filter.key
        if key is not None:
            values = self._tables[subscription.table.name].keyed[key[0]]
            if not values[key[1]]:
                del values[key[1]]

    def concerned(self, change: Change) -> Iterator[Subscription]:
        """Yield each subscription that a change may concern, once."""
        of_table = self._tables.get(change.table)
        if of_table is None:
            return
        yield from of_table.others
        for column, values in of_table.keyed.items():
            now = change.record.get(column)
            if now in values:
                yield from values[now]
            if change.before is not None:
                then = change.before.get(column)
                if then != now and then in values:
                    yield from values[then]

    def _place(self, subscription: Subscription) -> dict[Subscription, None]:
        of_table = self._tables[subscription.table.name]
        key = subscription.entry.filter.key
        if key is None:
            return of_table.others
        return of_table.keyed.setdefault(key[0], {}).setdefault(key[1], {})


@dataclass(frozen=True, slots=True)
class Question:
    """What must be known of a subscriber's rights: may they read the row as it is now, and as it was."""

    subscription: Subscription
    change: Change
    fits_now: bool
    fitted_before: bool


def question(subscription: Subscription, change: Change) -> Question | None:
    """Return what to ask about a change for a subscription; None when it does not concern the subscriber."""
    entry, condition = subscription.entry, subscription.entry.filter
    if change.operation is not Operation.UPDATE:
        if entry.event not in {_ALL, change.operation} or not condition.holds(change.record):
            return None
        return Question(subscription, change, fits_now=True, fitted_before=False)
    fits = condition.holds(change.record)
    leaves = entry.event in {_ALL, Operation.DELETE} and change.before is not None and condition.holds(change.before)
    if not leaves and not (fits and entry.event in {_ALL, Operation.UPDATE}):
        return None
    return Question(subscription, change, fits_now=fits, fitted_before=leaves)


def outcome(asked: Question, *, sees_now: bool, saw_before: bool) -> Operation | None:
    """Return what a subscriber is told: an update after which they no longer see the row is its deletion, to them."""
    event, operation = asked.subscription.entry.event, asked.change.operation
    if operation is not Operation.UPDATE:
        return operation if sees_now else None
    if asked.fits_now and sees_now:
        return operation if event in {_ALL, Operation.UPDATE} else None
    return Operation.DELETE if asked.fitted_before and saw_before else None


def document(change: Change, table: Table, told: Operation, select: tuple[str, ...] | None) -> dict[str, Any]:
    """Return the ``data`` of an event: the columns that may be read, the row (not of a deletion), and the key."""
    names = select or tuple(table.types)
    moment = change.changed_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    is_large = LARGE in change.record and told is not Operation.DELETE
    data: dict[str, Any] = {
        "schema": _SCHEMA,
        "table": table.name,
        "commit_timestamp": moment,
        "type": told.value,
        "columns": [{"name": name, "type": table.types[name]} for name in names],
        "errors": ["Error 413: Payload Too Large"] if is_large else None,
    }
    if told is not Operation.DELETE:
        data["record"] = {name: change.record.get(name) for name in names}
    if told is not Operation.INSERT:
        data["old_record"] = {name: change.record[name] for name in table.keys}
    return data
