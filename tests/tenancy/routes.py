"""The routes of the application, out of its own OpenAPI document, and the sending of a request to one of them."""

import asyncio
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet

from retinue.api import create_app
from retinue.process import Process
from tests.client import API, Client, Response
from tests.tenancy.objects import BODIES, FIXED_QUERIES, QUERIES
from tests.tenancy.world import Foreign, World

SAFE = {"GET", "HEAD"}
_STREAM_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; ``key`` is how the lists of this folder name it."""

    method: str
    path: str
    parameters: tuple[str, ...]
    queries: tuple[str, ...]
    has_json: bool

    @property
    def key(self) -> str:
        """The method and the path below the API's prefix."""
        return f"{self.method} {self.path.removeprefix(API)}"


def _application() -> Any:
    environ = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "RETINUE_SECRET_KEY": Fernet.generate_key().decode()}
    return create_app(Process(environ))


def _resolved(parameter: dict[str, Any]) -> tuple[str, str]:
    return parameter["in"], parameter["name"]


def all_routes() -> list[Route]:
    """Return every route that the application documents."""
    routes: list[Route] = []
    for path, operations in _application().openapi()["paths"].items():
        for method, operation in operations.items():
            found = [_resolved(parameter) for parameter in operation.get("parameters", [])]
            routes.append(
                Route(
                    method=method.upper(),
                    path=path,
                    parameters=tuple(re.findall(r"{(\w+)}", path)),
                    queries=tuple(name for place, name in found if place == "query"),
                    has_json="application/json" in operation.get("requestBody", {}).get("content", {}),
                )
            )
    return routes


def undocumented_paths() -> set[str]:
    """Return the paths that the application serves and leaves out of its document, mounted applications included."""
    return set(_undocumented(_application().routes))


def _undocumented(routes: Iterable[Any]) -> Iterator[str]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _undocumented(inner.routes)
        elif not getattr(route, "include_in_schema", False):
            yield route.path


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that was made with things of Acme, and its answer."""

    response: Response
    is_foreign: bool
    given: str
    """The request as text: what it named may come back in a refusal."""


async def send(world: World, route: Route, client: Client, headers: dict[str, str] | None = None) -> Sent:
    """Send a valid request about things of Acme: its ids in the path and the query, a body that is not refused as such."""
    path = route.path
    for parameter in route.parameters:
        path = path.replace(f"{{{parameter}}}", await world.id_of(parameter))
    params = {name: FIXED_QUERIES[name] for name in route.queries if name in FIXED_QUERIES}
    params |= {name: await world.id_of(QUERIES[name]) for name in route.queries if name in QUERIES}
    options: dict[str, Any] = {"params": params}
    is_foreign = bool(route.parameters)
    if route.has_json:
        assert route.key in BODIES, f"{route.key} has no body: register one in tests/tenancy/objects.py"
        body = await BODIES[route.key](world)
        is_foreign = is_foreign or isinstance(body, Foreign)
        options["json"] = body.json if isinstance(body, Foreign) else body
    elif route.key in BODIES:
        options["data"] = await BODIES[route.key](world)
    response = await _whole_or_begun(client, route.method, path, {**options, "headers": headers, "allow_redirects": False})
    return Sent(response, is_foreign, f"{path} {params} {options.get('json')}")


async def _whole_or_begun(client: Client, method: str, path: str, options: dict[str, Any]) -> Response:
    """Read an answer to its end; of a stream of events, which has none, what comes within half a second."""
    async with client.stream(method, path, **options) as response:
        if "event-stream" not in response.headers.get("Content-Type", ""):
            text = await response.text(errors="replace")
            return Response(response.status, None, response.headers, text)
        begun = b""
        try:
            async with asyncio.timeout(_STREAM_SECONDS):
                async for chunk in response.content.iter_any():
                    begun += chunk
        except TimeoutError:
            pass
        return Response(response.status, None, response.headers, begun.decode(errors="replace"))
