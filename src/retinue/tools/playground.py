"""Test calls of a tool: real calls outside of any run."""

import time
from dataclasses import dataclass
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import new_id
from retinue.core.json import JsonObject, dumps
from retinue.core.permissions import require
from retinue.engine.ports import ToolInvocation, ToolInvoker
from retinue.engine.spec.agent import Limits, ToolUse
from retinue.tools import repository, service
from retinue.tools.errors import ToolInvalidError
from retinue.tools.permissions import WRITE
from retinue.tools.planning import plan_of
from retinue.tools.registry import kind_of
from retinue.tools.types import TestedArtifact, ToolTest

_UNKNOWN_AGENT = FieldProblem(
    "agent_id", "names an agent that does not exist", "Name one of the agents under GET /api/v1/agents, or leave it out."
)


@dataclass(frozen=True, slots=True)
class TestCall:
    """A test call of a tool, with an agent's variables when one is named."""

    tool_id: UUID
    arguments: JsonObject
    settings: JsonObject
    agent_id: UUID | None


async def test(database: Database, actor: Actor, invoker: ToolInvoker, call: TestCall) -> ToolTest:
    """Call a tool once, outside of any run; the call is real, and an audit entry is written.

    Raises ``ToolMissingError``, and ``ToolInvalidError`` for settings the tool does not take and for an unknown agent.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        tool = await service.get(ctx, call.tool_id)
        kind = kind_of(tool.tool_type, tool.configuration)
        problems = kind.check_settings(tool.configuration, call.settings) if kind else ()
        if call.agent_id is not None and not await repository.has_agent(ctx.tx, call.agent_id):
            problems = (*problems, _UNKNOWN_AGENT)
        if problems:
            raise ToolInvalidError.of(*problems)
        plan = plan_of(tool, ToolUse(name=tool.name), call.settings, Limits(), {})
        organization_id = str(ctx.organization_id)
        user_id = None if ctx.actor.user_id is None else str(ctx.actor.user_id)
        await audit.record(ctx, "tool.tested", ("tool", tool.id))
    call_id = str(new_id())
    invocation = ToolInvocation(
        organization_id=organization_id,
        run_id=call_id,
        agent_id=str(call.agent_id or UUID(int=0)),
        call_id=call_id,
        tool=plan,
        arguments=call.arguments,
        idempotency_key=f"test:{call_id}",
        user_id=user_id,
    )
    began = time.perf_counter()
    result = await invoker.invoke(invocation)
    error = None
    if result.is_error:
        error = result.output if isinstance(result.output, str) else dumps(result.output).decode()
    return ToolTest(
        ok=not result.is_error,
        output=None if result.is_error else result.output,
        error=error,
        duration_ms=round((time.perf_counter() - began) * 1000),
        artifacts=tuple(TestedArtifact(each.name, each.type, len(each.content)) for each in result.artifacts),
    )
