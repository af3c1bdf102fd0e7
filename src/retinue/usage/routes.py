"""Usage over HTTP."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from retinue.core.context import Context
from retinue.core.http.context import open_context
from retinue.usage import service
from retinue.usage.schemas import RebuildUsage
from retinue.usage.types import UsageDimension, UsageFilter, UsageKind, UsageRebuild, UsageReport

router = APIRouter(tags=["usage"])

_DEFAULT_DAYS = 30
_CSV: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}, "description": "A line of names, then a line a group."}
}


class _Asked:
    """The query of a report."""

    def __init__(  # noqa: PLR0913 - each a parameter of the query
        self,
        *,
        group_by: Annotated[
            list[UsageDimension] | None, Query(max_length=2, description="One or two dimensions; by default the day.")
        ] = None,
        start: Annotated[AwareDatetime | None, Query(description="Start; by default 30 days before the end.")] = None,
        end: Annotated[AwareDatetime | None, Query(description="End, not part of it; by default now.")] = None,
        kind: Annotated[UsageKind | None, Query(description="Only requests, or only model calls.")] = None,
        agent_id: Annotated[UUID | None, Query(description="Only usage of this agent.")] = None,
        user_id: Annotated[UUID | None, Query(description="Only usage of this user.")] = None,
        api_key_id: Annotated[UUID | None, Query(description="Only usage with this API key.")] = None,
        model: Annotated[str | None, Query(max_length=200, description="Only calls of this model.")] = None,
        endpoint: Annotated[str | None, Query(max_length=300, description="Only requests of this route.")] = None,
    ) -> None:
        self._groups = tuple(dict.fromkeys(group_by or [UsageDimension.DAY]))
        self._start, self._end = start, end
        self._criteria = {
            "kind": kind,
            "agent_id": agent_id,
            "user_id": user_id,
            "api_key_id": api_key_id,
            "model": model,
            "endpoint": endpoint,
        }

    def to_filter(self, ctx: Context) -> UsageFilter:
        """Return the filter as a value; what is left out of the window is taken from now."""
        end = self._end or ctx.now
        start = self._start or end - timedelta(days=_DEFAULT_DAYS)
        return UsageFilter(start, end, self._groups, **self._criteria)  # pyright: ignore[reportArgumentType] - the names above


_Query = Annotated[_Asked, Depends()]


@router.get("/usage")
async def get_usage(request: Request, query: _Query) -> UsageReport:
    """Return the calls, tokens and costs of requests and model calls in groups: up to 1,000 rows."""
    async with open_context(request) as ctx:
        return await service.get_report(ctx, query.to_filter(ctx))


@router.get("/usage/export", response_class=Response, responses=_CSV)
async def export_usage(request: Request, query: _Query) -> Response:
    """Return usage in groups as CSV: up to 50,000 rows."""
    async with open_context(request) as ctx:
        text = await service.export_csv(ctx, query.to_filter(ctx))
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"', "Cache-Control": "no-store"}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/usage/rebuild", status_code=202)
async def rebuild_usage(request: Request, body: RebuildUsage) -> UsageRebuild:
    """Write the model calls and metrics of runs that were created in a window again, from the records of the runs."""
    async with open_context(request) as ctx:
        return await service.rebuild(ctx, body.start, body.end)
