"""Which methods a path has. A literal path such as /invitations/preview is never an id of /invitations/{invitation_id}."""

import re
from collections.abc import Iterator

from fastapi import FastAPI, Request
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_PARAMETER = re.compile(r"{[^}]+}")


class Methods:
    """The methods of an application's paths, by path template."""

    def __init__(self, app: FastAPI) -> None:
        """Read the routes, each with the prefix it is included under."""
        methods: dict[str, set[str]] = {}
        for route in iter_route_contexts(app.routes):
            if route.path_format is not None and route.methods:
                methods.setdefault(_PARAMETER.sub("{}", route.path_format), set()).update(route.methods)
        self._all = [(_pattern(template), its) for template, its in methods.items()]
        self._narrower = [
            (_pattern(template), methods[template])
            for template in methods
            if any(_is_narrower(template, other) for other in methods)
        ]

    def of(self, path: str) -> list[str]:
        """Return the methods of a path, in alphabetical order."""
        found = self._of_narrower(path)
        if found is None:
            found = {method for pattern, its in self._all if pattern.fullmatch(path) for method in its}
        return [method for method in _METHODS if method in found]

    def allow(self, path: str, method: str) -> bool:
        """Return whether a path has a method that a less specific template offered for it."""
        found = self._of_narrower(path)
        return found is None or method in found

    def _of_narrower(self, path: str) -> set[str] | None:
        return next((its for pattern, its in self._narrower if pattern.fullmatch(path)), None)


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in template.split("{}")))


def _is_narrower(template: str, other: str) -> bool:
    pairs = list(_pairs(template, other))
    return bool(pairs) and template != other and all(theirs in (mine, "{}") for mine, theirs in pairs)


def _pairs(one: str, other: str) -> Iterator[tuple[str, str]]:
    mine, theirs = one.split("/"), other.split("/")
    return zip(mine, theirs, strict=True) if len(mine) == len(theirs) else iter(())


def methods_of(app: FastAPI) -> Methods:
    """Return the application's methods; its routes are read at the first request, when all are included."""
    found: Methods | None = getattr(app.state, "methods", None)
    if found is None:
        found = app.state.methods = Methods(app)
    return found


def check_method(request: Request) -> None:
    """Refuse a method that the path itself does not have. Raises ``HTTPException`` 405."""
    if not methods_of(request.app).allow(request.url.path, request.method):
        raise HTTPException(405)
