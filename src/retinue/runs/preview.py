"""Which member would take a sentence: the leader of a routing team is asked, and no member works."""

from dataclasses import dataclass
from uuid import UUID

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.permissions import require
from retinue.engine import prompt, team_prompt
from retinue.engine.plan import TeamPlan, read_plan
from retinue.engine.ports import ModelRequest, ModelResponse
from retinue.engine.pricing import cost_text
from retinue.engine.spec.team import Mode
from retinue.llm import service as llm
from retinue.runs import permissions
from retinue.runs.errors import PreviewUnsupportedError
from retinue.runs.resolve import resolve_team

_MOST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ChosenMember:
    """The member that would answer."""

    agent_id: UUID | None
    team_id: UUID | None
    name: str


@dataclass(frozen=True, slots=True)
class RoutePreview:
    """What a leader chose. ``member`` is null when it chose none that there is; ``confidence`` unless it gave a figure.

    ``cost_usd`` is a decimal as text, null when the price is not known.
    """

    team_id: UUID
    member: ChosenMember | None
    confidence: float | None
    reason: str | None
    model: str
    input_tokens: int
    output_tokens: int
    cost_usd: str | None


async def preview_route(database: Database, actor: Actor, team_id: UUID, sentence: str) -> RoutePreview:
    """Ask a routing team's leader which member it would choose. The call costs what one turn of the leader costs.

    Raises ``PreviewUnsupportedError`` for a team of another type, what ``resolve_team`` raises, and the model's errors.
    """
    async with database.context(actor) as ctx:
        require(ctx, permissions.WRITE)
        document = await resolve_team(ctx, team_id, is_playground=True)
        organization_id = ctx.organization_id
    plan = read_plan(dumps(document).decode())
    team = plan.team
    if team is None or team.mode is not Mode.ROUTE:
        problem = FieldProblem("team_id", "is not the id of a team of type route", PreviewUnsupportedError.remedy)
        raise PreviewUnsupportedError(fields=(problem,))
    request = ModelRequest(
        organization_id=str(organization_id),
        model=plan.agent.model,
        messages=prompt.with_instructions(plan.agent.instructions, [{"role": "user", "content": sentence}]),
        tools=plan.schemas,
        timeout_seconds=min(_MOST_SECONDS, float(plan.limits.timeout_seconds)),
        idempotency_key=f"preview:{new_id()}",
    )
    return _preview(team_id, team, await llm.complete_once(database, request))


def _preview(team_id: UUID, team: TeamPlan, response: ModelResponse) -> RoutePreview:
    arguments: JsonObject = response.tool_calls[0].arguments if response.tool_calls else {}
    member, reason, cost = team.member(arguments.get("member")), arguments.get("reason"), response.usage.cost_usd
    chosen = None
    if member is not None:
        target = UUID(member.target_id)
        is_agent = member.type == "agent"
        chosen = ChosenMember(target if is_agent else None, None if is_agent else target, member.name)
    return RoutePreview(
        team_id=team_id,
        member=chosen,
        confidence=team_prompt.confidence_of(arguments),
        reason=reason if isinstance(reason, str) else None,
        model=response.model,
        input_tokens=response.usage.input_tokens,
        output_tokens=response.usage.output_tokens,
        cost_usd=None if cost is None else cost_text(cost),
    )
