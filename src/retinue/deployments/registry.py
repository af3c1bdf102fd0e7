"""The types of targets that can be deployed: one line each."""

from collections.abc import Mapping

from retinue.deployments.agent_target import AgentTarget
from retinue.deployments.ports import Target
from retinue.deployments.team_target import TeamTarget
from retinue.deployments.workflow_target import WorkflowTarget
from retinue.runs.types import RunType

TARGETS: Mapping[RunType, Target] = {
    RunType.AGENT: AgentTarget(),
    RunType.TEAM: TeamTarget(),
    RunType.WORKFLOW: WorkflowTarget(),
}


def target_of(kind: RunType) -> Target:
    """Return the type's implementation."""
    return TARGETS[kind]
