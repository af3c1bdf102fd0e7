"""What is asked of teams that needs their members' plans."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from retinue.core.http.context import actor_of, database_of
from retinue.runs.preview import RoutePreview, preview_route

router = APIRouter(tags=["teams"])

_PROMPT_CHARACTERS = 4_000
"""Servers and proxies refuse addresses of more than 64 KiB; percent-encoded, a character takes up to twelve bytes."""


@router.get("/teams/{team_id}/route-preview")
async def get_route_preview(
    request: Request,
    team_id: UUID,
    prompt: Annotated[
        str, Query(min_length=1, max_length=_PROMPT_CHARACTERS, description="What a person might ask the team.")
    ],
) -> RoutePreview:
    """Tell which member of a routing team would take a sentence. The leader's model is called; no member works."""
    return await preview_route(database_of(request), await actor_of(request), team_id, prompt)
