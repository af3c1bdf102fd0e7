"""The starter pack: rules that most organizations want, created on request."""

from dataclasses import dataclass

from retinue.alerts import repository, service
from retinue.alerts.permissions import WRITE
from retinue.alerts.types import AlertConfig, AlertDefinition, Severity
from retinue.core.context import Context
from retinue.core.permissions import require


@dataclass(frozen=True, slots=True)
class StarterPack:
    """The rules that were created, and the names of those that existed."""

    created: list[AlertConfig]
    existing: list[str]


RULES: tuple[AlertDefinition, ...] = (
    AlertDefinition(
        "Three failures in a row", {"status": "error", "consecutive_failures": 3}, {}, severity=Severity.CRITICAL,
        group_by="agent", renotify_seconds=14400,
    ),
    AlertDefinition(
        "A fifth of the runs fail", {"status": "error", "ratio": 0.2, "window": "1h", "min_count": 20}, {},
        renotify_seconds=86400,
    ),
    AlertDefinition(
        "Agent stopped after failures", {"agent_status": "error"}, {}, severity=Severity.CRITICAL, group_by="agent",
        renotify_seconds=14400,
    ),
    AlertDefinition("External agent is silent", {"heartbeat": {"every": "5m", "grace": "5m"}}, {}, group_by="agent"),
    AlertDefinition("Scheduled run is late", {"missed_schedule": {"grace": "10m"}}, {}),
    AlertDefinition("Run takes more than an hour", {"run_duration": {"gt": "1h"}}, {}),
    AlertDefinition("Deployment failed", {"deployment": "failed"}, {}),
    AlertDefinition("$100 a month", {"budget": {"usd": 100, "period": "month", "at": [0.8, 1.0]}}, {}),
)  # fmt: skip


async def create(ctx: Context) -> StarterPack:
    """Create the rules of the starter pack that have no namesake yet. They notify in the inbox until channels are added."""
    require(ctx, WRITE)
    names = await repository.list_names(ctx, [each.name for each in RULES])
    created = [await service.create(ctx, each, enabled=True) for each in RULES if each.name not in names]
    return StarterPack(created, sorted(names))
