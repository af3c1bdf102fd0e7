"""Whether the hosts of tools answer: any HTTP status will do."""

import asyncio
from collections.abc import Sequence

from retinue.core.errors import FieldProblem
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import (
    Outbound,
    OutboundFailedError,
    OutboundRequest,
    OutboundTimeoutError,
    OutboundUnreachedError,
)
from retinue.engine.ports import ToolPlan
from retinue.tools.registry import kind_of

_SECONDS = 10.0
_REMEDY = "Check the tool's URL and that its server runs; a trial call of the tool shows more."


async def problems_of(outbound: Outbound, plans: Sequence[ToolPlan]) -> list[FieldProblem]:
    """Name each tool whose host does not answer, or may not be called. A host that a variable names is left out."""
    hosts: dict[str, tuple[int, str]] = {}
    for index, plan in enumerate(plans):
        kind = kind_of(plan.tool_type, plan.configuration)
        host = kind.destination(plan.configuration) if kind is not None else ""
        if host.startswith(("http://", "https://")) and "{" not in host:
            hosts.setdefault(host, (index, plan.name))
    found = await asyncio.gather(*(_problem_of(outbound, host, *place) for host, place in hosts.items()))
    return [problem for problem in found if problem is not None]


async def _problem_of(outbound: Outbound, host: str, index: int, name: str) -> FieldProblem | None:
    try:
        await outbound.send(OutboundRequest("HEAD", host, timeout_seconds=_SECONDS, max_redirects=0, is_cut=True))
    except (OutboundUnreachedError, OutboundTimeoutError, OutboundRefusedError) as error:
        message = f"is {name}, whose host {host} cannot be called: {error.detail}"
        return FieldProblem(f"config.tools.{index}.name", message.rstrip("."), _REMEDY)
    except OutboundFailedError:  # it answers, though not with what is read here
        return None
    return None
