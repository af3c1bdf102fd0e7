"""Deployments over HTTP, for members of the organization."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import AwareDatetime

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.http.replies import reply
from retinue.deployments import service
from retinue.deployments.repository import Filters
from retinue.deployments.schemas import CreateDeployment
from retinue.deployments.types import Deployment, DeploymentStatus
from retinue.runs.types import RunType

router = APIRouter(prefix="/deployments", tags=["deployments"])


def _accepted(made: Deployment) -> Response:
    return reply(made, 202, {"Location": f"/api/v1/deployments/{made.id}"})


@router.post("", status_code=202, responses={202: {"model": Deployment}})
async def create_deployment(request: Request, body: CreateDeployment) -> Response:
    """Deploy a version: it is checked by a worker and then takes the place of the one that is deployed.

    `checks` tells how far it is. When something that the version needs is missing, the deployment fails with the reason in
    `error_message`, and the version before goes on serving.
    """
    async with open_context(request) as ctx:
        made = await service.create(ctx, body.to_new())
    return _accepted(made)


@router.get("")
async def list_deployments(  # noqa: PLR0913 - each a parameter of the query
    request: Request,
    *,
    target_id: Annotated[UUID | None, Query(description="Filter by agent, team or workflow.")] = None,
    status: Annotated[DeploymentStatus | None, Query(description="Filter by status.")] = None,
    target_type: Annotated[RunType | None, Query(description="Only deployments of agents, teams or workflows.")] = None,
    created_after: Annotated[AwareDatetime | None, Query(description="Only deployments of this instant or later.")] = None,
    created_before: Annotated[AwareDatetime | None, Query(description="Only deployments before this instant.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Deployment]:
    """List the organization's deployments, newest first."""
    wanted = Filters(target_id, status, target_type, created_after, created_before)
    async with open_context(request) as ctx:
        return await service.list_page(ctx, wanted, cursor=cursor, limit=limit)


@router.get("/{deployment_id}")
async def get_deployment(request: Request, deployment_id: UUID) -> Deployment:
    """Return a deployment."""
    async with open_context(request) as ctx:
        return await service.get(ctx, deployment_id)


@router.post("/{deployment_id}/roll-back", status_code=202, responses={202: {"model": Deployment}})
async def roll_back_deployment(request: Request, deployment_id: UUID) -> Response:
    """Deploy again what this earlier deployment had deployed. It is a new deployment, and checked as any other."""
    async with open_context(request) as ctx:
        made = await service.roll_back(ctx, deployment_id)
    return _accepted(made)


@router.post("/{deployment_id}/stop")
async def stop_deployment(request: Request, deployment_id: UUID) -> Deployment:
    """Stop a deployment: its URL answers 404 from now on. Runs that it started go on."""
    async with open_context(request) as ctx:
        return await service.stop(ctx, deployment_id)
