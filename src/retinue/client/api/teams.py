"""Operations of teams. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Unpack

from retinue.client.resource import Resource, path
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


class TeamsApi(Resource):
    """Operations of teams."""

    def list(
        self,
        *,
        q: str | None = None,
        type: Literal["route", "coordinate", "collaborate", "tasks", "broadcast"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TeamPage:
        """List the organization's teams, newest first."""
        return self._connection.json("GET", "/teams", query={"q": q, "type": type, "limit": limit, "cursor": cursor})

    def iterate(
        self,
        *,
        q: str | None = None,
        type: Literal["route", "coordinate", "collaborate", "tasks", "broadcast"] | None = None,
        limit: int | None = None,
    ) -> Iterator[Team]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/teams", query={"q": q, "type": type, "limit": limit})

    def create(self, **body: Unpack[CreateTeam]) -> Team:
        """Create a team of agents and teams."""
        return self._connection.json("POST", "/teams", body=body)

    def get(self, team_id: str, /) -> Team:
        """Show one team."""
        return self._connection.json("GET", path("teams", team_id))

    def update(self, team_id: str, /, **body: Unpack[UpdateTeam]) -> Team:
        """Change a team; each change is kept as a version."""
        return self._connection.json("PATCH", path("teams", team_id), body=body)

    def delete(self, team_id: str, /) -> None:
        """Delete a team that has no unfinished runs and is in no other team; what its runs recorded stays."""
        self._connection.nothing("DELETE", path("teams", team_id))

    def duplicate(self, team_id: str, /) -> Team:
        """Make a copy of a team, with the same members."""
        return self._connection.json("POST", path("teams", team_id, "duplicate"))

    def get_route_preview(self, team_id: str, /, *, prompt: str) -> RoutePreview:
        """Tell which member of a routing team would take a sentence."""
        return self._connection.json("GET", path("teams", team_id, "route-preview"), query={"prompt": prompt})

    def list_versions(self, team_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> TeamVersionPage:
        """List a team's versions, the newest first: what it was, who made it, when and why."""
        return self._connection.json("GET", path("teams", team_id, "versions"), query={"limit": limit, "cursor": cursor})

    def iterate_versions(self, team_id: str, /, *, limit: int | None = None) -> Iterator[TeamVersion]:
        """Iterate over what ``list_versions`` lists, page after page."""
        return self._connection.items(path("teams", team_id, "versions"), query={"limit": limit})

    def get_version(self, team_id: str, version: int, /) -> TeamVersion:
        """Show one version of a team."""
        return self._connection.json("GET", path("teams", team_id, "versions", version))

    def compare_versions(self, team_id: str, version: int, /, *, against: int | None = None) -> TeamVersionDiff:
        """Compare two versions of a team: words of the instructions, members, model, limits, other fields."""
        return self._connection.json("GET", path("teams", team_id, "versions", version, "diff"), query={"against": against})

    def restore_version(self, team_id: str, version: int, /) -> Team:
        """Make an earlier version the present one; this is a new version too."""
        return self._connection.json("POST", path("teams", team_id, "versions", version, "restore"))
