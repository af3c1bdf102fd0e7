"""Why a run of a workflow is to begin, and whether the workflow's switches and triggers allow it. Pure."""

from retinue.workflows.errors import TriggerRefusedError, WorkflowInactiveError, WorkflowPausedError
from retinue.workflows.types import Occasion, WorkflowStanding


def check_occasion(workflow: WorkflowStanding, occasion: Occasion) -> None:
    """Raise ``WorkflowPausedError``, ``WorkflowInactiveError`` or ``TriggerRefusedError`` when no run may begin."""
    if occasion.is_trial or occasion.trigger == "n8n":  # what n8n has begun goes on whatever is set here
        return
    check_not_paused(workflow)
    if occasion.trigger in {"api", "schedule", "webhook"} and not workflow.is_active:
        raise WorkflowInactiveError(f"{workflow.name} is inactive and accepts no triggers.")
    config = workflow.trigger_config
    accepted = {"manual": config.manual, "api": config.api, "webhook": config.webhook}
    if not accepted.get(occasion.trigger, True):
        raise TriggerRefusedError(f"{workflow.name} does not accept the trigger {occasion.trigger}.")


def check_not_paused(workflow: WorkflowStanding) -> None:
    """Raise ``WorkflowPausedError`` for a paused workflow."""
    if workflow.is_paused:
        raise WorkflowPausedError(f"{workflow.name} is paused and begins no runs.")
