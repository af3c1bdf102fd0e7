"""The outermost layer of HTTP: names each request, times it, counts it, and sets the headers that every answer has.

Plain ASGI, because a layer that reads the body of a response would hold streams back.
"""

import time
from collections.abc import Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinue.core.db.pools import LANE
from retinue.core.ids import new_id
from retinue.core.telemetry.telemetry import Telemetry

Note = Callable[[Any, str, int, float], None]
"""Takes note of an answered request: the scope, the route's pattern, the status, and the seconds it took."""
_API = "/api/v1/"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def lane_of(path: str) -> str:
    """Return what kind of request a path is: the first part behind the API's version, as 'runs'."""
    return path.removeprefix(_API).partition("/")[0] if path.startswith(_API) else ""


class Observe:
    """ASGI middleware: ``request.state.request_id``, the header ``X-Request-Id``, request metrics, security headers."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, note: Note | None = None) -> None:
        """Wrap an application; ``note`` receives each request, never its query."""
        self._app = app
        self._telemetry = telemetry
        self._note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection; only HTTP is observed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        began = time.perf_counter()
        LANE.set(lane_of(str(scope["path"])))

        async def observed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                self._count(scope, int(message["status"]), time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, observed)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "other"))
        if route.startswith("/") and str(scope["path"]).startswith(_API) and not route.startswith(_API):
            route = f"{_API}{route[1:]}"  # a router knows its own part of the path alone
        self._telemetry.count_request(str(scope["method"]), route, status, seconds)
        if self._note is not None:
            self._note(scope, route, status, seconds)
