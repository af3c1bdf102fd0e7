"""The most that a run under a plan may cost: calls, bounds of maps, loops and circles, and prices. Pure.

A model call costs at most a full context of input, and its ``max_output_tokens`` (or another full context) of output. What
has no known price has no bound, and that is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from retinue.core.json import JsonObject, dumps
from retinue.engine.compile.workflow.ways import Ways, ways_of, ways_of_body
from retinue.engine.plan import MemberPlan, PreparedPlan, WorkflowPlan, read_plan
from retinue.engine.ports import ModelSpec
from retinue.engine.pricing import cost_text, is_free, price_of
from retinue.engine.spec.workflow.nodes import LoopNode, MapNode, ModelNode, Working

_MILLION: Final = Decimal(1_000_000)
_FREE: Final = Decimal(0)
_STARTING: Final = frozenset({"agent", "team", "workflow"})
_ASKED_AGAIN: Final = 2
"""An answer that does not fit its schema is asked for once more."""


@dataclass(frozen=True, slots=True)
class NodeCost:
    """The most that a node may cost in one run.

    ``executions`` is how often it may be executed, attempts included. Costs are decimals as text; null where a price is not
    known, of which ``reason`` says why.
    """

    node_id: str
    name: str
    type: str
    executions: int
    cost_per_execution_usd: str | None
    cost_usd: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class CostBounds:
    """The most that a run may cost: the sum of its nodes. ``is_complete``: there is no node without a known bound."""

    cost_usd: str
    is_complete: bool
    limit_usd: str | None
    nodes: list[NodeCost]


@dataclass(frozen=True, slots=True)
class _Bound:
    cost: Decimal | None
    reason: str


def cost_bounds(plan: JsonObject) -> CostBounds:
    """Return the bounds of a workflow's stored plan. Reads the price list: see ``pricing.warm``."""
    prepared = read_plan(dumps(plan).decode())
    workflow = prepared.workflow
    if workflow is None:
        raise RuntimeError("bounds were asked for the plan of something else")
    nodes = list(_of_graph(prepared, workflow))
    known = [Decimal(each.cost_usd) for each in nodes if each.cost_usd is not None]
    most = prepared.limits.max_cost_usd
    return CostBounds(
        cost_text(sum(known, _FREE)), len(known) == len(nodes), None if most is None else cost_text(most), nodes
    )


def _of_graph(plan: PreparedPlan, workflow: WorkflowPlan) -> Iterator[NodeCost]:
    document = workflow.document
    yield from _of_ways(plan, workflow, ways_of(document.nodes, document.edges), ("", 1))


def _of_ways(plan: PreparedPlan, workflow: WorkflowPlan, ways: Ways, place: tuple[str, int]) -> Iterator[NodeCost]:
    above, times = place
    for name, node in ways.nodes.items():
        if node.disabled:
            continue
        path = f"{above}/{name}" if above else name
        count = times * _visits(ways, name)
        if isinstance(node, MapNode | LoopNode):
            most = node.max_items if isinstance(node, MapNode) else node.max
            yield from _of_ways(plan, workflow, ways_of_body(node.body), (path, count * most))
            continue
        kind = str(getattr(node, "type", ""))
        if kind in _STARTING or isinstance(node, ModelNode):
            yield _cost_of(plan, workflow, node, (path, kind, count))


def _cost_of(plan: PreparedPlan, workflow: WorkflowPlan, node: Working, what: tuple[str, str, int]) -> NodeCost:
    path, kind, count = what
    attempts = 1 if node.retry is None else node.retry.max_attempts
    executions = min(count * attempts, plan.limits.max_steps)
    bound = _of_node(plan, workflow, node, path)
    each = None if bound.cost is None else cost_text(bound.cost)
    total = None if bound.cost is None else cost_text(bound.cost * executions)
    return NodeCost(path, node.name or node.id, kind, executions, each, total, bound.reason)


def _visits(ways: Ways, name: str) -> int:
    """Return how often a node may be visited: each way that closes a circle around it leads there again."""
    visits = 1
    for way in ways.all:
        if way.is_back and way.edge is not None and way.edge.max_visits is not None and name in ways.circles[way.index]:
            visits *= 1 + way.edge.max_visits
    return visits


def _of_node(plan: PreparedPlan, workflow: WorkflowPlan, node: Working, path: str) -> _Bound:
    if isinstance(node, ModelNode):
        bound = _of_call(workflow.models[path])
        if bound.cost is not None and node.output_schema is not None:
            return _Bound(bound.cost * _ASKED_AGAIN, f"{bound.reason}, asked twice at most")
        return bound
    member = None if plan.team is None else plan.team.member(path)
    return _Bound(None, "is not in the plan") if member is None else _of_member(member)


def _of_member(member: MemberPlan) -> _Bound:
    """Bound a run that a node, a team or an agent starts."""
    if member.plan.get("runtime") in {"external", "n8n"}:
        return _Bound(None, f"{member.name} lives elsewhere, and its cost is not known")
    plan = read_plan(dumps(member.plan).decode())
    if plan.workflow is not None:
        inner = cost_bounds(member.plan)
        missing = next((each for each in inner.nodes if each.cost_usd is None), None)
        return _Bound(None, f"{member.name}: {missing.reason}") if missing else _Bound(Decimal(inner.cost_usd), member.name)
    own = _of_call(plan.agent.model)
    started = [*plan.callees.values(), *(() if plan.team is None else plan.team.members)]
    bounds = [own, *(_of_member(each) for each in started)]
    unknown = next((each for each in bounds if each.cost is None), None)
    most = plan.limits.max_cost_usd
    if unknown is not None:
        return _Bound(None, unknown.reason)
    dearest = max(each.cost for each in bounds if each.cost is not None)
    total, reason = dearest * plan.limits.max_steps, f"{plan.limits.max_steps} steps of {plan.agent.model.name}"
    if most is not None and most + dearest < total:
        return _Bound(most + dearest, f"max_cost_usd of {member.name}, and the step that reaches it")
    return _Bound(total, reason)


def _of_call(model: ModelSpec) -> _Bound:
    if is_free(model.kind, model.name):
        return _Bound(_FREE, f"{model.name} runs on your own machine")
    price = price_of(model.kind, model.name, model.base_url).overridden(model.override)
    given, gives, window = price.input_usd_per_mtok, price.output_usd_per_mtok, price.context_window
    if given is None or gives is None:
        return _Bound(None, f"the price of {model.name} is not known")
    if window is None:
        return _Bound(None, f"the context window of {model.name} is not known")
    limit = model.parameters.get("max_output_tokens")
    output = limit if isinstance(limit, int) else window
    return _Bound((given * window + gives * output) / _MILLION, f"{window} tokens in and {output} out of {model.name}")
