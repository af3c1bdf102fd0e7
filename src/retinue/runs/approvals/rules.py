"""What a decision may say."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from retinue.core.diff import FieldDiff, diff_fields
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.spec.schemas import value_problems
from retinue.engine.spending import BUDGET
from retinue.runs.approvals.errors import (
    AnswerInvalidError,
    ArgumentsInvalidError,
    AssignmentInvalidError,
    DecisionUnfitError,
)
from retinue.runs.approvals.types import Approval, Decision, Verdict

_MAX_PROBLEMS = 20
_AMOUNT_NAMES = frozenset({"amount_usd", "amount_tokens"})
_AMOUNTS = "Send amount_usd, a decimal as 2.50, amount_tokens, an integer, or both; or leave arguments out."
_MOST_USD = Decimal(1_000_000_000)
_MOST_TOKENS = 10**15
_DECIMAL = re.compile(r"[0-9]{1,10}(\.[0-9]{1,20})?([eE]-[0-9]{1,2})?")
_MOST_BYTES = 65_536


def check(approval: Approval, decision: Decision, schema: JsonObject | None) -> None:
    """Refuse a decision that does not fit its question, or arguments that do not fit the tool's JSON Schema.

    Raises ``DecisionUnfitError`` or ``ArgumentsInvalidError``, naming the fields.
    """
    if approval.kind == "question":
        remedy = "Send the answer to POST /api/v1/approvals/{approval_id}/answer."
        raise DecisionUnfitError(fields=(FieldProblem("decision", "is for approvals; this is a question", remedy),))
    if approval.kind == "connect" and decision.verdict is Verdict.APPROVE:
        message = "cannot be approved: the call is made once the service is connected"
        remedy = "Connect it on its page; POST /api/v1/connections/{connection_id}/authorize begins."
        raise DecisionUnfitError(fields=(FieldProblem("decision", message, remedy),))
    if decision.has_result and approval.kind != "unknown_outcome":
        raise DecisionUnfitError(
            fields=(FieldProblem("result", "only a call whose outcome is unknown can be given one", "Leave it out."),)
        )
    if decision.has_value:
        _check_value(approval, decision)
    if decision.arguments is None:
        return
    if approval.kind == BUDGET and decision.verdict is Verdict.APPROVE:
        _check_amounts(decision.arguments)
        return
    if decision.verdict is not Verdict.APPROVE or approval.kind != "tool_call":
        raise DecisionUnfitError(
            fields=(FieldProblem("arguments", "only an approved call can be given other arguments", "Leave them out."),)
        )
    if schema is not None:
        _check_arguments(decision.arguments, schema)


def _check_value(approval: Approval, decision: Decision) -> None:
    if approval.editable is None or decision.verdict is not Verdict.APPROVE:
        message = "only an approval whose node has `editable` can be given another value"
        raise DecisionUnfitError(fields=(FieldProblem("value", message, "Leave it out."),))
    if len(dumps(decision.value)) > _MOST_BYTES:
        raise ArgumentsInvalidError(fields=(FieldProblem("value", f"has more than {_MOST_BYTES} bytes", "Shorten it."),))
    problems = value_problems(approval.editable, decision.value)
    if problems:
        fields = tuple(FieldProblem("value", each.rstrip("."), ArgumentsInvalidError.remedy) for each in problems)
        raise ArgumentsInvalidError(f"The value does not fit: {problems[0].rstrip('.')}.", fields=fields)


def check_assignment(found: Mapping[str, UUID | None], role: str | None, quorum: int) -> None:
    """Refuse to ask nobody, persons who may not decide, or more than there are. Raises ``AssignmentInvalidError``."""
    unknown = [name for name, person in found.items() if person is None]
    people = len({person for person in found.values() if person is not None})
    if unknown:
        message, remedy = f"{unknown[0]} is no member who may decide", "Name members whose role is agent_manager or higher."
        raise AssignmentInvalidError(fields=(FieldProblem("assignees", message, remedy),))
    if not people and role is None:
        raise AssignmentInvalidError(fields=(FieldProblem("assignees", "nobody is named", "Name members, or a role."),))
    if role is None and quorum > people:
        message = f"{quorum} must approve, and only {people} may"
        raise AssignmentInvalidError(fields=(FieldProblem("quorum", message, "Name more members, or set a role."),))


def who_decides(approval: Approval) -> str:
    """Say who may decide on an approval."""
    names = [each.full_name or "a former member" for each in approval.assignees]
    if approval.role is not None:
        names.append(f"members with the role {approval.role} or a higher one")
    return f"This waits for others to decide: {', '.join(names)}."


def address_of(configuration: JsonObject) -> tuple[str | None, str | None]:
    """Return the method and the URL of a tool over HTTP, as its configuration has them."""
    url, method = configuration.get("url"), configuration.get("method")
    if not isinstance(url, str):
        return None, None
    return (method if isinstance(method, str) else None), url


def changes_of(approval: Approval) -> list[FieldDiff]:
    """Return what was edited when an approval was decided."""
    told, before = approval.decision or {}, _value_of(approval)
    name = "arguments" if "arguments" in told else "value"
    after = told.get(name, before)
    if isinstance(before, dict) and isinstance(after, dict):
        return diff_fields(before, after)
    return [] if before == after else [FieldDiff(name, before, after)]


def _value_of(approval: Approval) -> Json:
    """Return what an approval shows; a node's input that is no object is kept as ``value``."""
    shown = approval.arguments
    return shown["value"] if approval.kind == "node" and list(shown) == ["value"] else shown


def check_answer(approval: Approval, entered: JsonObject) -> None:
    """Refuse an answer to what is no question, or one that does not fit the form. Raises as ``check`` does."""
    if approval.form is None:
        remedy = "Send the decision to POST /api/v1/approvals/{approval_id}/decide."
        raise DecisionUnfitError(fields=(FieldProblem("answer", "is for questions; this is an approval", remedy),))
    if len(dumps(entered)) > _MOST_BYTES:
        raise AnswerInvalidError(fields=(FieldProblem("answer", f"has more than {_MOST_BYTES} bytes", "Shorten it."),))
    problems = value_problems(approval.form, entered)
    if problems:
        fields = tuple(FieldProblem("answer", each.rstrip("."), AnswerInvalidError.remedy) for each in problems)
        raise AnswerInvalidError(f"The answer does not fit the form: {problems[0].rstrip('.')}.", fields=fields)


def _check_amounts(arguments: JsonObject) -> None:
    """Refuse what is no amount to raise a budget by: ``amount_usd``, a decimal, and ``amount_tokens``, an integer."""
    problems = [FieldProblem(f"arguments.{name}", "is no amount", _AMOUNTS) for name in arguments.keys() - _AMOUNT_NAMES]
    usd, tokens = arguments.get("amount_usd"), arguments.get("amount_tokens")
    if usd is not None and not _is_amount(usd):
        problems.append(FieldProblem("arguments.amount_usd", "is not an amount of US dollars", _AMOUNTS))
    if tokens is not None and not (type(tokens) is int and 0 <= tokens <= _MOST_TOKENS):
        problems.append(FieldProblem("arguments.amount_tokens", "is not a number of tokens", _AMOUNTS))
    if problems:
        first = problems[0]
        raise ArgumentsInvalidError(f"{first.field} {first.message}.", remedy=_AMOUNTS, fields=tuple(problems))


def _is_amount(value: Json) -> bool:
    # Python reads more than PostgreSQL, which casts what is stored: digits of other scripts, 1_000, 1e-20000.
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not _DECIMAL.fullmatch(str(value)):
        return False
    return 0 <= Decimal(str(value)) <= _MOST_USD


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
    if decision.has_value:
        document["value"] = decision.value
    if decision.comment is not None:
        document["comment"] = decision.comment
    return document
