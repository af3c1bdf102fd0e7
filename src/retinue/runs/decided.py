"""One decision of people allows one execution: what it allowed is not carried out again without asking. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from typing import cast
from uuid import UUID

from retinue.core.errors import InvalidError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.ways import Ways, ways_of
from retinue.engine.replay import SIMULATED, external_names, tools_called_unasked
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import ApprovalNode, Working, walked
from retinue.runs.replaying import refusal
from retinue.runs.repository_steps import RecordedStep


def check_not_repeated(plan: JsonObject, approvals: Iterable[str], again: Sequence[RecordedStep]) -> None:
    """Refuse to carry out again what ``approvals`` (paths of nodes) allowed, and what must not be carried out twice.

    ``again`` are the recorded steps whose nodes the new run executes. Raises ``InvalidError`` that names the approval.
    """
    document = Workflow.model_validate(plan["definition"])
    ways = ways_of(document.nodes, document.edges)
    acting, asked_again = dict(_acting(plan)), {each.node_id for each in again}
    for approval in approvals:
        if approval in asked_again:
            continue
        behind = _behind(ways, approval.partition("/")[0])
        for step in again:
            if step.node_id in acting and step.node_id.partition("/")[0] in behind and _was_done(step):
                raise _refusal(approval, step.node_id, acting[step.node_id])


def check_fork(plan: JsonObject, steps: Sequence[RecordedStep], step_id: UUID) -> None:
    """Refuse the same of a fork that begins with a step. Raises ``InvalidError``."""
    begun = next((each.sequence for each in steps if each.id == step_id), None)
    if begun is None:
        return
    document = Workflow.model_validate(plan["definition"])
    asking = {path for path, node in walked(document.nodes) if isinstance(node, Working) and isinstance(node, ApprovalNode)}
    kept = [each for each in steps if each.sequence < begun and each.status == "completed"]
    approvals = sorted({each.node_id for each in kept} & asking)
    check_not_repeated(plan, approvals, [each for each in steps if each.sequence >= begun])


def _was_done(step: RecordedStep) -> bool:
    return step.status == "completed" and step.source != SIMULATED


def _acting(plan: JsonObject) -> Iterator[tuple[str, str]]:
    """Give the paths of nodes that do what must not be done twice, each with what does it."""
    tools, members = plan.get("tools"), plan.get("members")
    for path, tool in tools.items() if isinstance(tools, dict) else ():
        if isinstance(tool, dict) and tool.get("effect") == "dangerous":
            yield path, str(tool.get("name"))
    for member in members if isinstance(members, list) else ():
        inner = cast("JsonObject", member["plan"]) if isinstance(member, dict) else {}
        name = next(tools_called_unasked(inner), None) or next(external_names(inner), None)
        if name is not None:
            yield str(cast("dict[str, Json]", member)["key"]), name


def _behind(ways: Ways, name: str) -> set[str]:
    """Return the nodes that ways from a node lead to, and those beside it in the same map or loop."""
    found, waiting = {name}, [name]
    while waiting:
        for way in ways.out.get(waiting.pop(), ()):
            if way.target not in found:
                found.add(way.target)
                waiting.append(way.target)
    return found


def _refusal(approval: str, path: str, name: str) -> InvalidError:
    message = f"would carry out {path} ({name}) a second time by the one decision at {approval}"
    remedy = f"Start from {approval.partition('/')[0]}, so that people decide again, or start a dry run."
    return refusal("node", message, remedy)
