"""Settings of usage."""

from pydantic import Field, model_validator

from retinue.core.settings import Settings


class UsageSettings(Settings):
    """How requests are gathered, and how long usage is kept."""

    usage_flush_seconds: float = Field(
        default=5.0,
        ge=0.1,
        le=3600,
        description="Seconds between two writes of requests to api_usage; an API process that is killed loses these.",
    )
    usage_buffer_requests: int = Field(
        default=20_000,
        ge=100,
        le=1_000_000,
        description="Requests that an API process holds at most until they are written; in an outage, later ones are lost.",
    )
    usage_days: int = Field(
        default=90, ge=7, le=400, description="Days for which each request and model call is kept, in whole weeks."
    )
    usage_hours_days: int = Field(default=800, ge=7, le=4000, description="Days for which the sums of each hour are kept.")

    @model_validator(mode="after")
    def _sums_outlive_calls(self) -> "UsageSettings":
        if self.usage_hours_days < self.usage_days:
            raise ValueError("RETINUE_USAGE_HOURS_DAYS must not be less than RETINUE_USAGE_DAYS")
        return self
