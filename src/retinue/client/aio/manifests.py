"""Operations of manifests, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, Unpack

from retinue.client.resource import AsyncResource
from retinue.client.types.manifests import ApplyFiles, ApplyPlan, ExportedFiles


class AsyncManifestsApi(AsyncResource):
    """Operations of manifests."""

    async def apply_files(self, **body: Unpack[ApplyFiles]) -> ApplyPlan:
        """Make resources what YAML files say: all of them or none. A dry run returns the plan."""
        return await self._connection.json("POST", "/apply", body=body)

    async def export_files(
        self,
        *,
        kind: Literal["agent", "tool", "template", "team", "workflow", "schedule", "budget", "n8n_connection"] | None = None,
        name: str | None = None,
    ) -> ExportedFiles:
        """Return resources as YAML files, without secrets."""
        return await self._connection.json("GET", "/export", query={"kind": kind, "name": name})
