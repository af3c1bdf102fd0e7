"""What can go wrong with workflows."""

from collections.abc import Sequence
from typing import Self

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError
from retinue.engine.spec.workflow.findings import Finding


class WorkflowMissingError(MissingError):
    """There is no such workflow."""

    code = "workflow_missing"


class WorkflowVersionMissingError(MissingError):
    """The workflow has no such version."""

    code = "workflow_version_missing"


class WorkflowInvalidError(InvalidError):
    """The workflow is not valid."""

    code = "workflow_invalid"

    @classmethod
    def of(cls, *fields: FieldProblem) -> Self:
        """Make the error of some field problems; the first of them is the sentence."""
        first = fields[0]
        return cls(f"{first.field}: {first.message.rstrip('.')}.", remedy=first.remedy, fields=fields)

    @classmethod
    def of_findings(cls, findings: Sequence[Finding]) -> Self:
        """Make the error of the findings of a definition, each with its place."""
        return cls.of(*(FieldProblem(field_of(each.path), told(each), each.suggestion) for each in findings))


class WorkflowNameTakenError(ConflictError):
    """Another workflow of the organization has this name."""

    code = "workflow_name_taken"
    remedy = "Choose another name, or change that workflow."


class WorkflowNotPublishedError(ConflictError):
    """The workflow has no published version."""

    code = "workflow_not_published"
    remedy = "Publish a version, or start the run as a trial (playground), which takes the newest version."


class WorkflowNotConversationalError(ConflictError):
    """The input of the workflow is not one text."""

    code = "workflow_not_conversational"
    remedy = "Let input_schema require exactly one property of type string, and publish that version."


class WorkflowInactiveError(ConflictError):
    """The workflow accepts no triggers."""

    code = "workflow_inactive"
    remedy = "Set is_active of the workflow to true, or start the run in the console."


class WorkflowPausedError(ConflictError):
    """The workflow is paused and begins no runs."""

    code = "workflow_paused"
    remedy = "Set is_paused of the workflow to false."


class TriggerRefusedError(ConflictError):
    """The workflow does not accept this trigger."""

    code = "trigger_refused"
    remedy = "Allow the trigger under trigger_config of the workflow."


class WorkflowInputInvalidError(InvalidError):
    """The input does not fit the workflow's input schema."""

    code = "workflow_input_invalid"
    remedy = "Send an input that fits input_schema of the workflow."


class WorkflowChangedError(ConflictError):
    """Another user has changed the workflow since it was read."""

    code = "workflow_changed"
    remedy = "Load the workflow again, bring your change in, and save with the new version."


class WorkflowLinkedError(ConflictError):
    """The workflow is carried out by n8n: its nodes are edited there."""

    code = "workflow_linked"
    remedy = "Edit the workflow in n8n, or remove the link to use the workflow's own definition."


class WorkflowBusyError(ConflictError):
    """The workflow has runs that are not finished."""

    code = "workflow_busy"
    remedy = "Cancel its runs, or wait until they are finished."


def field_of(pointer: str) -> str:
    """Return the field of a request that a JSON pointer into the definition means."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])
    return ".".join(("definition", *parts))


def told(finding: Finding) -> str:
    """Return a finding's sentence, with its place in the text where there is one."""
    place = f" (line {finding.line}, column {finding.column})" if finding.line is not None else ""
    return f"{finding.message.rstrip('.')}{place}"
