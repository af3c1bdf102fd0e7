"""The types of targets that can be deployed: one line each."""

from collections.abc import Mapping

from retinue.deployments.agent_target import AgentTarget
from retinue.deployments.errors import DeploymentInvalidError
from retinue.deployments.ports import Target
from retinue.deployments.team_target import TeamTarget
from retinue.runs.types import RunType

TARGETS: Mapping[RunType, Target] = {
    RunType.AGENT: AgentTarget(),
    RunType.TEAM: TeamTarget(),
}


def target_of(kind: RunType) -> Target:
    """Return the type's implementation. Raises ``DeploymentInvalidError`` for one that cannot be deployed yet."""
    target = TARGETS.get(kind)
    if target is None:
        remedy = f"Use one of: {', '.join(TARGETS)}."
        raise DeploymentInvalidError.of("target_type", f"is {kind}, which this version does not deploy", remedy)
    return target
