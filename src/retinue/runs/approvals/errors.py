"""Why an approval cannot be decided."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class ApprovalMissingError(MissingError):
    """There is no such approval."""

    code = "approval_missing"


class ApprovalDecidedError(ConflictError):
    """Someone has decided this already, or its run was cancelled."""

    code = "approval_decided"
    remedy = "Load it again to see what was decided, and by whom."


class ArgumentsInvalidError(InvalidError):
    """The tool does not take these arguments."""

    code = "arguments_invalid"
    remedy = "Correct the named fields; the tool's page shows what it takes."


class AnswerInvalidError(InvalidError):
    """The answer does not fit the form."""

    code = "answer_invalid"
    remedy = "Correct the named fields; the form is the JSON Schema of the answer."


class DecisionUnfitError(InvalidError):
    """The decision does not fit the question."""

    code = "decision_unfit"
