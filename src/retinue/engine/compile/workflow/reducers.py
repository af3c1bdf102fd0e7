"""How two values of a state key become one. Each reducer is associative."""

from collections.abc import Callable
from typing import Any, Final, cast

from retinue.core.json import Json, dumps
from retinue.engine.spec.workflow.document import Reducer

UNSET: Final[Any] = None


def _append(left: Json, right: Json) -> Json:
    added = right if isinstance(right, list) else [right]
    return [*(left if isinstance(left, list) else [] if left is UNSET else [left]), *added]


def _merge(left: Json, right: Json) -> Json:
    return {**left, **right} if isinstance(left, dict) and isinstance(right, dict) else right


def _union(left: Json, right: Json) -> Json:
    found: dict[bytes, Json] = {}
    for each in (*_items(left), *_items(right)):
        found.setdefault(dumps(each, sort_keys=True), each)
    return list(found.values())


def _items(value: Json) -> list[Json]:
    if value is UNSET:
        return []
    return value if isinstance(value, list) else [value]


def _number(combine: Callable[[Any, Any], Any]) -> Callable[[Json, Json], Json]:
    def reduce(left: Json, right: Json) -> Json:
        return right if left is UNSET else cast("Json", combine(left, right))

    return reduce


def _replace(_left: Json, right: Json) -> Json:
    return right


REDUCERS: Final[dict[Reducer, Callable[[Json, Json], Json]]] = {
    "replace": _replace,
    "append": _append,
    "messages": _append,
    "merge": _merge,
    "union": _union,
    "add": _number(lambda left, right: left + right),
    "min": _number(min),
    "max": _number(max),
}
