"""The Python functions and LangGraph graphs that an operator has installed as tools.

Their entry points are in the groups ``retinue.tools`` and ``retinue.graphs``.
"""

import inspect
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any, cast, get_type_hints

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.errors import PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError

from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.tools.functions import CallContext, effect_of
from retinue.tools.installed_graphs import is_graph, read_graph
from retinue.tools.kinds.docstrings import read_docstring
from retinue.tools.types import Effect, InstalledFunction

GROUP = "retinue.tools"
GRAPHS = "retinue.graphs"
_CHARACTERS = 300
_log = get_logger(__name__)
_PLAIN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@dataclass(frozen=True, slots=True)
class LoadedFunction:
    """An installed function with what is needed to call it. ``context`` names the parameter that takes a ``CallContext``."""

    shown: InstalledFunction
    function: Callable[..., Any]
    arguments: type[BaseModel]
    context: str | None


class _Catalogue:
    """The functions by name, or why one cannot be used. Packages are imported once, at the first look."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._found: dict[str, LoadedFunction | InstalledFunction] = {}

    def read(self) -> Mapping[str, LoadedFunction | InstalledFunction]:
        with self._lock:
            for entry in (*entry_points(group=GROUP), *entry_points(group=GRAPHS)):
                if entry.name not in self._found:
                    self._found[entry.name] = _loaded(entry)
            return dict(self._found)


_CATALOGUE = _Catalogue()


def list_installed() -> tuple[InstalledFunction, ...]:
    """Return the installed functions by name. One that is unusable has an ``error``. Imports packages at the first call."""
    read = _CATALOGUE.read()
    shown = (each.shown if isinstance(each, LoadedFunction) else each for each in read.values())
    return tuple(sorted(shown, key=lambda each: each.name))


def get_installed(name: str) -> LoadedFunction | InstalledFunction | None:
    """Return a function; only its description when it cannot be used, and None when there is none of this name."""
    return _CATALOGUE.read().get(name)


def _loaded(entry: EntryPoint) -> LoadedFunction | InstalledFunction:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    try:
        found = entry.load()
        is_one = entry.group == GRAPHS or is_graph(found)
        return _read_graph(entry.name, package, found) if is_one else _read(entry.name, package, found)
    except Exception as error:  # noqa: BLE001 - importing an operator's package may raise anything
        _log.exception("tools.function_unusable", function=entry.name, package=package)
        why = f"{type(error).__name__}: {error}"[:_CHARACTERS]
        return InstalledFunction(entry.name, "", {}, Effect.DANGEROUS, package, False, why, entry.group == GRAPHS)


def _read_graph(name: str, package: str, graph: object) -> LoadedFunction:
    function, arguments, schema = read_graph(name, graph)
    text = f"Runs the LangGraph graph {name} of {package or 'an installed package'}."
    shown = InstalledFunction(name, text, schema, effect_of(graph), package, True, None, True)
    return LoadedFunction(shown, function, arguments, "context")


def _read(name: str, package: str, function: Callable[..., Any]) -> LoadedFunction:
    if not callable(function):
        raise TypeError("it is not a function")
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    context: str | None = None
    text, described = read_docstring(inspect.getdoc(function))
    for parameter in inspect.signature(function).parameters.values():
        if hints.get(parameter.name) is CallContext:
            context = parameter.name
            continue
        if parameter.kind not in _PLAIN:
            raise TypeError(f"its parameter {parameter.name} cannot be given by name, or stands for several")
        default = ... if parameter.default is inspect.Parameter.empty else parameter.default
        fields[parameter.name] = (hints.get(parameter.name, Any), default)
    try:
        arguments = create_model(name, __config__=ConfigDict(extra="forbid", arbitrary_types_allowed=False), **fields)
        schema = cast("JsonObject", arguments.model_json_schema())
    except (PydanticInvalidForJsonSchema, PydanticSchemaGenerationError, PydanticUserError) as error:
        raise TypeError(f"a parameter's type has no JSON schema: {str(error).splitlines()[0]}") from None
    is_async = inspect.iscoroutinefunction(function)
    shown = InstalledFunction(name, text, _tidy(schema, described), effect_of(function), package, is_async, None, False)
    return LoadedFunction(shown, function, arguments, context)


def _tidy(schema: JsonObject, described: Mapping[str, str]) -> JsonObject:
    properties = cast("dict[str, JsonObject]", schema.get("properties", {}))
    shown = {
        name: {
            **{key: value for key, value in each.items() if key != "title"},
            **({"description": described[name]} if name in described and "description" not in each else {}),
        }
        for name, each in properties.items()
    }
    rest = {key: value for key, value in schema.items() if key not in {"title", "properties", "description"}}
    return cast("JsonObject", {**rest, "properties": shown, "additionalProperties": False})
