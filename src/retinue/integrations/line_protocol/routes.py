"""The paths at which InfluxDB's clients and Telegraf write: ``/api/v2/write``, ``/write``, ``/ping`` and ``/health``."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue import __version__
from retinue.core.errors import Error
from retinue.core.http.context import actor_of, open_context
from retinue.core.json import JsonObject, dumps
from retinue.core.readiness import Readiness
from retinue.integrations.line_protocol import answers, reading, service
from retinue.integrations.line_protocol.answers import Answer

router = APIRouter(include_in_schema=False)

_QUERY_V2 = frozenset({"org", "orgID", "bucket", "precision"})
_QUERY_V1 = frozenset({"db", "rp", "consistency", "precision", "u", "p"})
_PRECISIONS_V2 = ("ns", "us", "ms", "s")
_PRECISIONS_V1 = ("n", "ns", "u", "us", "ms", "s", "m", "h")
_VERSION = {"X-Influxdb-Version": f"retinue-{__version__}", "X-Influxdb-Build": "Retinue"}


@router.post("/api/v2/write")
async def write_v2(request: Request) -> Response:
    """Write lines as a client of InfluxDB 2 sends them. ``org`` and ``bucket`` have no effect."""
    try:
        sender = reading.with_bearer(request, allows_query=False)
        return await _write(sender, answers.answer_v2, lambda: reading.check_query(sender, _QUERY_V2, _PRECISIONS_V2, "ns"))
    except Error as error:
        return answers.refuse_v2(error)


@router.post("/write")
async def write_v1(request: Request) -> Response:
    """Write lines as a client of InfluxDB 1 sends them. ``db``, ``rp`` and ``consistency`` have no effect."""
    try:
        sender = reading.with_bearer(request, allows_query=True)
        return await _write(sender, answers.answer_v1, lambda: reading.check_query(sender, _QUERY_V1, _PRECISIONS_V1, "n"))
    except Error as error:
        return answers.refuse_v1(error)


async def _write(request: Request, answer: Answer, check: Callable[[], str]) -> Response:
    await actor_of(request)  # before the body is read
    refusal: Error | None = getattr(request.state, "refusal", None)
    if refusal is not None:
        raise refusal
    precision = check()
    batch = await service.read(await reading.read_body(request), precision)
    async with open_context(request) as ctx:
        written = await service.write(ctx, batch)
    return answer(written)


@router.api_route("/ping", methods=["GET", "HEAD"])
async def ping() -> Response:
    """Answer 204 with a version, as clients ask before they write."""
    return Response(status_code=204, headers=_VERSION)


@router.get("/health")
async def health(request: Request) -> Response:
    """Answer as InfluxDB does: "pass", or 503 and "fail" while requests cannot be served."""
    readiness: Readiness = request.app.state.readiness
    status, _ = await readiness.ask()
    is_well = status == 200  # noqa: PLR2004 - a status of HTTP
    body: JsonObject = {
        "name": "influxdb",
        "message": "ready for writes" if is_well else "unavailable; /readyz has the reasons",
        "status": "pass" if is_well else "fail",
        "checks": [],
        "version": f"retinue-{__version__}",
        "commit": "",
    }
    return Response(dumps(body), status, headers=_VERSION, media_type="application/json")
