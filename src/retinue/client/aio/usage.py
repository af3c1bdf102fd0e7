"""Operations of usage, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

import builtins
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.resource import AsyncResource
from retinue.client.types.usage import RebuildUsage, UsageDimension, UsageKind, UsageRebuild, UsageReport


class AsyncUsageApi(AsyncResource):
    """Operations of usage."""

    async def get(
        self,
        *,
        group_by: builtins.list[UsageDimension] | None = None,
        start: str | datetime | None = None,
        end: str | datetime | None = None,
        kind: UsageKind | None = None,
        agent_id: str | UUID | None = None,
        user_id: str | UUID | None = None,
        api_key_id: str | UUID | None = None,
        model: str | None = None,
        endpoint: str | None = None,
    ) -> UsageReport:
        """Return the calls, tokens and costs of requests and model calls in groups: up to 1,000 rows."""
        return await self._connection.json(
            "GET",
            "/usage",
            query={
                "group_by": group_by,
                "start": start,
                "end": end,
                "kind": kind,
                "agent_id": agent_id,
                "user_id": user_id,
                "api_key_id": api_key_id,
                "model": model,
                "endpoint": endpoint,
            },
        )

    async def export(
        self,
        *,
        group_by: builtins.list[UsageDimension] | None = None,
        start: str | datetime | None = None,
        end: str | datetime | None = None,
        kind: UsageKind | None = None,
        agent_id: str | UUID | None = None,
        user_id: str | UUID | None = None,
        api_key_id: str | UUID | None = None,
        model: str | None = None,
        endpoint: str | None = None,
    ) -> str:
        """Return usage in groups as CSV: up to 50,000 rows."""
        return await self._connection.text(
            "GET",
            "/usage/export",
            query={
                "group_by": group_by,
                "start": start,
                "end": end,
                "kind": kind,
                "agent_id": agent_id,
                "user_id": user_id,
                "api_key_id": api_key_id,
                "model": model,
                "endpoint": endpoint,
            },
        )

    async def rebuild(self, **body: Unpack[RebuildUsage]) -> UsageRebuild:
        """Write the model calls and metrics of runs that were created in a window again, from the records of the …"""
        return await self._connection.json("POST", "/usage/rebuild", body=body)
