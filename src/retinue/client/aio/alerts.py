"""Operations of alerts, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.resource import AsyncResource, path
from retinue.client.types.alerts import (
    Alert,
    AlertChannel,
    AlertChannelPage,
    AlertConfig,
    AlertConfigPage,
    AlertDelivery,
    AlertDeliveryPage,
    AlertHistory,
    AlertPage,
    AlertSilence,
    AlertSilencePage,
    AlertStanding,
    AlertStatus,
    Backtest,
    Severity,
)
from retinue.client.types.alerts_2 import (
    BacktestAlertConfig,
    ChannelTest,
    CreateAlertChannel,
    CreateAlertConfig,
    CreateAlertSilence,
    CreateMaintenanceWindow,
    IssuedChannel,
    MaintenanceWindow,
    MaintenanceWindowPage,
    StarterPack,
    UpdateAlertChannel,
    UpdateAlertConfig,
    UpdateMaintenanceWindow,
    VerifyAlertChannel,
)
from retinue.client.types.common_2 import Unsubscription


class AsyncAlertsApi(AsyncResource):
    """Operations of alerts."""

    async def list_channels(self) -> AlertChannelPage:
        """List the channels to which alerts are sent."""
        return await self._connection.json("GET", "/alert-channels")

    async def create_channel(self, **body: Unpack[CreateAlertChannel]) -> IssuedChannel:
        """Create a channel."""
        return await self._connection.json("POST", "/alert-channels", body=body)

    async def get_channel(self, channel_id: str, /) -> AlertChannel:
        """Return one channel."""
        return await self._connection.json("GET", path("alert-channels", channel_id))

    async def update_channel(self, channel_id: str, /, **body: Unpack[UpdateAlertChannel]) -> AlertChannel:
        """Change a channel, or enable one that was disabled after errors."""
        return await self._connection.json("PATCH", path("alert-channels", channel_id), body=body)

    async def delete_channel(self, channel_id: str, /) -> None:
        """Delete a channel to which no rule sends."""
        await self._connection.nothing("DELETE", path("alert-channels", channel_id))

    async def send_verification_code(self, channel_id: str, /) -> AlertChannel:
        """Send another verification code to an e-mail address."""
        return await self._connection.json("POST", path("alert-channels", channel_id, "code"))

    async def list_channel_deliveries(self, channel_id: str, /) -> AlertDeliveryPage:
        """List the newest deliveries to a channel, with each attempt."""
        return await self._connection.json("GET", path("alert-channels", channel_id, "deliveries"))

    async def renew_channel_secret(self, channel_id: str, /) -> IssuedChannel:
        """Create another signing secret; for 24 hours messages carry a signature of the former one too."""
        return await self._connection.json("POST", path("alert-channels", channel_id, "rotate-secret"))

    async def test_channel(self, channel_id: str, /) -> ChannelTest:
        """Send a test message once, now, and return the receiver's answer."""
        return await self._connection.json("POST", path("alert-channels", channel_id, "test"))

    async def confirm_channel(self, channel_id: str, /, **body: Unpack[VerifyAlertChannel]) -> AlertChannel:
        """Verify an e-mail address by the code that was sent to it."""
        return await self._connection.json("POST", path("alert-channels", channel_id, "verify"), body=body)

    async def list_configs(
        self,
        *,
        q: str | None = None,
        agent_id: str | UUID | None = None,
        enabled: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AlertConfigPage:
        """List the organization's alert rules, newest first."""
        return await self._connection.json(
            "GET",
            "/alert-configs",
            query={"q": q, "agent_id": agent_id, "enabled": enabled, "limit": limit, "cursor": cursor},
        )

    def iterate_configs(
        self,
        *,
        q: str | None = None,
        agent_id: str | UUID | None = None,
        enabled: bool | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[AlertConfig]:
        """Iterate over what ``list_configs`` lists, page after page."""
        return self._connection.items(
            "/alert-configs", query={"q": q, "agent_id": agent_id, "enabled": enabled, "limit": limit}
        )

    async def create_config(self, **body: Unpack[CreateAlertConfig]) -> AlertConfig:
        """Create an alert rule. It is evaluated within seconds."""
        return await self._connection.json("POST", "/alert-configs", body=body)

    async def preview_config(self, **body: Unpack[BacktestAlertConfig]) -> Backtest:
        """Return when a rule would have fired over the past days. Nothing is saved."""
        return await self._connection.json("POST", "/alert-configs/preview", body=body)

    async def create_starter_pack(self) -> StarterPack:
        """Create the rules of the starter pack that have no namesake yet."""
        return await self._connection.json("POST", "/alert-configs/starter-pack")

    async def get_config(self, config_id: str, /) -> AlertConfig:
        """Return one alert rule."""
        return await self._connection.json("GET", path("alert-configs", config_id))

    async def update_config(self, config_id: str, /, **body: Unpack[UpdateAlertConfig]) -> AlertConfig:
        """Change an alert rule. When it asks for something else, its open alerts are resolved."""
        return await self._connection.json("PATCH", path("alert-configs", config_id), body=body)

    async def delete_config(self, config_id: str, /) -> None:
        """Delete an alert rule. Its open alerts are resolved and stay in the history."""
        await self._connection.nothing("DELETE", path("alert-configs", config_id))

    async def send_delivery(self, delivery_id: str, /) -> AlertDelivery:
        """Send a delivery again, under the same idempotency id."""
        return await self._connection.json("POST", path("alert-deliveries", delivery_id, "redeliver"))

    async def list_maintenance_windows(self) -> MaintenanceWindowPage:
        """List maintenance windows, newest first, with the end of those that are open now."""
        return await self._connection.json("GET", "/alert-maintenance")

    async def create_maintenance_window(self, **body: Unpack[CreateMaintenanceWindow]) -> MaintenanceWindow:
        """Send nothing about matching alerts in a time that comes again. What still fires at its end is sent then."""
        return await self._connection.json("POST", "/alert-maintenance", body=body)

    async def get_maintenance_window(self, window_id: str, /) -> MaintenanceWindow:
        """Return one maintenance window."""
        return await self._connection.json("GET", path("alert-maintenance", window_id))

    async def update_maintenance_window(
        self, window_id: str, /, **body: Unpack[UpdateMaintenanceWindow]
    ) -> MaintenanceWindow:
        """Change a maintenance window."""
        return await self._connection.json("PATCH", path("alert-maintenance", window_id), body=body)

    async def delete_maintenance_window(self, window_id: str, /) -> None:
        """Delete a maintenance window. What it hides is sent, if it still fires."""
        await self._connection.nothing("DELETE", path("alert-maintenance", window_id))

    async def list_silences(
        self, *, current: bool | None = None, limit: int | None = None, cursor: str | None = None
    ) -> AlertSilencePage:
        """List silences, those that end last first, with the number of alerts that each hides now."""
        return await self._connection.json(
            "GET", "/alert-silences", query={"current": current, "limit": limit, "cursor": cursor}
        )

    def iterate_silences(self, *, current: bool | None = None, limit: int | None = None) -> AsyncIterator[AlertSilence]:
        """Iterate over what ``list_silences`` lists, page after page."""
        return self._connection.items("/alert-silences", query={"current": current, "limit": limit})

    async def create_silence(self, **body: Unpack[CreateAlertSilence]) -> AlertSilence:
        """Send nothing about matching alerts for a time of at most 30 days."""
        return await self._connection.json("POST", "/alert-silences", body=body)

    async def end_silence(self, silence_id: str, /) -> AlertSilence:
        """End a silence now. Alerts that still fire are sent then."""
        return await self._connection.json("POST", path("alert-silences", silence_id, "end"))

    async def get_status(self) -> AlertStanding:
        """Return whether rules are evaluated, which channels failed, and which critical rules reach nobody."""
        return await self._connection.json("GET", "/alert-status")

    async def list(
        self,
        *,
        firing: bool | None = None,
        status: AlertStatus | None = None,
        config_id: str | UUID | None = None,
        agent_id: str | UUID | None = None,
        severity: Severity | None = None,
        triggered_after: str | datetime | None = None,
        triggered_before: str | datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AlertPage:
        """List alerts, the latest triggered first."""
        return await self._connection.json(
            "GET",
            "/alerts",
            query={
                "firing": firing,
                "status": status,
                "config_id": config_id,
                "agent_id": agent_id,
                "severity": severity,
                "triggered_after": triggered_after,
                "triggered_before": triggered_before,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        firing: bool | None = None,
        status: AlertStatus | None = None,
        config_id: str | UUID | None = None,
        agent_id: str | UUID | None = None,
        severity: Severity | None = None,
        triggered_after: str | datetime | None = None,
        triggered_before: str | datetime | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Alert]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/alerts",
            query={
                "firing": firing,
                "status": status,
                "config_id": config_id,
                "agent_id": agent_id,
                "severity": severity,
                "triggered_after": triggered_after,
                "triggered_before": triggered_before,
                "limit": limit,
            },
        )

    async def get(self, alert_id: str, /) -> AlertHistory:
        """Return an alert, what happened to it, and each attempt to send something about it."""
        return await self._connection.json("GET", path("alerts", alert_id))

    async def confirm(self, alert_id: str, /) -> Alert:
        """Acknowledge an alert: no reminder of it is sent any more."""
        return await self._connection.json("POST", path("alerts", alert_id, "acknowledge"))

    async def end(self, alert_id: str, /) -> Alert:
        """Resolve an alert by hand. Its rule fires again for what happens from now on."""
        return await self._connection.json("POST", path("alerts", alert_id, "resolve"))

    async def stop_emails(self, *, token: str) -> Unsubscription:
        """End alerts to the e-mail address of a link (RFC 8058). Requires no authentication. May be repeated."""
        return await self._connection.json("POST", "/unsubscribe/alerts", query={"token": token})

    async def preview_emails(self, *, token: str) -> Unsubscription:
        """Return what a link ends. Requires no authentication, and changes nothing."""
        return await self._connection.json("GET", "/unsubscribe/alerts/preview", query={"token": token})
