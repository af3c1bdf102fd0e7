"""Operations of deployments, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.resource import AsyncResource, path
from retinue.client.types.common import RunType
from retinue.client.types.common_2 import DeploymentStatus
from retinue.client.types.deployments import CreateDeployment, Deployment, DeploymentPage


class AsyncDeploymentsApi(AsyncResource):
    """Operations of deployments."""

    async def list(
        self,
        *,
        target_id: str | UUID | None = None,
        status: DeploymentStatus | None = None,
        target_type: RunType | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DeploymentPage:
        """List the organization's deployments, newest first."""
        return await self._connection.json(
            "GET",
            "/deployments",
            query={
                "target_id": target_id,
                "status": status,
                "target_type": target_type,
                "created_after": created_after,
                "created_before": created_before,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        target_id: str | UUID | None = None,
        status: DeploymentStatus | None = None,
        target_type: RunType | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Deployment]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/deployments",
            query={
                "target_id": target_id,
                "status": status,
                "target_type": target_type,
                "created_after": created_after,
                "created_before": created_before,
                "limit": limit,
            },
        )

    async def create(self, **body: Unpack[CreateDeployment]) -> Deployment:
        """Deploy a version: it is checked by a worker and then takes the place of the one that is deployed."""
        return await self._connection.json("POST", "/deployments", body=body)

    async def get(self, deployment_id: str, /) -> Deployment:
        """Return a deployment."""
        return await self._connection.json("GET", path("deployments", deployment_id))

    async def roll_back(self, deployment_id: str, /) -> Deployment:
        """Deploy again what this earlier deployment had deployed."""
        return await self._connection.json("POST", path("deployments", deployment_id, "roll-back"))

    async def stop(self, deployment_id: str, /) -> Deployment:
        """Stop a deployment: its URL answers 404 from now on. Runs that it started go on."""
        return await self._connection.json("POST", path("deployments", deployment_id, "stop"))
