"""Plans of workflow runs that take results instead of executing nodes, as the request asks for it. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.json import Json, JsonObject
from retinue.engine.plan import with_replay
from retinue.engine.replay import external_names, replay_of
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.findings import nearest
from retinue.engine.spec.workflow.nodes import ApprovalNode, ConditionNode, SwitchNode, TransformNode, Working, walked
from retinue.runs.resolve_workflow import pins_of
from retinue.runs.types import RunType, StartRun

Computed = ConditionNode | SwitchNode | TransformNode


def as_asked(plan: JsonObject, request: StartRun) -> JsonObject:
    """Return the plan of a run that is started with pinned results, or dry. Raises ``InvalidError`` for what cannot be."""
    if not request.pins and not request.dry_run:
        return plan
    if request.type is not RunType.WORKFLOW:
        field = "pins" if request.pins else "dry_run"
        raise refusal(field, "is for workflows", "Leave it out.")
    return with_pins(plan, request.pins or {}, is_dry=request.dry_run)


def with_pins(plan: JsonObject, pins: Mapping[str, Json], *, is_dry: bool) -> JsonObject:
    """Return a workflow's plan with pinned results beside those that it has. Raises ``InvalidError``."""
    if plan.get("runtime") == "n8n":
        field = "pins" if pins else "dry_run"
        raise refusal(field, "is not possible: n8n carries out the workflow", "Leave it out, or remove the link to n8n.")
    document = Workflow.model_validate(plan["definition"])
    check_pins(document, pins, is_dry=is_dry)
    before = replay_of(plan.get("replay"))
    own = pins_of(document) if is_dry else {}
    replay = replace(before, pins={**own, **before.pins, **pins}, is_dry=is_dry or before.is_dry)
    if replay.is_dry:
        _check_dry(plan, replay.pins)
    return with_replay(plan, replay)


def check_pins(document: Workflow, pins: Mapping[str, Json], *, is_dry: bool) -> None:
    """Demand that each pin names a node whose result can be given; that of an approval, in dry runs alone."""
    nodes = {path: node for path, node in walked(document.nodes) if isinstance(node, Working)}
    for path in pins:
        if path not in nodes:
            remedy = nearest(path, nodes) or "Name a node by its id, after those of the maps and loops around it."
            raise refusal(f"pins.{path}", "names no node of the workflow", remedy)
        if isinstance(nodes[path], Computed):
            raise refusal(f"pins.{path}", "is computed each time", "Pin the nodes that it reads.")
        if isinstance(nodes[path], ApprovalNode) and not is_dry:
            message = "is an approval, which people decide wherever a run has effects"
            raise refusal(f"pins.{path}", message, "Leave the pin out, or start a dry run.")


def _check_dry(plan: JsonObject, pins: Mapping[str, Json]) -> None:
    members = plan.get("members")
    for member in members if isinstance(members, list) else ():
        if not isinstance(member, dict) or member.get("key") in pins:
            continue
        name = next(external_names(cast("JsonObject", member["plan"])), None)
        if name is not None:
            message = f"is not possible: {name} lives elsewhere, and may do anything when it is called"
            raise refusal("dry_run", message, f"Pin a result for {member.get('key')}.")


def refusal(field: str, message: str, remedy: str) -> InvalidError:
    """Return the error that names a field and what to do."""
    return InvalidError(f"{field} {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))
