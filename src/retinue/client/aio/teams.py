"""Operations of teams, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal, Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.teams import (
    CreateTeam,
    RoutePreview,
    Team,
    TeamPage,
    TeamVersion,
    TeamVersionDiff,
    TeamVersionPage,
    UpdateTeam,
)


class AsyncTeamsApi(AsyncResource):
    """Operations of teams."""

    async def list(
        self,
        *,
        q: str | None = None,
        type: Literal["route", "coordinate", "collaborate", "tasks", "broadcast"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TeamPage:
        """List the organization's teams, newest first."""
        return await self._connection.json("GET", "/teams", query={"q": q, "type": type, "limit": limit, "cursor": cursor})

    def iterate(
        self,
        *,
        q: str | None = None,
        type: Literal["route", "coordinate", "collaborate", "tasks", "broadcast"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Team]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/teams", query={"q": q, "type": type, "limit": limit})

    async def create(self, **body: Unpack[CreateTeam]) -> Team:
        """Create a team of agents and teams."""
        return await self._connection.json("POST", "/teams", body=body)

    async def get(self, team_id: str, /) -> Team:
        """Show one team."""
        return await self._connection.json("GET", path("teams", team_id))

    async def update(self, team_id: str, /, **body: Unpack[UpdateTeam]) -> Team:
        """Change a team; each change is kept as a version."""
        return await self._connection.json("PATCH", path("teams", team_id), body=body)

    async def delete(self, team_id: str, /) -> None:
        """Delete a team that has no unfinished runs and is in no other team; what its runs recorded stays."""
        await self._connection.nothing("DELETE", path("teams", team_id))

    async def duplicate(self, team_id: str, /) -> Team:
        """Make a copy of a team, with the same members."""
        return await self._connection.json("POST", path("teams", team_id, "duplicate"))

    async def get_route_preview(self, team_id: str, /, *, prompt: str) -> RoutePreview:
        """Tell which member of a routing team would take a sentence."""
        return await self._connection.json("GET", path("teams", team_id, "route-preview"), query={"prompt": prompt})

    async def list_versions(
        self, team_id: str, /, *, limit: int | None = None, cursor: str | None = None
    ) -> TeamVersionPage:
        """List a team's versions, the newest first: what it was, who made it, when and why."""
        return await self._connection.json(
            "GET", path("teams", team_id, "versions"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_versions(self, team_id: str, /, *, limit: int | None = None) -> AsyncIterator[TeamVersion]:
        """Iterate over what ``list_versions`` lists, page after page."""
        return self._connection.items(path("teams", team_id, "versions"), query={"limit": limit})

    async def get_version(self, team_id: str, version: int, /) -> TeamVersion:
        """Show one version of a team."""
        return await self._connection.json("GET", path("teams", team_id, "versions", version))

    async def compare_versions(self, team_id: str, version: int, /, *, against: int | None = None) -> TeamVersionDiff:
        """Compare two versions of a team: words of the instructions, members, model, limits, other fields."""
        return await self._connection.json(
            "GET", path("teams", team_id, "versions", version, "diff"), query={"against": against}
        )

    async def restore_version(self, team_id: str, version: int, /) -> Team:
        """Make an earlier version the present one; this is a new version too."""
        return await self._connection.json("POST", path("teams", team_id, "versions", version, "restore"))
