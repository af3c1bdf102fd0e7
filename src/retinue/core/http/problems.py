"""Problem documents (RFC 9457): every refusal names what is wrong, where, and what to do. The only map of kinds to codes."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from psycopg import DataError
from psycopg.errors import LockNotAvailable
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.errors import Error, FieldProblem, Kind
from retinue.core.http import security
from retinue.core.http.methods import methods_of
from retinue.core.http.openapi_names import rename_schemas
from retinue.core.json import dumps
from retinue.core.logging import get_logger
from retinue.core.validation import words_of

_log = get_logger(__name__)

STATUS: dict[Kind, int] = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.DENIED: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_LARGE: 413,
    Kind.TIMED_OUT: 408,
    Kind.LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}

_OUTAGE_SECONDS = 2
_OBJECT = "Send a JSON object, with Content-Type: application/json."
_SHAPES = "Correct it; its shape is in /api/v1/openapi.json."
_MOST_FIELDS = 50
_HTTP_REMEDIES = {
    400: "Send a well-formed body of the media type that Content-Type names.",
    404: "There is nothing at this address: GET /api/v1/openapi.json lists every path.",
    405: "Use one of the methods that Allow names.",
}


def _problem(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    remedy: str | None = None,
    fields: tuple[FieldProblem, ...] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    body: dict[str, Any] = {
        "type": f"urn:retinue:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": getattr(request.state, "request_id", None),
    }
    if remedy:
        body["remedy"] = remedy
    if fields:
        body["errors"] = [
            {"field": each.field, "message": each.message, "remedy": each.remedy or remedy or _SHAPES} for each in fields
        ]
    return Response(dumps(body), status, headers=headers, media_type="application/problem+json")


async def _domain(request: Request, error: Exception) -> Response:
    assert isinstance(error, Error)  # noqa: S101 - registered for this class alone
    return respond(request, error)


def respond(request: Request, error: Error) -> Response:
    """Make the problem document of a domain error."""
    headers: dict[str, str] = {}
    if error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if error.kind is Kind.UNAUTHENTICATED:
        headers["WWW-Authenticate"] = "Bearer"
    return _problem(
        request,
        status=STATUS[error.kind],
        code=error.code,
        detail=error.detail,
        remedy=error.remedy_text or next((each.remedy or _SHAPES for each in error.fields), None),
        fields=error.fields,
        headers=headers,
    )


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class alone
    fields = [_field_problem(item) for item in error.errors()[:_MOST_FIELDS]]
    first = fields[0] if fields else FieldProblem("body", "not valid", _SHAPES)
    return _problem(
        request,
        status=422,
        code="invalid",
        detail=f"{first.field}: {first.message}",
        remedy=first.remedy,
        fields=tuple(fields),
    )


def _field_problem(item: dict[str, Any]) -> FieldProblem:
    message, remedy = words_of(item)
    if item["type"] == "json_invalid":  # its location is the character at which reading ended
        return FieldProblem("body", message, remedy)
    is_document = tuple(item["loc"]) == ("body",) and message.startswith("must be an object")
    return FieldProblem(_place(_location(item)), message, _OBJECT if is_document else remedy or _SHAPES)


def _location(item: dict[str, Any]) -> Sequence[object]:
    """Return where an error is; of a union's tag that is missing or wrong, the tag itself."""
    tag = str(item.get("ctx", {}).get("discriminator", "")).strip("'")
    return (*item["loc"], tag) if tag.isidentifier() else item["loc"]


def _place(path: Sequence[object]) -> str:
    """Write a field's path without where it was sent and without the names of Python's types, which replace unions."""
    parts = [str(part) for part in path]
    return ".".join(part for part in parts[1:] if not part.endswith("]")) or parts[0]


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class alone
    if isinstance(error.__cause__, Error):  # what the gate of bodies refused while FastAPI read a form
        return respond(request, error.__cause__)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_")
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(methods_of(request.app).of(request.url.path))
    remedy, detail = _HTTP_REMEDIES.get(error.status_code), str(error.detail)
    fields = (FieldProblem("body", detail, remedy),) if error.status_code == HTTPStatus.BAD_REQUEST else ()
    return _problem(
        request, status=error.status_code, code=code, detail=detail, remedy=remedy, fields=fields, headers=headers
    )


async def _unstorable(request: Request, error: Exception) -> Response:
    _log.info("request.unstorable", path=request.url.path, reason=str(error).split("\n")[0])
    return _problem(
        request,
        status=422,
        code="invalid",
        detail="A value cannot be stored: a number out of its range, or a text with a character that is not allowed.",
        remedy="Send smaller numbers, and texts without control characters.",
    )


async def _outage(request: Request, error: Exception) -> Response:
    reason = str(error).strip().split("\n")[0]
    _log.warning("request.database_unreachable", path=request.url.path, method=request.method, error=reason)
    if isinstance(error, LockNotAvailable):
        return _not_begun(request, "database_locked", "Other work holds a lock on what this request needs, for too long.")
    if isinstance(error, PoolTimeout):
        return _not_begun(request, "database_busy", f"The database could not be asked: {reason}.")
    return _problem(
        request,
        status=503,
        code="database_unavailable",
        detail="The database did not answer, so it is not certain that anything was done.",
        remedy="Check whether it took effect, then try again. A request with an Idempotency-Key can be repeated unchanged.",
        headers={"Retry-After": str(_OUTAGE_SECONDS)},
    )


def _not_begun(request: Request, code: str, detail: str) -> Response:
    return _problem(
        request,
        status=503,
        code=code,
        detail=f"{detail} Nothing was done.",
        remedy="Try again after the seconds in Retry-After. If the error persists, the operator finds the cause in the log.",
        headers={"Retry-After": str(_OUTAGE_SECONDS)},
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    _log.error("request.failed", path=request.url.path, method=request.method, exc_info=error)
    return _problem(
        request,
        status=500,
        code="internal",
        detail="Something broke on our side; nothing was changed.",
        remedy="Try again. If the error persists, give the request id to the operator, who finds the cause in the log.",
    )


_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail", "request_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable name of the problem."},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do."},
        "request_id": {"type": ["string", "null"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message", "remedy"],
                "properties": {
                    "field": {"type": "string"},
                    "message": {"type": "string"},
                    "remedy": {"type": ["string", "null"]},
                },
            },
        },
    },
}
_DOCUMENTED = (400, 401, 403, 404, 409, 413, 422, 429, 503)


def _documented(app: FastAPI) -> dict[str, Any]:
    """Build the OpenAPI document once, with every refusal's shape and the credentials on every operation."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, routes=app.routes)
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = _SCHEMA
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for operations in document.get("paths", {}).values():
            for operation in operations.values():
                for status in _DOCUMENTED:
                    description = HTTPStatus(status).phrase
                    operation["responses"][str(status)] = {"description": description, "content": content}
        security.describe(app, document)
        app.openapi_schema = rename_schemas(document)
    return app.openapi_schema


def install(app: FastAPI) -> None:
    """Answer every refusal and every crash of the application with a problem document."""
    app.add_exception_handler(Error, _domain)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unstorable)
    for outage in CONNECTION_ERRORS:
        app.add_exception_handler(outage, _outage)
    app.add_exception_handler(Exception, _unexpected)
    app.openapi = lambda: _documented(app)
