"""How a channel's value stands in a stored checkpoint.

Plain JSON wherever it is plain, else what LangGraph's own serializer makes of it in strict mode, which revives known
types only:

    ["j", value]            plain JSON
    ["g", version, added]   a list that grew: the value of the same channel at ``version``, and what was added
    ["d", version, changed] a dictionary of which some keys changed: its value at ``version``, and these keys
    ["s", [[node, arg]…]]   LangGraph's ``Send`` with plain arguments
    ["i", [[value, id]…]]   LangGraph's ``Interrupt`` whose value holds integers of more than 64 bits
    ["o", node, arg]        one ``Send`` whose argument holds such integers
    ["m", type, base64]     anything else, by JsonPlusSerializer, which cannot write such integers
"""

import base64
from collections.abc import Mapping
from math import isfinite
from typing import Any, cast

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.types import Interrupt, Send

from retinue.core.json import INTEGER_DIGITS, Json

SERIALIZER = JsonPlusSerializer(allowed_msgpack_modules=None)
"""None is the strict mode, which LANGGRAPH_STRICT_MSGPACK would choose: only types known to be safe are revived."""
Version = int | float | str
"""A channel's version: LangGraph's ``ChannelVersions`` allows all three, ours are integers."""
_SCALARS = frozenset({str, bool, type(None)})
_LONG = 10**INTEGER_DIGITS


def encode(value: object) -> Json:
    """Write a value for storage."""
    if is_plain(value):
        return ["j", cast("Json", value)]
    if isinstance(value, list):
        items = cast("list[object]", value)
        if items and all(type(item) is Send and is_plain(item.arg) and not item.timeout for item in items):
            return ["s", [[item.node, item.arg] for item in cast("list[Send]", items)]]
    try:
        kind, data = SERIALIZER.dumps_typed(value)
    except TypeError:
        long = _with_long_integers(cast("object", value))
        if long is None:
            raise
        return long
    return ["m", kind, base64.b64encode(data).decode()]


def _with_long_integers(value: object) -> Json:
    if isinstance(value, Send) and is_plain(value.arg) and not value.timeout:
        return ["o", value.node, cast("Json", value.arg)]
    if isinstance(value, list | tuple):
        items = cast("list[object]", value)
        asked = [[item.value, item.id] for item in items if isinstance(item, Interrupt) and is_plain(item.value)]
        if len(asked) == len(items):
            return ["i", cast("Json", asked)]
    return None


def encode_grown(version: Version, added: list[Any]) -> Json:
    """Write a list that grew, as what was added to it since ``version``."""
    return _since("g", version, added)


def encode_merged(version: Version, changed: dict[str, Any]) -> Json:
    """Write a dictionary that lost no key, as the keys that are new or have another value since ``version``."""
    return _since("d", version, changed)


def _since(form: str, version: Version, news: list[Any] | dict[str, Any]) -> Json:
    if is_plain(news):
        return [form, version, cast("Json", news)]
    kind, data = SERIALIZER.dumps_typed(news)
    return [form, version, ["m", kind, base64.b64encode(data).decode()], True]


def decode(stored: Json) -> Any:  # noqa: ANN401 - a channel holds whatever a graph put into it
    """Read a value that does not depend on another. Raises ``ValueError`` for an unknown form."""
    form = cast("list[Any]", stored)
    match form[0]:
        case "j":
            return form[1]
        case "s":
            return [Send(node, arg) for node, arg in form[1]]
        case "i":
            return tuple(Interrupt(value=asked, id=interrupt_id) for asked, interrupt_id in form[1])
        case "o":
            return Send(form[1], form[2])
        case "m":
            return SERIALIZER.loads_typed((form[1], base64.b64decode(form[2])))
        case other:
            raise ValueError(f"unknown form {other!r} of a stored value")


def assemble(stored: Mapping[tuple[str, object], Json], channel: str, version: object) -> Any:  # noqa: ANN401 - as above
    """Read a channel's value at a version, following what grew to where it began."""
    news: list[Any] = []
    form = cast("list[Any]", stored[(channel, version)])
    while form[0] in ("g", "d"):
        news.append(decode(form[2]) if len(form) > 3 else form[2])  # noqa: PLR2004 - the mark of a serialized rest
        form = cast("list[Any]", stored[(channel, form[1])])
    value: Any = decode(form)
    if not news:
        return value
    whole: Any = value.copy()
    for each in reversed(news):
        if isinstance(each, dict):
            whole.update(each)
        else:
            whole.extend(each)
    return whole


def is_plain(value: object) -> bool:
    """Tell whether a value comes out of JSON as it went in: exact types, string keys, integers that JSON keeps exact."""
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is int:
        return -_LONG < cast("int", value) < _LONG
    if kind is float:
        return isfinite(cast("float", value))
    if kind is dict:
        return all(type(name) is str and is_plain(each) for name, each in cast("dict[object, object]", value).items())
    return kind is list and all(is_plain(each) for each in cast("list[object]", value))
