"""Settings of what a plan allows."""

from pydantic import Field, field_validator

from retinue.core.settings import Settings


class OrganizationSettings(Settings):
    """The plans an organization may be on."""

    plans: str = Field(
        default="starter=100000,team=100000,enterprise=100000",
        description="The plans an organization may be on, each with the highest max_concurrent_runs it may set (to 100000).",
    )

    @field_validator("plans")
    @classmethod
    def _well_formed(cls, value: str) -> str:
        if "starter" not in _limits(value):
            raise ValueError("the plan 'starter' must be among them, since new organizations have it")
        return value

    def concurrent_runs_by_plan(self) -> dict[str, int]:
        """Return the plans: name → the highest ``max_concurrent_runs``."""
        return _limits(self.plans)


def _limits(text: str) -> dict[str, int]:
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    return {name.strip(): int(count) for name, _, count in pairs}
