"""Settings of metrics."""

from pydantic import Field, model_validator

from retinue.core.settings import Settings


class MetricSettings(Settings):
    """How long metrics are kept: points, and their roll-ups by minute, hour and day."""

    metric_points_days: int = Field(
        default=14,
        ge=1,
        le=400,
        description="Days for which points of metrics are kept, in whole weeks. Reported points may be this late.",
    )
    metric_minutes_days: int = Field(default=14, ge=1, le=400, description="Days for which metrics by the minute are kept.")
    metric_hours_days: int = Field(default=180, ge=1, le=4000, description="Days for which metrics by the hour are kept.")
    metric_days_days: int = Field(default=1825, ge=1, le=8000, description="Days for which metrics by the day are kept.")

    @model_validator(mode="after")
    def _coarse_outlive_fine(self) -> "MetricSettings":
        kept = (self.metric_points_days, self.metric_minutes_days, self.metric_hours_days, self.metric_days_days)
        if list(kept) != sorted(kept):
            raise ValueError(
                "metrics are kept by the minute at least as long as points, by the hour at least as long as by the minute, "
                "and by the day at least as long as by the hour"
            )
        return self
