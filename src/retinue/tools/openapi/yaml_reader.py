"""Reading YAML 1.2 by its core schema, as OpenAPI demands, from the events of libyaml.

PyYAML's loader knows YAML 1.1 alone (``no`` is false, ``2020-01-02`` a date, ``0777`` octal), and its nodes take ten times
the memory of the events. Mapping keys stay as they are written. Tags other than those of the core schema are ignored, the
merge key ``<<`` is followed. What aliases repeat counts each time it is used, so a small text cannot become a huge value.
"""

import re
from collections.abc import Iterator
from typing import Final, cast

import yaml

from retinue.core.json import INTEGER_DIGITS, Json, JsonObject
from retinue.tools.openapi.problems import DocumentError

MAX_PARTS: Final = 3_000_000
MAX_DEPTH: Final = 200
_MERGE: Final = "<<"
_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER: Final = re.compile(
    r"(?P<int>[-+]?[0-9]+)|(?P<octal>0o[0-7]+)|(?P<hex>0x[0-9a-fA-F]+)"
    r"|(?P<float>[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)"
)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TEXT_TAG: Final = "tag:yaml.org,2002:str"


class _Sized:
    """A value that an anchor names, and how many parts it has."""

    __slots__ = ("parts", "value")

    def __init__(self, value: Json, parts: int) -> None:
        self.value, self.parts = value, parts


def read_yaml(text: str) -> Json:
    """Return the one document of a YAML text. Raises ``DocumentError`` that names the line."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder(iter(yaml.parse(text, Loader=loader))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        raise DocumentError(f"is neither JSON nor YAML: {error.problem or 'it is malformed'}{place}") from None
    except (yaml.YAMLError, UnicodeError):
        raise DocumentError("is neither JSON nor YAML: it holds characters that YAML does not allow") from None


class _Builder:
    """Builds a value from events. Collections under way stand on a list, so that depth costs no recursion."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, _Sized] = {}
        self._parts = 0

    def document(self) -> Json:
        """Return the value of the only document."""
        value: Json = None
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise DocumentError("holds more than one YAML document", "Remove all but one; they begin with ---.")
                value = self._value(next(self._events))
        return value

    def _value(self, first: yaml.Event) -> Json:
        if not isinstance(first, yaml.CollectionStartEvent):
            return self._leaf(first)
        root = _Open(first, self._parts)
        stack = [root]
        for event in self._events:
            top = stack[-1]
            if isinstance(event, yaml.CollectionStartEvent):
                if len(stack) >= MAX_DEPTH:
                    raise DocumentError(f"is nested more than {MAX_DEPTH} levels deep{_line(event)}", "Nest it less deeply.")
                stack.append(_Open(event, self._parts))
                self._count(1)
            elif isinstance(event, yaml.CollectionEndEvent):
                stack.pop()
                self._keep(top.anchor, top.value, self._parts - top.before)
                if not stack:
                    return top.value
                stack[-1].add(top.value, event)
            elif top.wants_key() and isinstance(event, yaml.ScalarEvent):
                self._keep(event.anchor, event.value, 1)
                top.take_key(event.value, event)
            else:
                top.add(self._leaf(event), event)
        return root.value

    def _leaf(self, event: yaml.Event) -> Json:
        if isinstance(event, yaml.AliasEvent):
            known = self._anchors.get(str(event.anchor))
            if known is None:
                raise DocumentError(f"uses the anchor *{event.anchor} before it is defined{_line(event)}")
            self._count(known.parts)
            return known.value
        scalar = cast("yaml.ScalarEvent", event)
        value = _scalar(scalar)
        self._count(1)
        self._keep(scalar.anchor, value, 1)
        return value

    def _keep(self, anchor: str | None, value: Json, parts: int) -> None:
        if anchor is not None:
            self._anchors[anchor] = _Sized(value, parts)

    def _count(self, parts: int) -> None:
        self._parts += parts
        if self._parts > MAX_PARTS:
            raise DocumentError(
                f"has more than {MAX_PARTS:,} parts, counting what aliases repeat",
                "Remove the aliases, or split the document.",
            )


class _Open:
    """A mapping or sequence under way."""

    __slots__ = ("_key", "_merged", "anchor", "before", "value")

    def __init__(self, event: yaml.CollectionStartEvent, before: int) -> None:
        self.value: JsonObject | list[Json] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.anchor: str | None = event.anchor
        self.before = before
        self._key: str | None = None
        self._merged: list[JsonObject] = []

    def wants_key(self) -> bool:
        """Tell whether the next value is the key of a mapping."""
        return self._key is None and isinstance(self.value, dict)

    def take_key(self, key: str, event: yaml.Event) -> None:
        """Take a key. Raises ``DocumentError`` for one that is there already."""
        if key in cast("JsonObject", self.value) and key != _MERGE:
            raise DocumentError(f"has the key {key[:100]!r} twice{_line(event)}", "Remove one of them.")
        self._key = key

    def add(self, value: Json, event: yaml.Event) -> None:
        """Add an item, or the value of the key. Raises ``DocumentError`` for a key that is no scalar."""
        if isinstance(self.value, list):
            self.value.append(value)
            return
        if self._key is None:
            if not isinstance(value, str):
                raise DocumentError(f"has a key that is not a string{_line(event)}", "Write every key as plain text.")
            self.take_key(value, event)
            return
        key, self._key = self._key, None
        if key == _MERGE:
            for each in value if isinstance(value, list) else [value]:
                for name, merged in each.items() if isinstance(each, dict) else ():
                    self.value.setdefault(name, merged)
        else:
            self.value[key] = value


def _scalar(event: yaml.ScalarEvent) -> Json:
    text = event.value
    if not event.implicit[0] or event.tag == _TEXT_TAG:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if not text[0].isdigit() and text[0] not in "-+.":
        return text
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None if _NOT_FINITE.fullmatch(text) else text
    return _number(text, str(found.lastgroup), event)


def _number(text: str, form: str, event: yaml.Event) -> Json:
    if len(text) > INTEGER_DIGITS:
        message = f"has a number of more than {INTEGER_DIGITS:,} digits{_line(event)}"
        raise DocumentError(message, "Write a shorter number, or a string in quotes.")
    if form == "float":
        number = float(text)
        return number if abs(number) != float("inf") else None
    return int(text, {"int": 10, "octal": 8, "hex": 16}[form])


def _line(event: yaml.Event) -> str:
    mark = event.start_mark
    return f" at line {mark.line + 1}" if mark is not None else ""
