"""What a budget allows, told in words, and what a definition must be. Pure."""

from dataclasses import fields
from decimal import Decimal
from zoneinfo import ZoneInfo

from retinue.budgets.repository_ledger import Shortage
from retinue.budgets.types import AtLimit, BudgetDefinition, BudgetPeriod, BudgetScope
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.ports import ModelSpec
from retinue.engine.pricing import cost_text, priced
from retinue.engine.spending import MostTokens, Refusal

UNSUBJECTED = frozenset({BudgetScope.ORGANIZATION, BudgetScope.RUN})
ZONE = FieldProblem("timezone", "is no zone of the IANA database", "Use a name as UTC or Europe/Berlin.")
_AMOUNT_FOR_UNPRICED = Decimal(1)
"""US dollars that are proposed for a call whose price is unknown."""
_MOST_PRETENDED = Decimal(1_000_000)
_PERIODS = {"day": "today", "month": "this month", "total": "in all"}
_MORE = "Raise the budget's limit under Usage or with PATCH /api/v1/budgets/{id}; then resume the run."


def problems_of(definition: BudgetDefinition) -> list[FieldProblem]:
    """Return what is wrong with a definition, field by field."""
    problems: list[FieldProblem] = []
    is_for_one = definition.scope not in UNSUBJECTED
    if is_for_one and definition.subject_id is None:
        message = f"is needed for the scope {definition.scope}"
        problems.append(FieldProblem("subject_id", message, f"Give the id of the {definition.scope}."))
    if not is_for_one and definition.subject_id is not None:
        problems.append(FieldProblem("subject_id", f"has no meaning for the scope {definition.scope}", "Leave it out."))
    if definition.limit_usd is None and definition.limit_tokens is None:
        problems.append(FieldProblem("limit_usd", "is missing, and so is limit_tokens", "Give at least one of them."))
    if definition.scope is BudgetScope.RUN and definition.period is not BudgetPeriod.TOTAL:
        problems.append(FieldProblem("period", "must be total for the scope run", "Set period to total."))
    is_downgrading = definition.at_limit is AtLimit.DOWNGRADE
    has_fallback = definition.fallback_provider_id is not None or definition.fallback_model is not None
    if is_downgrading and definition.fallback_provider_id is None:
        problems.append(
            FieldProblem(
                "fallback_provider_id", "is needed when at_limit is downgrade", "Name the cheaper model's provider."
            )
        )
    if has_fallback and not is_downgrading:
        problems.append(
            FieldProblem("fallback_provider_id", "is used only when at_limit is downgrade", "Leave the fallback out.")
        )
    if not _is_zone(definition.timezone):
        problems.append(ZONE)
    return problems


def facts_of(definition: BudgetDefinition) -> JsonObject:
    """Return a definition as the audit log has it."""
    return {each.name: _fact(getattr(definition, each.name)) for each in fields(definition)}


def _fact(value: object) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    return cost_text(value) if isinstance(value, Decimal) else str(value)


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def worst_cost(model: ModelSpec, worst: MostTokens) -> Decimal | None:
    """Return the most US dollars that a call may cost; None when the price is unknown. A script costs what it pretends."""
    if model.kind == "scripted" and model.override is None:
        return _pretended(model.parameters.get("script"))
    return priced(model, worst.usage).cost_usd


def _pretended(script: Json) -> Decimal:
    turns = script.get("turns") if isinstance(script, dict) else None
    costs = [turn.get("cost_usd") for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []
    dearest = max((Decimal(str(cost)) for cost in costs if cost is not None), default=Decimal(0))
    return min(dearest, _MOST_PRETENDED)


def refusal_of(short: Shortage, needed_usd: Decimal | None, needed_tokens: int) -> Refusal:
    """Return why a call may not be made, and the question to a person where the budget asks one."""
    message = _sentence(short, needed_usd, needed_tokens)
    if short.at_limit != AtLimit.ASK:
        return Refusal(message, _MORE)
    expires_at = None if short.ends_at is None else short.ends_at.isoformat()
    return Refusal(message, _MORE, _question(short, needed_usd, needed_tokens), expires_at)


def _sentence(short: Shortage, needed_usd: Decimal | None, needed_tokens: int) -> str:
    when = "by this run" if short.scope == BudgetScope.RUN else _PERIODS[short.period]
    parts = [f"The budget {short.name} does not allow this model call."]
    if short.limit_usd is not None:
        limit = cost_text(short.limit_usd + short.granted_usd)
        used = f"{cost_text(short.settled_usd)} of {limit} USD are used {when}"
        call = "its price is not known" if needed_usd is None else f"it may cost {cost_text(needed_usd)} USD"
        parts.append(f"{used}, {cost_text(short.reserved_usd)} are reserved, and {call}.")
    if short.limit_tokens is not None:
        limit = f"{short.limit_tokens + short.granted_tokens:,}"
        used = f"{short.settled_tokens:,} of {limit} tokens are used {when}"
        parts.append(f"{used}, {short.reserved_tokens:,} are reserved, and it may use {needed_tokens:,}.")
    if short.ends_at is not None:
        parts.append(f"The budget is reset on {short.ends_at:%Y-%m-%d at %H:%M} UTC.")
    return " ".join(parts)


def _question(short: Shortage, needed_usd: Decimal | None, needed_tokens: int) -> JsonObject:
    question: JsonObject = {"budget_id": str(short.budget_id), "budget": short.name, "period": short.period}
    if short.limit_usd is not None:
        used = short.settled_usd + short.reserved_usd
        missing = used + (_AMOUNT_FOR_UNPRICED if needed_usd is None else needed_usd) - short.limit_usd - short.granted_usd
        question |= {
            "limit_usd": cost_text(short.limit_usd + short.granted_usd),
            "settled_usd": cost_text(short.settled_usd),
            "reserved_usd": cost_text(short.reserved_usd),
            "needed_usd": None if needed_usd is None else cost_text(needed_usd),
            "amount_usd": cost_text(max(Decimal(0), missing)),
        }
    if short.limit_tokens is not None:
        used_tokens = short.settled_tokens + short.reserved_tokens
        question |= {
            "limit_tokens": short.limit_tokens + short.granted_tokens,
            "settled_tokens": short.settled_tokens,
            "reserved_tokens": short.reserved_tokens,
            "needed_tokens": needed_tokens,
            "amount_tokens": max(0, used_tokens + needed_tokens - short.limit_tokens - short.granted_tokens),
        }
    return question
