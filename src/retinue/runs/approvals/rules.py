"""What a decision may say."""

from typing import Any, cast

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.runs.approvals.errors import ArgumentsInvalidError, DecisionUnfitError
from retinue.runs.approvals.types import Approval, Decision, Verdict

_MAX_PROBLEMS = 20


def check(approval: Approval, decision: Decision, schema: JsonObject | None) -> None:
    """Refuse a decision that does not fit its question, or arguments that do not fit the tool's JSON Schema.

    Raises ``DecisionUnfitError`` or ``ArgumentsInvalidError``, naming the fields.
    """
    if decision.has_result and approval.kind != "unknown_outcome":
        raise DecisionUnfitError(
            fields=(FieldProblem("result", "only a call whose outcome is unknown can be given one", "Leave it out."),)
        )
    if decision.arguments is None:
        return
    if decision.verdict is not Verdict.APPROVE or approval.kind != "tool_call":
        raise DecisionUnfitError(
            fields=(FieldProblem("arguments", "only an approved call can be given other arguments", "Leave them out."),)
        )
    if schema is not None:
        _check_arguments(decision.arguments, schema)


def _check_arguments(arguments: JsonObject, schema: JsonObject) -> None:
    # Takes 0.2 s to import, and only edited arguments need it.
    from jsonschema import Draft202012Validator  # noqa: PLC0415

    validator = Draft202012Validator(cast("dict[str, Any]", schema))
    problems = tuple(
        FieldProblem(".".join(("arguments", *(str(part) for part in error.absolute_path))), error.message)
        for error, _ in zip(validator.iter_errors(arguments), range(_MAX_PROBLEMS), strict=False)  # pyright: ignore[reportUnknownMemberType]
    )
    if problems:
        raise ArgumentsInvalidError(fields=problems)


def document_of(decision: Decision) -> JsonObject:
    """Write a decision as it is stored and as the run reads it."""
    document: JsonObject = {"decision": decision.verdict.value}
    if decision.arguments is not None:
        document["arguments"] = decision.arguments
    if decision.has_result:
        document["result"] = decision.result
    if decision.comment is not None:
        document["comment"] = decision.comment
    return document
