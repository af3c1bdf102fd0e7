"""What of a workflow this version carries out. The format has more; what is not carried out is refused, never ignored."""

from collections.abc import Iterator
from typing import Final

from retinue.core.json import JsonObject
from retinue.engine.spec.workflow.findings import Finding, objects, pointer, text

NODE_TYPES: Final = frozenset(
    {"agent", "team", "workflow", "tool", "condition", "switch", "transform", "approval", "wait_until", "note"}
)
_TIMED: Final = frozenset({"agent", "team", "workflow", "tool"})
_FIELDS: Final = ("retry", "idle_timeout", "cache", "pinned")
_APPROVAL_FIELDS: Final = ("assignees", "quorum", "expires", "on_expiry", "editable")
_REFERENCES: Final = ("agent", "team", "workflow", "tool")


def findings(document: JsonObject) -> Iterator[Finding]:
    """Give what a document asks for and this version does not do."""
    for index, node in objects(document.get("nodes")):
        place, name, kind = pointer("nodes", index), text(node.get("id")) or None, text(node.get("type"))
        if kind and kind not in NODE_TYPES:
            message = f"Nodes of type {kind[:40]} are not carried out yet."
            known = ", ".join(sorted(NODE_TYPES))
            yield Finding(f"{place}/type", "unsupported_node_type", message, node=name, suggestion=f"Use one of {known}.")
            continue
        for field in _unsupported(node, kind):
            message = f"{field.rpartition('/')[2]} of a {kind} node is not carried out yet."
            yield Finding(f"{place}/{field}", "unsupported_field", message, node=name, suggestion="Leave it out.")


def _unsupported(node: JsonObject, kind: str) -> Iterator[str]:
    yield from (field for field in _FIELDS if node.get(field) is not None)
    if node.get("timeout") is not None and kind not in _TIMED:
        yield "timeout"
    if node.get("run_as") == "subgraph":
        yield "run_as"
    if kind == "approval":
        yield from (field for field in _APPROVAL_FIELDS if node.get(field) not in (None, [], 1))
    for field in _REFERENCES:
        reference = node.get(field)
        if field == kind and isinstance(reference, dict) and reference.get("version") is not None:
            yield f"{field}/version"
