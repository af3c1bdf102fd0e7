"""Reading the steps of a run."""

from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.pages import Page, decode_number, numbered_page_of
from retinue.core.permissions import require
from retinue.engine.errors import PlanInvalidError
from retinue.engine.plan import read_plan
from retinue.engine.requests import RecordedCall, SentRequest, rebuild
from retinue.runs.steps import repository
from retinue.runs.steps.errors import StepRequestMissingError
from retinue.runs.steps.types import Step


async def list_steps(ctx: Context, run_id: UUID, limit: int, cursor: str | None) -> Page[Step]:
    """Return a page of a run's steps, in the order in which they began."""
    require(ctx, "runs:read")
    after = -1 if cursor is None else decode_number(cursor)
    return numbered_page_of(await repository.list_steps(ctx, run_id, after, limit + 1), limit, lambda step: step.sequence)


async def get_request(ctx: Context, run_id: UUID, step_id: UUID) -> SentRequest:
    """Return what a model step was sent, from the beginning. Raises ``StepRequestMissingError``."""
    require(ctx, "runs:read")
    chain = await repository.list_chain(ctx, run_id, step_id)
    text = await repository.get_plan_text(ctx, run_id)
    if not chain or chain[-1].step_type != "llm_call" or text is None:
        raise StepRequestMissingError
    try:
        plan = read_plan(text)
    except PlanInvalidError:
        raise StepRequestMissingError from None
    return rebuild(plan, [RecordedCall(step.input, step.output) for step in chain])
