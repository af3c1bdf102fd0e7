"""The dashboard as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.agents.types import Status
from retinue.deployments.types import DeploymentStatus
from retinue.engine.records import CostState
from retinue.runs.types import RunStatus


class DashboardRange(StrEnum):
    """The window of the dashboard."""

    DAY = "24h"
    WEEK = "7d"


@dataclass(frozen=True, slots=True)
class DashboardFigure:
    """A figure of the window, of the window before, and of each step of the window, the oldest first.

    Values are decimals as text; null where no run ended. A series of counts has 0 there.
    """

    value: str | None
    previous: str | None
    series: list[str | None]


@dataclass(frozen=True, slots=True)
class DashboardSpend:
    """What the calls of models cost in the window, in the one before, and in each step: decimals as text.

    ``cost_state`` is none without a call, known, partial (a lower bound: the price of some calls is unknown) or unknown.
    """

    cost_usd: str | None
    cost_state: CostState
    previous_cost_usd: str | None
    previous_cost_state: CostState
    series: list[str | None]


@dataclass(frozen=True, slots=True)
class DashboardRun:
    """The newest run of an agent."""

    id: UUID
    status: RunStatus
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DashboardDeployment:
    """The deployed version of an agent; without one, its newest deployment."""

    id: UUID
    version: int
    status: DeploymentStatus
    deployed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DashboardWorkflow:
    """A workflow of an agent, with its executions that started in the window."""

    id: UUID
    name: str
    is_active: bool
    execution_count: int
    success_count: int
    error_count: int


@dataclass(frozen=True, slots=True)
class DashboardAgent:
    """An agent with its runs that ended in the window: all of them, and those that failed.

    ``last_run`` is the newest of the last 30 days that you may see; ``workflows`` are the newest ten.
    """

    id: UUID
    name: str
    icon: str
    status: Status
    last_activity: datetime | None
    run_count: int
    failed_count: int
    last_run: DashboardRun | None
    deployment: DashboardDeployment | None
    workflows: list[DashboardWorkflow]


@dataclass(frozen=True, slots=True)
class DashboardTeam:
    """A team with its runs that were created in the window and that you may see, counted up to 1,000.

    ``last_run`` is the newest of the last 30 days that you may see.
    """

    id: UUID
    name: str
    icon: str
    run_count: int
    failed_count: int
    last_run: DashboardRun | None
    deployment: DashboardDeployment | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The dashboard of an organization.

    The window is from ``start`` up to ``end``, the end of the present hour; the one before ends at ``start`` and is as long.
    Figures count the runs of agents that ended in the window, private ones and those of team members included.
    ``failure_rate`` is the percentage of failed runs among completed and failed ones; ``response_time_p95`` is in ms.
    The four last counts are of now, and stop at 1,000; ``active_runs`` and ``queued_runs`` count private runs,
    ``pending_approvals`` are those you may decide. ``agents`` has up to 12, the most active first;
    ``teams`` up to 6.
    """

    range: DashboardRange
    start: datetime
    end: datetime
    step_seconds: int
    runs: DashboardFigure
    failure_rate: DashboardFigure
    response_time_p95: DashboardFigure
    spend: DashboardSpend
    active_runs: int
    queued_runs: int
    firing_alerts: int
    pending_approvals: int
    agents: list[DashboardAgent]
    teams: list[DashboardTeam]


@dataclass(frozen=True, slots=True)
class Window:
    """The hours of a dashboard: from ``start`` up to ``end``, in steps; the window before begins at ``before``."""

    range: DashboardRange
    before: datetime
    start: datetime
    end: datetime
    step_seconds: int

    @property
    def steps(self) -> int:
        """How many steps the window has."""
        return int((self.end - self.start).total_seconds()) // self.step_seconds


@dataclass(frozen=True, slots=True)
class GettingStarted:
    """Which first steps of the organization are done, and whether you dismissed them.

    A step is done once the organization has a model provider, a run, an agent that is no starter, a second member or an
    invitation, and an API key.
    """

    has_model_provider: bool
    has_run: bool
    has_own_agent: bool
    has_colleague: bool
    has_api_key: bool
    dismissed: bool
