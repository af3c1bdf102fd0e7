"""The security schemes of the OpenAPI document: what each operation demands, out of the same mark that the gate reads."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from retinue.core.http.csrf import CSRF_HEADER, SAFE_METHODS, SESSION_COOKIE
from retinue.core.http.gate import is_open

_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, which acts in its own organization."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "The cookie that POST /api/v1/auth/sign-in sets.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "With a session, on every method that changes something: csrf_token of GET /api/v1/auth/session.",
    },
}


def describe(app: FastAPI, document: dict[str, Any]) -> None:
    """Add the schemes, and to each operation the credentials it takes; an open operation has an empty list."""
    document.setdefault("components", {})["securitySchemes"] = _SCHEMES
    for route in iter_route_contexts(app.routes):
        for method in route.methods or ():
            operation = document.get("paths", {}).get(route.path_format, {}).get(method.lower())
            if operation is not None:
                operation["security"] = _security(method, is_open=is_open(route.endpoint))


def _security(method: str, *, is_open: bool) -> list[dict[str, list[str]]]:
    if is_open:
        return []
    session: dict[str, list[str]] = {"session": []} if method in SAFE_METHODS else {"session": [], "csrf": []}
    return [{"bearer": []}, session]
