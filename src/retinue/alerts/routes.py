"""Alert rules and alerts over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import AwareDatetime

from retinue.alerts import backtesting, incidents, service, starters
from retinue.alerts.repository import ConfigFilter
from retinue.alerts.repository_alerts import AlertFilter
from retinue.alerts.schemas import BacktestAlertConfig, CreateAlertConfig, UpdateAlertConfig
from retinue.alerts.starters import StarterPack
from retinue.alerts.types import (
    Alert,
    AlertConfig,
    AlertDelivery,
    AlertHistory,
    AlertStanding,
    AlertStatus,
    Severity,
)
from retinue.alerts.types_backtests import Backtest
from retinue.core.db.pages import Page
from retinue.core.http.context import database_of, open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["alerts"])


@router.get("/alert-configs")
async def list_alert_configs(
    request: Request,
    *,
    q: Annotated[str | None, Query(max_length=200, description="Part of the name.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Only rules about this agent.")] = None,
    enabled: Annotated[bool | None, Query(description="Only enabled or only disabled rules.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AlertConfig]:
    """List the organization's alert rules, newest first."""
    async with open_context(request) as ctx:
        return await service.list_page(ctx, ConfigFilter(q, agent_id, enabled), cursor=cursor, limit=limit)


@router.post("/alert-configs", status_code=201)
async def create_alert_config(request: Request, body: CreateAlertConfig) -> AlertConfig:
    """Create an alert rule. It is evaluated within seconds."""
    async with open_context(request) as ctx:
        return await service.create(ctx, body.to_definition(), enabled=body.enabled)


@router.post("/alert-configs/preview")
async def preview_alert_config(request: Request, body: BacktestAlertConfig) -> Backtest:
    """Return when a rule would have fired over the past days. Nothing is saved."""
    async with open_context(request) as ctx:
        return await backtesting.run(ctx, body.to_definition(), body.days)


@router.post("/alert-configs/starter-pack", status_code=201)
async def create_starter_pack(request: Request) -> StarterPack:
    """Create the rules of the starter pack that have no namesake yet."""
    async with open_context(request) as ctx:
        return await starters.create(ctx)


@router.get("/alert-configs/{config_id}")
async def get_alert_config(request: Request, config_id: UUID) -> AlertConfig:
    """Return one alert rule."""
    async with open_context(request) as ctx:
        return await service.get(ctx, config_id)


@router.patch("/alert-configs/{config_id}")
async def update_alert_config(request: Request, config_id: UUID, body: UpdateAlertConfig) -> AlertConfig:
    """Change an alert rule. When it asks for something else, its open alerts are resolved."""
    async with open_context(request) as ctx:
        return await service.update(ctx, config_id, body.to_changes())


@router.delete("/alert-configs/{config_id}", status_code=204)
async def delete_alert_config(request: Request, config_id: UUID) -> None:
    """Delete an alert rule. Its open alerts are resolved and stay in the history."""
    async with open_context(request) as ctx:
        await service.delete(ctx, config_id)


@router.get("/alerts")
async def list_alerts(  # noqa: PLR0913 - each a parameter of the query
    request: Request,
    *,
    firing: Annotated[bool | None, Query(description="Only alerts that are not resolved, or only resolved ones.")] = None,
    status: Annotated[AlertStatus | None, Query(description="Filter by status.")] = None,
    config_id: Annotated[UUID | None, Query(description="Only alerts of this rule.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Only alerts about this agent.")] = None,
    severity: Annotated[Severity | None, Query(description="Filter by severity.")] = None,
    triggered_after: Annotated[AwareDatetime | None, Query(description="Only alerts triggered then or later.")] = None,
    triggered_before: Annotated[AwareDatetime | None, Query(description="Only alerts triggered before.")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[Alert]:
    """List alerts, the latest triggered first."""
    wanted = AlertFilter(firing, status, config_id, agent_id, severity, triggered_after, triggered_before)
    async with open_context(request) as ctx:
        return await incidents.list_page(ctx, wanted, cursor=cursor, limit=limit)


@router.get("/alerts/{alert_id}")
async def get_alert(request: Request, alert_id: UUID) -> AlertHistory:
    """Return an alert, what happened to it, and each attempt to send something about it."""
    async with open_context(request) as ctx:
        return await incidents.get(ctx, alert_id)


@router.post("/alerts/{alert_id}/acknowledge")
async def confirm_alert(request: Request, alert_id: UUID) -> Alert:
    """Acknowledge an alert: no reminder of it is sent any more."""
    async with open_context(request) as ctx:
        return await incidents.acknowledge(ctx, alert_id)


@router.post("/alerts/{alert_id}/resolve")
async def end_alert(request: Request, alert_id: UUID) -> Alert:
    """Resolve an alert by hand. Its rule fires again for what happens from now on."""
    async with open_context(request) as ctx:
        return await incidents.resolve(ctx, alert_id)


@router.post("/alert-deliveries/{delivery_id}/redeliver", status_code=202)
async def send_delivery(request: Request, delivery_id: UUID) -> AlertDelivery:
    """Send a delivery again, under the same idempotency id."""
    async with open_context(request) as ctx:
        return await incidents.redeliver(ctx, delivery_id)


@router.get("/alert-status")
async def get_alert_status(request: Request) -> AlertStanding:
    """Return whether rules are evaluated, which channels failed, and which critical rules reach nobody."""
    async with open_context(request) as ctx:
        return await incidents.get_standing(ctx, database_of(request))
