"""Reads a workflow's document and gives all findings at once; none hides another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from pydantic import ValidationError

from retinue.core.json import Json, JsonObject, dumps
from retinue.core.validation import words_of
from retinue.engine.spec.schemas import schema_problems, value_problems
from retinue.engine.spec.workflow import graph, names
from retinue.engine.spec.workflow.document import FORMAT, Workflow
from retinue.engine.spec.workflow.fields import fields_at
from retinue.engine.spec.workflow.findings import Finding, nearest, objects, pointer, step, text
from retinue.engine.spec.workflow.formats import current, number_of

_CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field",
    "union_tag_invalid": "unknown_node_type",
    "union_tag_not_found": "missing_field",
}
_OF_NODES = {"union_tag_invalid": "is not a type of node", "union_tag_not_found": "has no type"}
_REFERENCES = {"agent", "team", "tool", "workflow"}


@dataclass(frozen=True, slots=True)
class Reading:
    """The workflow, or None when a finding is an error of the schema; and all findings, in the order of the document."""

    workflow: Workflow | None
    findings: tuple[Finding, ...]

    @property
    def is_valid(self) -> bool:
        """Whether the workflow can be carried out: no finding is an error."""
        return self.workflow is not None and all(each.severity != "error" for each in self.findings)


def read(document: JsonObject) -> Reading:
    """Read a document of the present or a former format: its schema, its graph, its expressions. Changes nothing."""
    document = current(document)
    unreadable = _format_finding(document)
    if unreadable is not None:
        return Reading(None, (unreadable,))
    workflow: Workflow | None = None
    found: list[Finding] = []
    try:
        workflow = Workflow.model_validate(document)
    except ValidationError as error:
        found += [_schema_finding(document, cast("JsonObject", each)) for each in error.errors(include_url=False)]
    found += _state_findings(document)
    found += graph.findings(document)
    found += names.findings(document)
    return Reading(workflow, tuple(found))


def _format_finding(document: JsonObject) -> Finding | None:
    given = document.get("format")
    if given == FORMAT:
        return None
    number = number_of(given)
    if number is None or number < (number_of(FORMAT) or 0):
        told = "names no format that there has been" if isinstance(given, str) and given else "does not name its format"
        return Finding("/format", "unknown_format", f"The document {told}.", suggestion=f'Set it to "{FORMAT}".')
    message = f"The document has format {str(given)[:60]}, and this version of Retinue reads {FORMAT}."
    return Finding(
        "/format", "newer_format", message, suggestion="Upgrade Retinue, or export the workflow from the version it is of."
    )


def _schema_finding(document: JsonObject, error: JsonObject) -> Finding:
    parts, node = _place(document, cast("Sequence[str | int]", error["loc"]))
    kind = text(error["type"])
    code, (message, remedy) = _CODES.get(kind, "invalid_value"), words_of(error)
    message = _OF_NODES.get(kind, message)
    if code == "unknown_node_type":
        expected = text(cast("JsonObject", error.get("ctx") or {}).get("expected_tags"))
        return Finding(pointer(*parts, "type"), code, message, node=node, suggestion=f"Use one of {expected}.")
    suggestion = _suggestion(document, code, parts, error["input"]) or remedy
    return Finding(pointer(*parts), code, message, node=node, suggestion=suggestion)


def _suggestion(document: JsonObject, code: str, parts: list[str | int], given: Json) -> str | None:
    """Name the fields there are, or write a reference to what was only named."""
    if code == "invalid_value" and parts[-1:] and parts[-1] in _REFERENCES and isinstance(given, str):
        return f"Write {dumps({'name': given[:200]}).decode()}."
    if code != "unknown_field":
        return None
    known = sorted(fields_at(document, parts[:-1]))
    if not known:
        return None
    return nearest(str(parts[-1]), known) or f"Known are {', '.join(known)}."


def _place(document: JsonObject, location: Sequence[str | int]) -> tuple[list[str | int], str | None]:
    """Follow a location of Pydantic's, which holds the tags of unions too, through the document."""
    parts: list[str | int] = []
    node: str | None = None
    value: Json = document
    for index, part in enumerate(location):
        is_node = isinstance(value, dict) and parts[-2:-1] == ["nodes"]
        if is_node and isinstance(value, dict) and part == value.get("type") and index == len(parts) + _tags(parts):
            continue  # the union's tag, which is the node's type
        value = step(value, part)
        parts.append(part)
        if isinstance(value, dict) and parts[-2:-1] == ["nodes"]:
            node = text(value.get("id")) or node
    return parts, node


def _tags(parts: Sequence[str | int]) -> int:
    """Return how many tags stand before the end of a location: one for each node entered but the last."""
    return sum(parts[index] == "nodes" for index in range(len(parts) - 2))


def _state_findings(document: JsonObject) -> list[Finding]:
    """Check the JSON Schemas of the document, each of which must stand alone."""
    found: list[Finding] = []
    for key in ("input_schema", "output_schema"):
        schema = document.get(key)
        if isinstance(schema, dict):
            found += [
                Finding(pointer(key), "invalid_schema", f"{each.field} {each.message}", suggestion=each.remedy)
                for each in schema_problems(schema, key)
            ]
    for place, inner in graph.graphs(document):
        for index, node in objects(inner.get("nodes")):
            found += _node_schema_findings(node, (*place, "nodes", index))
    return found


def _node_schema_findings(node: JsonObject, place: tuple[str | int, ...]) -> list[Finding]:
    found: list[Finding] = []
    name = text(node.get("id"))
    for key in ("form", "output_schema", "editable"):
        schema = node.get(key)
        if isinstance(schema, dict):
            found += [
                Finding(
                    pointer(*place, key),
                    "invalid_schema",
                    f"{each.field} {each.message}",
                    node=name,
                    suggestion=each.remedy,
                )
                for each in schema_problems(schema, key)
            ]
    form, default = node.get("form"), node.get("default")
    if node.get("type") == "question" and isinstance(form, dict) and isinstance(default, dict) and not found:
        remedy = "Change the default or the form."
        found += [
            Finding(
                pointer(*place, "default"),
                "unfit_default",
                f"The default does not fit the form: {each}",
                node=name,
                suggestion=remedy,
            )
            for each in value_problems(form, default)
        ]
    return found
