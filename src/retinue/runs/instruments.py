"""What a process counts of runs, and what it tells of all runs and workers when its metrics are read."""

import asyncio
from decimal import Decimal
from uuid import UUID

import psycopg
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from psycopg_pool import PoolTimeout

from retinue.core.db.database import Database
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.core.resources import Resources
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.core.telemetry.telemetry import FAST_SECONDS
from retinue.llm.types import ProviderKind
from retinue.runs.repository_standing import Standing, get_standing
from retinue.runs.types import RunStatus, Trigger

_log = get_logger(__name__)
_ENTRIES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
_ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)
_OPEN = (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING)
_LOOK_SECONDS = 2.5
EXTERNAL = "external"
"""The provider's kind of what an agent elsewhere has used."""


class RunInstruments:
    """Counters of this process, and gauges of the installation."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments; what is counted begins at zero, so that its first increase is seen."""
        self._make_counters(registry)
        self._make_gauges(registry)
        self._by_organization = [
            Counter(
                "retinue_organization_runs_ended",
                "Runs ended, by organization; only with RETINUE_METRICS_BY_ORGANIZATION.",
                ("organization_id", "status"),
                registry=registry,
            ),
            Counter(
                "retinue_organization_tokens",
                "Tokens used, by organization; only with RETINUE_METRICS_BY_ORGANIZATION.",
                ("organization_id", "direction"),
                registry=registry,
            ),
            Counter(
                "retinue_organization_cost_usd",
                "Cost of model calls in US dollars, by organization; only with RETINUE_METRICS_BY_ORGANIZATION.",
                ("organization_id",),
                registry=registry,
            ),
        ]
        for status in _ENDED:
            for trigger in Trigger:
                self._ended.labels(str(status), str(trigger))
        for kind in (*map(str, ProviderKind), EXTERNAL):
            self._cost.labels(kind)
            self._unpriced.labels(kind)
            for direction in ("input", "output"):
                self._tokens.labels(kind, direction)

    def _make_counters(self, registry: CollectorRegistry) -> None:
        self._ended = Counter(
            "retinue_runs_ended",
            "Runs ended through this process, by status and by what started them.",
            ("status", "trigger"),
            registry=registry,
        )
        self.claims = Counter("retinue_run_claims", "Runs claimed by this process.", registry=registry)
        self.claim_commits = Counter(
            "retinue_run_claim_commits", "Commits in which this process claimed runs.", registry=registry
        )
        self.fenced = Counter(
            "retinue_runs_fenced", "Executions shut out because the run was cancelled or taken over.", registry=registry
        )
        self._tokens = Counter(
            "retinue_model_tokens", "Tokens of recorded model calls.", ("provider_kind", "direction"), registry=registry
        )
        self._cost = Counter(
            "retinue_model_cost_usd",
            "Cost in US dollars of recorded model calls whose price is known.",
            ("provider_kind",),
            registry=registry,
        )
        self._unpriced = Counter(
            "retinue_model_unpriced_calls",
            "Recorded model calls whose price is not known.",
            ("provider_kind",),
            registry=registry,
        )
        self.journal_entries = Histogram(
            "retinue_journal_commit_entries", "Entries in one commit of the journal.", buckets=_ENTRIES, registry=registry
        )
        self.journal_seconds = Histogram(
            "retinue_journal_commit_seconds",
            "Duration of one commit of the journal, outages included.",
            buckets=FAST_SECONDS,
            registry=registry,
        )

    def _make_gauges(self, registry: CollectorRegistry) -> None:
        self._up = Gauge("retinue_database_up", "Whether the database answered this process: 1 or 0.", registry=registry)
        self._runs = Gauge(
            "retinue_runs", "Runs of the installation that are not over.", ("status", "trigger"), registry=registry
        )
        self._jobs = Gauge(
            "retinue_queue_jobs",
            "Jobs of the installation's queue: ready to be claimed, delayed, or running.",
            ("state",),
            registry=registry,
        )
        self._oldest = Gauge(
            "retinue_queue_oldest_seconds", "How long the oldest ready job has waited; 0 for none.", (), registry=registry
        )
        self._workers = Gauge("retinue_workers", "Workers of the installation heard of lately.", registry=registry)

    def count_end(self, status: str, trigger: str, organization_id: str | None) -> None:
        """Count a run that ended; the organization is given where it is to be counted for itself."""
        self._ended.labels(status, trigger).inc()
        if organization_id is not None:
            self._by_organization[0].labels(organization_id, status).inc()

    def count_usage(self, kind: str, usage: JsonObject, organization_id: str | None) -> None:
        """Count the tokens and the cost of a recorded model call."""
        cost = usage.get("cost_usd")
        dollars = None if cost is None else float(Decimal(str(cost)))
        if dollars is None:
            self._unpriced.labels(kind).inc()
        else:
            self._cost.labels(kind).inc(dollars)
        if organization_id is not None:
            self._by_organization[2].labels(organization_id).inc(dollars or 0.0)
        for direction in ("input", "output"):
            count = usage.get(f"{direction}_tokens")
            if isinstance(count, int):
                self._tokens.labels(kind, direction).inc(count)
                if organization_id is not None:
                    self._by_organization[1].labels(organization_id, direction).inc(count)

    def show(self, standing: Standing | None) -> None:
        """Set the gauges of the installation; None, because the database did not answer, leaves none but that."""
        self._up.set(0 if standing is None else 1)
        self._runs.clear()
        self._jobs.clear()
        if standing is None:
            for gauge in (self._oldest, self._workers):
                gauge.set(float("nan"))
            return
        for status in _OPEN:
            for trigger in Trigger:
                self._runs.labels(str(status), str(trigger)).set(standing.runs.get((str(status), str(trigger)), 0))
        for state, count in standing.jobs.items():
            self._jobs.labels(state).set(count)
        self._oldest.set(standing.oldest_seconds)
        self._workers.set(standing.workers)


def label_of(resources: Resources, organization_id: UUID) -> str | None:
    """Return an organization's id as a label, where the settings ask for it."""
    return str(organization_id) if resources.settings_of(TelemetrySettings).metrics_by_organization else None


def count_cancelled(resources: Resources, trigger: str, organization_id: UUID) -> None:
    """Count a run that was cancelled."""
    label = label_of(resources, organization_id)
    resources.telemetry.of(RunInstruments).count_end(RunStatus.CANCELLED, trigger, label)


async def look(database: Database) -> None:
    """Ask how runs, queue and workers stand. A database that does not answer is told as that."""
    instruments = database.resources.telemetry.of(RunInstruments)
    try:
        async with asyncio.timeout(_LOOK_SECONDS):
            standing = await get_standing(database)
    except (psycopg.Error, PoolTimeout, TimeoutError) as error:
        _log.warning("metrics.database_unreachable", error=str(error).strip() or type(error).__name__)
        standing = None
    instruments.show(standing)
