"""A run as it is shown at its making."""

from retinue.core.ids import OrganizationId
from retinue.runs import rules
from retinue.runs.feedback.types import NO_FEEDBACK
from retinue.runs.types import NewRun, Run, RunStatus, RunType, StartOutcome


def shown(organization_id: OrganizationId, new: NewRun, made: StartOutcome) -> Run:
    """Return a run in its current state at its making, without asking the database again."""
    return Run(
        id=new.id,
        short_id=rules.short_id_of(new.id),
        organization_id=organization_id,
        type=new.type,
        target_id=new.target_id,
        target_name=new.target_name,
        agent_id=new.agent_id,
        agent_version=new.agent_version,
        model=None,
        workflow_id=new.target_id if new.type is RunType.WORKFLOW else None,
        deployment_id=new.deployment_id,
        conversation_id=new.conversation_id,
        parent_run_id=new.parent_run_id,
        forked_from_run_id=new.forked_from_run_id,
        retry_of_run_id=new.retry_of_run_id,
        status=RunStatus.PENDING,
        waiting_reason=None,
        trigger=new.trigger,
        playground=new.playground,
        dry_run=new.dry_run,
        triggered_by_id=new.triggered_by_id,
        triggered_by_name=made.person_name,
        input=rules.shown(new.input),
        input_preview=rules.preview_of(new.input),
        output=None,
        error_message=None,
        error=None,
        trace_id=new.trace_id,
        external_execution_id=None,
        duration_ms=None,
        queued_ms=None,
        resource_usage=rules.usage_of({}),
        warning_count=0,
        priority=made.run_priority,
        started_at=None,
        completed_at=None,
        created_at=made.made_at,
        last_sequence=0,
        tags=list(new.labels.tags),
        metadata=dict(new.labels.metadata),
        feedback=NO_FEEDBACK,
    )
