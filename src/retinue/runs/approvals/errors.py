"""Why an approval cannot be decided."""

from retinue.core.errors import ConflictError, DeniedError, InvalidError, MissingError


class ApprovalMissingError(MissingError):
    """There is no such approval."""

    code = "approval_missing"


class ApprovalDecidedError(ConflictError):
    """Someone has decided this already, or its run was cancelled."""

    code = "approval_decided"
    remedy = "Load it again to see what was decided, and by whom."


class DecisionGivenError(ConflictError):
    """You have decided this already; others must decide too."""

    code = "decision_given"
    remedy = "Wait for the others. Another decision of yours replaces the first one, except by a link."


class NotAssignedError(DeniedError):
    """Others are asked to decide."""

    code = "not_assigned"
    remedy = "Ask one of the assignees, or an owner or admin to assign it to you."


class AssignmentInvalidError(InvalidError):
    """The approval cannot be assigned like this."""

    code = "assignment_invalid"


class ApprovalLinkInvalidError(MissingError):
    """The link is not valid (any more)."""

    code = "approval_link_invalid"
    remedy = "Sign in and open the approvals of the organization."


class ArgumentsInvalidError(InvalidError):
    """The tool, or the node, does not take what was edited."""

    code = "arguments_invalid"
    remedy = "Correct the named fields; the tool's page shows what it takes."


class AnswerInvalidError(InvalidError):
    """The answer does not fit the form."""

    code = "answer_invalid"
    remedy = "Correct the named fields; the form is the JSON Schema of the answer."


class DecisionUnfitError(InvalidError):
    """The decision does not fit the question."""

    code = "decision_unfit"
