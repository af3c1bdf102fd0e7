"""The operations of a document as tools of type ``api``: one tool an operation.

One operation that cannot be used does not stop the others: it is returned with its reason. Sources: the OpenAPI
Specification 3.1.1 and 3.0.4.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from retinue.core.json import Json, JsonObject, dumps
from retinue.core.validation import words_of
from retinue.engine.spec.tool import ApiConfiguration
from retinue.tools.openapi.bodies import add_body
from retinue.tools.openapi.call_parts import CallParts
from retinue.tools.openapi.document import References, object_of, text_of
from retinue.tools.openapi.parameters import add_parameters, list_parameters
from retinue.tools.openapi.problems import DocumentError, OperationError
from retinue.tools.openapi.schemas import Schemas, check_standalone
from retinue.tools.openapi.security import is_public, list_credentials
from retinue.tools.openapi.servers import base_of_document, base_of_operation, checked_base
from retinue.tools.openapi.swagger import convert, is_swagger

MAX_OPERATIONS: Final = 2000
_METHODS: Final = ("get", "head", "post", "put", "patch", "delete")
_OTHER_METHODS: Final = ("options", "trace")
_EFFECTS: Final = {"get": "read_only", "head": "read_only", "put": "idempotent", "delete": "idempotent"}
_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")
_DESCRIPTION_CHARACTERS: Final = 1000
_ID_CHARACTERS: Final = 500


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation and its tool. ``name`` is what the tool is called unless that is taken; ``digest`` identifies the tool.

    ``is_public``: the document says that it needs no credentials.
    """

    operation_id: str
    method: str
    path: str
    summary: str
    name: str
    tool: JsonObject
    digest: str
    is_public: bool
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """An operation that cannot become a tool, and why."""

    operation_id: str
    method: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a document offers. ``base_url`` is None when every operation names a server itself."""

    title: str
    base_url: str | None
    operations: tuple[Operation, ...]
    skipped: tuple[Skipped, ...]
    credentials: tuple[JsonObject, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an operation stands: its path and method, the fields of its path, and the server of the document."""

    path: str
    method: str
    shared: JsonObject
    base: str | None
    source_url: str | None


def read_openapi(document: JsonObject, *, source_url: str | None, base_url: str | None) -> ReadDocument:
    """Turn a document's operations into tools. ``base_url`` replaces the servers of the document.

    Raises ``DocumentError`` when none of its operations can be used, it has more than 2,000, ``base_url`` is no URL that
    tools can have, or none is given and the document names no server.
    """
    given = checked_base(base_url) if base_url else None
    if is_swagger(document):
        document = convert(document, source_url)
    references = References(document, source_url)
    base = given or base_of_document(document, source_url)
    reader = _Reader(references, base.rstrip("/") if base else None, source_url)
    reader.read(object_of(document.get("paths")))
    if not reader.operations:
        first = (
            f"; {reader.skipped[0].method} {reader.skipped[0].path}: {reader.skipped[0].reason}" if reader.skipped else ""
        )
        raise DocumentError(
            f"describes no operation that can be used{first}", "Give a document with at least one operation."
        )
    credentials, warnings = list_credentials(references)
    title = text_of(object_of(document.get("info")).get("title"), 300) or "API"
    return ReadDocument(title, base, tuple(reader.operations), tuple(reader.skipped), credentials, warnings)


class _Reader:
    """Reads the operations of one document, in its order."""

    def __init__(self, references: References, base: str | None, source_url: str | None) -> None:
        self._references = references
        self._schemas = Schemas(references)
        self._base, self._source_url = base, source_url
        self._ids: set[str] = set()
        self.operations: list[Operation] = []
        self.skipped: list[Skipped] = []

    def read(self, paths: JsonObject) -> None:
        for path, item in paths.items():
            if path.startswith("x-"):
                continue
            try:
                shared = object_of(self._references.follow(item))
            except OperationError as error:
                self.skipped.append(Skipped(f"*{path}"[:_ID_CHARACTERS], "*", path, f"{error}."))
                continue
            for method in (*_METHODS, *_OTHER_METHODS):
                if method in shared:
                    self._read_one(_Place(path, method, shared, self._base, self._source_url), shared[method])

    def _read_one(self, place: _Place, value: Json) -> None:
        fallback = f"{place.method}{place.path}"[:_ID_CHARACTERS]
        operation_id = fallback
        try:
            operation = object_of(self._references.follow(value))
            operation_id = text_of(operation.get("operationId"), _ID_CHARACTERS) or fallback
            warnings: list[str] = []
            if operation_id in self._ids:
                warnings.append(f"Another operation has the operationId {operation_id}; this one is called {fallback}.")
                operation_id = fallback
            found = _operation(self._references, self._schemas, place, operation, (operation_id, warnings))
        except OperationError as error:
            self.skipped.append(Skipped(operation_id, place.method.upper(), place.path, f"{error}."))
            return
        except (TypeError, ValueError, AttributeError, KeyError, RecursionError) as error:
            reason = f"it is malformed: {type(error).__name__}."  # in a way that nobody has foreseen
            self.skipped.append(Skipped(operation_id, place.method.upper(), place.path, reason))
            return
        self._ids.add(operation_id)
        self.operations.append(found)
        if len(self.operations) > MAX_OPERATIONS:
            raise DocumentError(f"has more than {MAX_OPERATIONS:,} operations", "Split it into several documents.")


def _operation(
    references: References, schemas: Schemas, place: _Place, operation: JsonObject, known: tuple[str, list[str]]
) -> Operation:
    operation_id, warnings = known
    method, path = place.method, place.path
    _check(operation, method, path)
    base = base_of_operation((operation, place.shared), place.base, place.source_url)
    parts = CallParts(path, warnings=warnings)
    add_parameters(schemas, parts, list_parameters(references, place.shared, operation))
    add_body(references, schemas, parts, operation, method)
    schema = parts.schema()
    check_standalone(schema)
    configuration: JsonObject = {"method": method.upper(), "url": base + parts.path}
    gathered = (("query", parts.query), ("headers", parts.headers), ("parameters", parts.parameters))
    configuration |= {key: value for key, value in gathered if value}
    configuration |= parts.body
    _check_configuration(configuration)
    summary = (
        text_of(operation.get("summary"), 300) or text_of(operation.get("description"), 300) or f"{method.upper()} {path}"
    )
    tool: JsonObject = {
        "description": _description(operation, summary),
        "configuration": configuration,
        "parameters_schema": schema,
        "effect": _EFFECTS.get(method, "dangerous"),
    }
    return Operation(
        operation_id=operation_id,
        method=method.upper(),
        path=path,
        summary=summary.split("\n")[0],
        name=_NOT_NAME.sub("_", operation_id).strip("_") or "operation",
        tool=tool,
        digest=hashlib.sha256(dumps(tool, sort_keys=True)).hexdigest()[:32],
        is_public=is_public(references.document, operation),
        warnings=tuple(warnings),
    )


def _check(operation: JsonObject, method: str, path: str) -> None:
    if method in _OTHER_METHODS:
        raise OperationError(f"the method {method.upper()} is not supported")
    if "x-problem" in operation:
        raise OperationError(text_of(operation["x-problem"], 500))
    if not path.startswith("/"):
        raise OperationError("its path does not begin with a slash")
    if "#" in path:
        raise OperationError("its path holds a #, and what follows a # is never sent to a server")


def _check_configuration(configuration: JsonObject) -> None:
    try:
        ApiConfiguration.model_validate(configuration)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise OperationError(f"its {field} is refused: {words_of(first).message}") from None


def _description(operation: JsonObject, summary: str) -> str:
    longer = text_of(operation.get("description"), _DESCRIPTION_CHARACTERS)
    joined = f"{summary}\n\n{longer}" if longer else summary
    text = longer if longer.startswith(summary) else joined
    return (f"Deprecated. {text}" if operation.get("deprecated") is True else text)[:_DESCRIPTION_CHARACTERS]
