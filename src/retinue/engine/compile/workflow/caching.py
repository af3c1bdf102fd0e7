"""The key under which a node's result is kept: what the node is, what it refers to, and what it is given."""

import hashlib
from typing import Final, cast

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.compile.workflow.ports import Task
from retinue.engine.compile.workflow.reading import values_read_by_code
from retinue.engine.plan import WorkflowPlan
from retinue.engine.spec.workflow.nodes import CodeNode, Working

_MEANINGLESS: Final = {
    *("name", "description", "position", "output", "when", "join", "retry", "timeout", "cache", "on_error", "pinned"),
    *("input", "disabled", "messages", "url", "headers", "query", "body"),
}
"""Fields that do not change a result, and those that are part of what the node is given."""


def cache_key(plan: WorkflowPlan, task: Task, refers_to: Json) -> bytes:
    """Return the key of a task's result; ``refers_to`` is what the node refers to, with its version."""
    node = task.node
    fields = cast("JsonObject", node.model_dump(mode="json", by_alias=True, exclude=_MEANINGLESS))
    known: JsonObject = {"workflow": plan.workflow_id, "path": task.path, "node": fields, "refers_to": refers_to}
    if _has_key(node):
        known["key"] = task.cache_key
    else:
        known["given"] = task.given
        if isinstance(node, CodeNode):
            known["values"] = values_read_by_code(node.code, task.values)
    return hashlib.sha256(dumps(known, sort_keys=True)).digest()


def reference_of(value: object) -> Json:
    """Return a part of a plan as JSON."""
    return loads(dumps(value))


def _has_key(node: Working) -> bool:
    return node.cache is not None and node.cache.key is not None
