"""Reading YAML 1.2 (core schema) as JSON, with the place of each value.

PyYAML reads the events; its own rules for plain scalars are those of YAML 1.1, where ``no`` is false and ``1:30`` is 90, so
scalars are resolved here. Values are built without recursion. Aliases, tags and keys that are no scalars are refused.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from retinue.core.json import INTEGER_DIGITS, Json
from retinue.manifests.types import Document, FileProblem, ManifestFile, Path, Position

MAX_DEPTH = 60
MAX_VALUES = 100_000
"""Values that one file may hold."""

_NULL = re.compile(r"(?:null|Null|NULL|~|)")
_TRUE = re.compile(r"true|True|TRUE")
_FALSE = re.compile(r"false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_TEXT_TAG = "tag:yaml.org,2002:str"
_NO_KEY: Final = object()
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # builds nothing here: only its events are read


class _ReadError(Exception):
    def __init__(self, mark: Any, message: str, remedy: str | None, path: Path = ()) -> None:  # noqa: ANN401 - PyYAML's
        super().__init__(message)
        self.position: Position = mark if isinstance(mark, Position) else Position(mark.line + 1, mark.column + 1)
        self.message, self.remedy, self.path = message, remedy, path


@dataclass(slots=True)
class _Container:
    """A list or mapping whose end has not been read."""

    value: Any
    path: Path
    is_list: bool
    key: Any = _NO_KEY


@dataclass(slots=True)
class _Builder:
    positions: dict[Path, Position] = field(default_factory=dict[Path, Position])
    open: list[_Container] = field(default_factory=list[_Container])
    root: Json = None
    count: int = 0

    def take(self, event: Any) -> None:  # noqa: ANN401 - PyYAML's
        if isinstance(event, yaml.AliasEvent):
            raise _ReadError(event.start_mark, "aliases (*name) are not supported", "Write the value again.")
        if isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            self.open.pop()
            return
        parent = self.open[-1] if self.open else None
        if parent is not None and not parent.is_list and parent.key is _NO_KEY:
            parent.key = self._key(event, parent)
            return
        path = self._path(parent)
        self._check_tag(event, path)
        self.count += 1
        if self.count > MAX_VALUES or len(self.open) >= MAX_DEPTH:
            limits = f"a file holds at most {MAX_VALUES} values, nested at most {MAX_DEPTH} levels deep"
            raise _ReadError(event.start_mark, limits, "Divide it into several files.", path)
        self.positions.setdefault(path, _position(event))
        if isinstance(event, yaml.ScalarEvent):
            self._put(parent, _scalar(event, path))
            return
        is_list = isinstance(event, yaml.SequenceStartEvent)
        value: Any = [] if is_list else {}
        self._put(parent, value)
        self.open.append(_Container(value, path, is_list))

    def _key(self, event: Any, parent: _Container) -> str:  # noqa: ANN401 - PyYAML's
        if not isinstance(event, yaml.ScalarEvent):
            raise _ReadError(event.start_mark, "a key must be a plain text", "Quote it.", parent.path)
        key = str(event.value)
        self._check_tag(event, (*parent.path, key))
        if key in parent.value:
            raise _ReadError(event.start_mark, "is given twice", "Remove one of the two.", (*parent.path, key))
        self.positions[*parent.path, key] = _position(event)
        return key

    @staticmethod
    def _path(parent: _Container | None) -> Path:
        if parent is None:
            return ()
        return (*parent.path, len(parent.value) if parent.is_list else parent.key)

    @staticmethod
    def _check_tag(event: Any, path: Path) -> None:  # noqa: ANN401 - PyYAML's
        if event.tag not in (None, "!", _TEXT_TAG):
            raise _ReadError(event.start_mark, f"tags ({event.tag}) are not supported", "Remove the tag.", path)

    def _put(self, parent: _Container | None, value: Any) -> None:  # noqa: ANN401 - JSON
        if parent is None:
            self.root = value
        elif parent.is_list:
            parent.value.append(value)
        else:
            parent.value[parent.key] = value
            parent.key = _NO_KEY


def _position(event: Any) -> Position:  # noqa: ANN401 - PyYAML's
    return Position(event.start_mark.line + 1, event.start_mark.column + 1)


def _scalar(event: Any, path: Path) -> Json:  # noqa: ANN401 - PyYAML's
    text = str(event.value)
    if "\0" in text:
        raise _ReadError(event.start_mark, "holds a NUL character", "Remove it.", path)
    if event.tag is not None or not event.implicit[0]:
        return text
    if _NO_NUMBER.fullmatch(text):
        raise _ReadError(event.start_mark, f"{text} is not a number that JSON has", "Quote it, or write a number.", path)
    if len(text) > INTEGER_DIGITS and (_INTEGER.fullmatch(text) or _OTHER_BASE.fullmatch(text)):
        message = f"a number has at most {INTEGER_DIGITS} digits"
        raise _ReadError(event.start_mark, message, "Write it as a quoted text.", path)
    return resolve(text)


def resolve(text: str) -> Json:  # noqa: PLR0911 - one line for each type of the core schema
    """Return what a plain scalar means by the core schema of YAML 1.2.2 (section 10.3.2)."""
    if _NULL.fullmatch(text):
        return None
    if _TRUE.fullmatch(text):
        return True
    if _FALSE.fullmatch(text):
        return False
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OTHER_BASE.fullmatch(text):
        return int(text, base=0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def read_file(file: ManifestFile) -> tuple[list[Document], list[FileProblem]]:
    """Return the documents of a file, without those that hold nothing, and what is wrong with its YAML.

    A file is read up to its first error. Every document must be a mapping.
    """
    documents: list[Document] = []
    builder = _Builder()
    try:
        for event in yaml.parse(file.text, Loader=_LOADER):
            if isinstance(event, yaml.DocumentStartEvent):
                builder = _Builder(count=builder.count)
            elif isinstance(event, yaml.DocumentEndEvent):
                documents += _finished(file, builder)
            elif isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
                builder.take(event)
    except _ReadError as error:
        name = ".".join(map(str, error.path))
        return documents, [
            FileProblem(file.path, error.position.line, error.position.column, name, error.message, error.remedy)
        ]
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        message = "; ".join(each for each in (error.context, error.problem) if each)
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return documents, [FileProblem(file.path, line, column, "", f"is not YAML: {message}", "Correct the syntax here.")]
    except yaml.YAMLError as error:  # a character that YAML does not allow
        return documents, [
            FileProblem(file.path, 1, 1, "", f"is not YAML: {str(error).splitlines()[0]}", "Write it in UTF-8.")
        ]
    return documents, []


def _finished(file: ManifestFile, builder: _Builder) -> list[Document]:
    if builder.root is None:
        return []
    if not isinstance(builder.root, dict):
        raise _ReadError(builder.positions[()], "a document must be a mapping", "Begin it with kind: and name:.")
    return [Document(file.path, builder.root, builder.positions)]
