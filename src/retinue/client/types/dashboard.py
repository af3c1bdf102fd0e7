"""Documents of dashboard. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from retinue.client.types.common import AgentStatus, CostState, RunStatus
from retinue.client.types.common_2 import DeploymentStatus

__all__ = [
    "Dashboard",
    "DashboardAgent",
    "DashboardDeployment",
    "DashboardFigure",
    "DashboardRange",
    "DashboardRun",
    "DashboardSpend",
    "DashboardTeam",
    "DashboardWorkflow",
    "DismissGettingStarted",
    "GettingStarted",
]


class DashboardDeployment(TypedDict):
    """The deployed version of an agent; without one, its newest deployment."""

    deployed_at: str | None
    id: str
    status: DeploymentStatus
    version: int


class DashboardRun(TypedDict):
    """The newest run of an agent."""

    created_at: str
    id: str
    status: RunStatus


class DashboardWorkflow(TypedDict):
    """A workflow of an agent, with its executions that started in the window."""

    error_count: int
    execution_count: int
    id: str
    is_active: bool
    name: str
    success_count: int


class DashboardAgent(TypedDict):
    """An agent with its runs that ended in the window: all of them, and those that failed."""

    deployment: DashboardDeployment | None
    failed_count: int
    icon: str
    id: str
    last_activity: str | None
    last_run: DashboardRun | None
    name: str
    run_count: int
    status: AgentStatus
    workflows: list[DashboardWorkflow]


class DashboardFigure(TypedDict):
    """A figure of the window, of the window before, and of each step of the window, the oldest first."""

    previous: str | None
    series: list[str | None]
    value: str | None


DashboardRange: TypeAlias = Literal["24h", "7d"]


class DashboardSpend(TypedDict):
    """What the calls of models cost in the window, in the one before, and in each step: decimals as text."""

    cost_state: CostState
    cost_usd: str | None
    previous_cost_state: CostState
    previous_cost_usd: str | None
    series: list[str | None]


class DashboardTeam(TypedDict):
    """A team with its runs that were created in the window and that you may see, counted up to 1,000."""

    deployment: DashboardDeployment | None
    failed_count: int
    icon: str
    id: str
    last_run: DashboardRun | None
    name: str
    run_count: int


class Dashboard(TypedDict):
    """The dashboard of an organization."""

    active_runs: int
    agents: list[DashboardAgent]
    end: str
    failure_rate: DashboardFigure
    firing_alerts: int
    pending_approvals: int
    queued_runs: int
    range: DashboardRange
    response_time_p95: DashboardFigure
    runs: DashboardFigure
    spend: DashboardSpend
    start: str
    step_seconds: int
    teams: list[DashboardTeam]


class DismissGettingStarted(TypedDict):
    """Whether you want to see the first steps."""

    dismissed: bool


class GettingStarted(TypedDict):
    """Which first steps of the organization are done, and whether you dismissed them."""

    dismissed: bool
    has_api_key: bool
    has_colleague: bool
    has_model_provider: bool
    has_own_agent: bool
    has_run: bool
