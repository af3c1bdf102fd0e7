"""Pure decisions about workflows: what a definition refers to, and what a workflow is to an audit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from retinue.core.json import JsonObject
from retinue.engine.spec.input import PromptInput
from retinue.engine.spec.workflow.findings import Finding, nearest, objects, pointer, text
from retinue.engine.spec.workflow.graph import graphs
from retinue.engine.spec.workflow.reading import Reading, read
from retinue.engine.spec.workflow.supported import findings as unsupported
from retinue.workflows.types import NodeTarget, WorkflowDefinition, WorkflowFinding

KINDS = ("agent", "team", "workflow", "tool")


@dataclass(frozen=True, slots=True)
class Referable:
    """A thing that nodes may refer to."""

    kind: str
    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference as a node has it: by id or by name. ``node`` is the node's path."""

    path: str
    node: str
    kind: str
    id: UUID | None
    name: str | None

    def is_met_by(self, known: Referable) -> bool:
        """Say whether it means this."""
        return known.kind == self.kind and (known.id == self.id if self.id is not None else known.name == self.name)


def look_at(document: JsonObject) -> Reading:
    """Read a definition, with the findings about what this version does not carry out."""
    reading = read(document)
    return Reading(reading.workflow, (*reading.findings, *unsupported(document)))


def mentions(document: JsonObject) -> list[Mention]:
    """Return what the nodes of a definition refer to; a malformed reference has been reported by the schema."""
    found: list[Mention] = []
    for place, graph in graphs(document):
        above = _names_of(document, place)
        for index, node in objects(graph.get("nodes")):
            kind = text(node.get("type"))
            reference = node.get(kind) if kind in KINDS else None
            if not isinstance(reference, dict):
                continue
            given, name = _id_of(reference.get("id")), text(reference.get("name")) or None
            if given is not None or name is not None:
                node_path = "/".join((*above, text(node.get("id"))))
                found.append(Mention(pointer(*place, "nodes", index, kind), node_path, kind, given, name))
    return found


def _names_of(document: JsonObject, place: tuple[str | int, ...]) -> list[str]:
    """Return the ids of the maps and loops around a place."""
    names, value = list[str](), cast("Any", document)
    for part in place:
        value = value[part]
        if isinstance(part, int):
            names.append(text(value.get("id")))
    return names


def _id_of(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def meet(asked: Sequence[Mention], known: Sequence[Referable], names: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Give the references that mean nothing, or several things; ``names`` are those of each kind, to suggest from."""
    for each in asked:
        met = [one for one in known if each.is_met_by(one)]
        shown = each.name or str(each.id)
        if not met:
            like = nearest(each.name, names.get(each.kind, ())) if each.name else None
            suggestion = like or f"Create the {each.kind} first."
            message = f"There is no {each.kind} {shown[:80]}."
            yield Finding(each.path, f"unknown_{each.kind}", message, node=each.node, suggestion=suggestion)
        elif len(met) > 1:
            message = f"{len(met)} {each.kind}s are called {shown[:80]}."
            yield Finding(each.path, "ambiguous_reference", message, node=each.node, suggestion="Refer to it by id.")


def targets_of(asked: Sequence[Mention], known: Sequence[Referable]) -> tuple[NodeTarget, ...]:
    """Return what the references mean, for references that ``meet`` has nothing against."""
    return tuple(
        NodeTarget(each.node, each.kind, one.id, one.name)
        for each in asked
        for one in [next(one for one in known if each.is_met_by(one))]
    )


def prompt_of(document: JsonObject) -> PromptInput | None:
    """Return the one text that an input asks for; None when it demands more, or something else.

    Beside it the input may have a list ``messages``: what was said before in a conversation.
    """
    schema = document.get("input_schema")
    fields = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(schema, dict) or not isinstance(fields, dict):
        return None
    required = schema.get("required") or []
    wanted = required if isinstance(required, list) and required else list(fields)
    if len(wanted) != 1 or _type_of(fields, str(wanted[0])) != "string":
        return None
    return PromptInput(str(wanted[0]), takes_messages=_type_of(fields, "messages") == "array")


def _type_of(fields: JsonObject, name: str) -> object:
    field = fields.get(name)
    return field.get("type") if isinstance(field, dict) else None


def shown(finding: Finding) -> WorkflowFinding:
    """Return a finding as it is shown."""
    return WorkflowFinding(
        path=finding.path,
        code=finding.code,
        message=finding.message,
        severity=finding.severity,
        node=finding.node,
        suggestion=finding.suggestion,
        line=finding.line,
        column=finding.column,
    )


def audited(new: WorkflowDefinition) -> JsonObject:
    """Return what is set of a workflow as the audit shows it."""
    return {
        "definition": new.definition,
        "agent_id": None if new.agent_id is None else str(new.agent_id),
        "trigger_config": new.trigger_config.model_dump(mode="json"),
        "deployment_config": new.deployment_config.model_dump(mode="json"),
    }
