"""The starter pack: rules that most organizations want, created on request."""

from dataclasses import dataclass

from retinue.alerts import repository, service
from retinue.alerts.permissions import WRITE
from retinue.alerts.types import AlertConfig, AlertDefinition, Severity
from retinue.core.context import ActorKind, Context
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
    AlertDefinition("Approval waits for two hours", {"approval_waiting": {"gt": "2h"}}, {}),
    AlertDefinition("Deployment failed", {"deployment": "failed"}, {}),
    AlertDefinition("$100 a month", {"budget": {"usd": 100, "period": "month", "at": [0.8, 1.0]}}, {}),
)  # fmt: skip
OF_INSTALLATION: tuple[AlertDefinition, ...] = (
    AlertDefinition("Backup is too old", {"backup": {"older_than": "26h"}}, {}, severity=Severity.CRITICAL,
        renotify_seconds=86400),
    AlertDefinition("Rehearsal of a backup is too old", {"rehearsal": {"older_than": "31d"}}, {}, renotify_seconds=604800),
)  # fmt: skip
"""Further rules for superusers."""


async def create(ctx: Context) -> StarterPack:
    """Create the rules of the starter pack that have no namesake yet. They notify in the inbox until channels are added.

    A signed-in superuser gets those about the installation, too.
    """
    require(ctx, WRITE)
    rules = RULES + (OF_INSTALLATION if ctx.actor.kind is ActorKind.USER and ctx.actor.is_superuser else ())
    names = await repository.list_names(ctx, [each.name for each in rules])
    created = [await service.create(ctx, each, enabled=True) for each in rules if each.name not in names]
    return StarterPack(created, sorted(names))
