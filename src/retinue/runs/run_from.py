"""Runs from a node of a recorded run: what the nodes before it gave is taken from the record, and none of them is executed.

A loop is carried out again with the recorded results of its body, since its rounds write to the state; a map has one result.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.ways import Ways, ways_of
from retinue.engine.output import read_output
from retinue.engine.plan import with_replay
from retinue.engine.replay import NO_REPLAY, SIMULATED, inside, place_of, replay_of
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.findings import nearest
from retinue.engine.spec.workflow.nodes import (
    ApprovalNode,
    HttpNode,
    LoopNode,
    MapNode,
    ModelNode,
    WaitForEventNode,
    WaitUntilNode,
    Working,
    walked,
)
from retinue.runs.decided import check_not_repeated
from retinue.runs.replaying import Computed, refusal, with_pins
from retinue.runs.repository_steps import RecordedStep

_PARTS: Final[Mapping[type[Working], tuple[str, ...]]] = {
    HttpNode: ("url", "headers", "query", "body"),
    ModelNode: ("messages",),
}
_NO_INPUT: Final = (*Computed.__args__, MapNode, LoopNode, WaitUntilNode, WaitForEventNode)


@dataclass(frozen=True, slots=True)
class RunFrom:
    """A node to run from. ``visit`` None: its last one. ``given`` takes the place of its input, in a tuple if given."""

    node: str
    visit: int | None = None
    given: tuple[Json] | None = None
    pins: Mapping[str, Json] = field(default_factory=dict[str, Json])
    dry_run: bool = False
    is_newest: bool = False


def plan_from(plan: JsonObject, steps: Sequence[RecordedStep], wanted: RunFrom) -> JsonObject:
    """Return the plan of a run from a node, of the plan that it follows and the steps of the recorded run.

    Raises ``InvalidError`` that names the field.
    """
    document = Workflow.model_validate(plan["definition"])
    ways = ways_of(document.nodes, document.edges)
    node = _node_of(ways, document, wanted.node)
    record = _Record(document, ways, steps, plan.get("tools"))
    visit = wanted.visit or record.last_visit(node.id)
    begun = record.step_at(node.id, visit)
    if begun is None and wanted.visit is not None:
        raise refusal(
            "visit", f"is {visit}, and the run has not visited {node.id} so often", "Leave it out for the last one."
        )
    recorded = dict(record.results(node.id, begun, with_simulated=wanted.dry_run))
    approvals = record.approvals(recorded)
    _check_approved(approvals, wanted)
    if not wanted.dry_run:
        check_not_repeated(plan, approvals, record.done_again(node.id, recorded))
    pinned: Mapping[str, Json] = replay_of(plan.get("replay")).pins if wanted.is_newest else dict[str, Json]()
    replay = replace(
        NO_REPLAY,
        pins={path: value for path, value in pinned.items() if path != node.id},
        recorded=recorded,
        before=record.before(node.id),
        start=place_of(node.id, "", visit),
        given=_given(node, wanted.given),
    )
    return with_pins(with_replay(plan, replay), wanted.pins, is_dry=wanted.dry_run)


def _node_of(ways: Ways, document: Workflow, path: str) -> Working:
    found = ways.nodes.get(path)
    if found is not None:
        return found
    paths = [each for each, node in walked(document.nodes) if isinstance(node, Working)]
    if path in paths:
        outer = path.partition("/")[0]
        raise refusal("node", f"is inside {outer}, which is carried out as a whole", f"Start from {outer}.")
    remedy = nearest(path, ways.nodes) or f"Name one of {', '.join(list(ways.nodes)[:20])}."
    raise refusal("node", f"names no node: {path[:80]}", remedy)


def _check_approved(approvals: Sequence[str], wanted: RunFrom) -> None:
    """Demand that what people approved is carried out as they saw it: nothing is changed behind their decision."""
    field = "input" if wanted.given is not None else "pins" if wanted.pins else None
    if approvals and field is not None and not wanted.dry_run:
        message = f"would change what was decided on at {approvals[0]}"
        raise refusal(field, message, f"Start from {approvals[0].partition('/')[0]}, leave it out, or start a dry run.")


def _given(node: Working, given: tuple[Json] | None) -> JsonObject | None:
    """Return what replaces the parts of a node that it is given."""
    if given is None:
        return None
    if isinstance(node, _NO_INPUT):
        raise refusal("input", "is for nodes that take one", "Leave it out.")
    parts = next((parts for kind, parts in _PARTS.items() if isinstance(node, kind)), None)
    if parts is None:
        return {"input": given[0]}
    if not isinstance(given[0], dict) or not set(given[0]) <= set(parts):
        raise refusal("input", f"of this node has {', '.join(parts)}", "Send an object with some of these.")
    return given[0]


class _Record:
    """What a run recorded of the nodes of a workflow."""

    def __init__(self, document: Workflow, ways: Ways, steps: Sequence[RecordedStep], tools: Json) -> None:
        self._nodes = {path: node for path, node in walked(document.nodes) if isinstance(node, Working)}
        self._ways = ways
        self._tools = tools if isinstance(tools, dict) else {}
        self._steps = steps
        self._by_id = {each.id: each for each in steps}
        self._maps = {path for path, node in self._nodes.items() if isinstance(node, MapNode)}

    def last_visit(self, name: str) -> int:
        return max((each.visit for each in self._steps if each.node_id == name), default=1)

    def step_at(self, name: str, visit: int) -> RecordedStep | None:
        return next((each for each in self._steps if (each.node_id, each.visit) == (name, visit)), None)

    def before(self, name: str) -> frozenset[str]:
        """Return the paths of nodes that must not be executed: all that a way from the node does not lead to."""
        after = self._reached(name, with_back=True)
        return frozenset(
            path
            for path, node in self._nodes.items()
            if path.partition("/")[0] not in after and not self._is_in_map(path) and self._is_recalled(node)
        )

    def results(self, name: str, begun: RecordedStep | None, *, with_simulated: bool) -> Iterator[tuple[str, JsonObject]]:
        """Give the places of what is not executed, each with what it gave; of several steps of a place the last counts."""
        ahead, after = self._reached(name, with_back=False), self._reached(name, with_back=True)
        for step in self._steps:
            node, top = self._nodes.get(step.node_id), step.node_id.partition("/")[0]
            if node is None or self._is_in_map(step.node_id) or not self._is_recalled(node):
                continue
            if top in after and not _is_before(step, begun, is_ahead=top in ahead):
                continue
            if step.source == SIMULATED and not with_simulated:
                continue
            told = self._recorded_result(node, step)
            if told is not None:
                yield place_of(step.node_id, self._frames(step), step.visit), told

    def approvals(self, places: Iterable[str]) -> list[str]:
        """Return the paths of the approvals among some places."""
        paths = (place.partition("@")[0] for place in places)
        return [path for path in paths if isinstance(self._nodes[path], ApprovalNode)]

    def done_again(self, name: str, recorded: Mapping[str, JsonObject]) -> list[RecordedStep]:
        """Return the steps whose nodes a run from a node executes once more."""
        after = self._reached(name, with_back=True)
        return [
            step
            for step in self._steps
            if step.node_id.partition("/")[0] in after
            and place_of(step.node_id, self._frames(step), step.visit) not in recorded
        ]

    def _reached(self, name: str, *, with_back: bool) -> set[str]:
        found, waiting = {name}, [name]
        while waiting:
            for way in self._ways.out.get(waiting.pop(), ()):
                if (with_back or not way.is_back) and way.target not in found:
                    found.add(way.target)
                    waiting.append(way.target)
        return found

    def _is_in_map(self, path: str) -> bool:
        parts = path.split("/")
        return any("/".join(parts[:count]) in self._maps for count in range(1, len(parts)))

    def _is_recalled(self, node: Working) -> bool:
        return not isinstance(node, (*Computed.__args__, LoopNode)) and not node.disabled

    def _recorded_result(self, node: Working, step: RecordedStep) -> JsonObject | None:
        if step.status == "failed":
            message, tool = step.error_message or "The node failed.", self._tools.get(step.node_id)
            return {"error": f"{tool.get('name')}: {message}" if isinstance(tool, dict) else message}
        return _result(node, step) if step.status == "completed" else None

    def _frames(self, step: RecordedStep) -> str:
        around = None if step.parent_step_id is None else self._by_id.get(step.parent_step_id)
        return "" if around is None else inside(self._frames(around), around.visit, step.item_index or 0)


def _is_before(step: RecordedStep, begun: RecordedStep | None, *, is_ahead: bool) -> bool:
    """Say whether a step of a node that the start leads to again had ended before the start began."""
    if begun is None:
        return not is_ahead
    return step.sequence < begun.sequence and step.completed_at is not None and step.completed_at <= begun.started_at


def _result(node: Working, step: RecordedStep) -> JsonObject:
    output = step.output
    if isinstance(node, ModelNode) and step.source == "executed" and isinstance(output, dict):
        text = str(output.get("text"))
        return {"result": text if node.output_schema is None else read_output(text, node.output_schema)[0]}
    return {"result": output}
