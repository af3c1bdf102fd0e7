"""Settings of alerts."""

from pydantic import Field, field_validator

from retinue.core.outbound.addresses import OutboundRefusedError, parse_url
from retinue.core.settings import Settings


class AlertSettings(Settings):
    """How this installation watches over its own evaluation of alert rules."""

    alert_ping_url: str = Field(
        default="",
        description="URL that a worker gets every minute as long as alert rules are evaluated: an external monitor that "
        "misses it knows that alerts do not work. Empty: none.",
    )
    alert_heartbeat_amnesty: bool = Field(
        default=True,
        description="Whether external agents have one more interval to send a heartbeat after no worker evaluated rules for "
        "a minute: they could not reach this installation either.",
    )

    @field_validator("alert_ping_url")
    @classmethod
    def _is_url(cls, value: str) -> str:
        if value:
            try:
                parse_url(value)
            except OutboundRefusedError as error:
                raise ValueError(error.detail) from None
        return value
