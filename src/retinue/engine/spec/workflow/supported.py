"""What of a workflow this version carries out. The format has more; what is not carried out is refused, never ignored."""

from collections.abc import Iterator
from typing import Final

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.findings import Finding, objects, pointer, text
from retinue.engine.spec.workflow.graph import graphs
from retinue.engine.spec.workflow.values import split

MOST_RUNS_OF_MAP: Final = 1_000
_TIMED: Final = frozenset({"agent", "team", "workflow", "tool", "http", "model"})
_STARTING: Final = frozenset({"agent", "team", "workflow"})
_FIELDS: Final = ("idle_timeout",)
_RETRIED: Final = _TIMED
_CACHED: Final = frozenset({*_TIMED, "code"})
_UNPINNED: Final = frozenset({"condition", "switch", "transform"})
_READING: Final = frozenset({"GET", "HEAD"})
_REPEATABLE: Final = frozenset({"PUT", "DELETE"})
_REFERENCES: Final = ("agent", "team", "workflow", "tool")
_ITEMS: Final = 1_000


def findings(document: JsonObject) -> Iterator[Finding]:
    """Give what a document asks for and this version does not do, at any depth; and options that do not go together."""
    for place, graph in graphs(document):
        for index, node in objects(graph.get("nodes")):
            path, name, kind = pointer(*place, "nodes", index), text(node.get("id")) or None, text(node.get("type"))
            for field in _unsupported(node, kind):
                message = f"{field.rpartition('/')[2]} of a {kind} node is not carried out yet."
                yield Finding(f"{path}/{field}", "unsupported_field", message, node=name, suggestion="Leave it out.")
            for field, message, remedy in _unfit(node, kind):
                yield Finding(f"{path}/{field}", "unfit_option", message, node=name, suggestion=remedy)
            if node.get("pinned") is not None and kind not in _UNPINNED:
                message = "Test runs take the pinned result and do not execute the node; other runs execute it."
                yield Finding(
                    f"{path}/pinned", "pinned_result", message, "warning", name, "Remove the pin when you are done."
                )


def _unsupported(node: JsonObject, kind: str) -> Iterator[str]:
    yield from (field for field in _FIELDS if node.get(field) is not None)
    if node.get("timeout") is not None and kind not in _TIMED:
        yield "timeout"
    if node.get("run_as") == "runs" or (node.get("run_as") == "subgraph" and kind != "agent"):
        yield "run_as"
    for field in _REFERENCES:
        reference = node.get(field)
        if field == kind and isinstance(reference, dict) and reference.get("version") is not None:
            yield f"{field}/version"


def _unfit(node: JsonObject, kind: str) -> Iterator[tuple[str, str, str]]:
    """Give options that say nothing beside the others of a node: the field, why, and what to do."""
    yield from _unfit_of_executions(node, kind)
    if kind == "approval":
        yield from _unfit_of_approval(node)
    elif kind == "question":
        if node.get("default") is not None and node.get("expires") is None:
            yield "default", "default is for a question that expires.", "Set expires, or leave it out."
    elif kind == "map":
        yield from _unfit_of_map(node)
    elif kind == "loop" and node.get("input") is not None:
        yield "input", "A loop takes no input: its body reads the state.", "Leave it out."
    elif kind == "http":
        yield from _unfit_of_http(node)
    elif (
        kind in {"condition", "switch", "transform", "wait_until", "wait_for_event", "model"}
        and node.get("input") is not None
    ):
        yield "input", f"A {kind} node takes no input.", "Leave it out."


def _unfit_of_approval(node: JsonObject) -> Iterator[tuple[str, str, str]]:
    if node.get("on_expiry") is not None and node.get("expires") is None:
        yield "on_expiry", "on_expiry is for an approval that expires.", "Set expires, or leave it out."
    if node.get("escalate_to") is not None and node.get("on_expiry") != "escalate":
        yield "escalate_to", "escalate_to is for an approval whose on_expiry is escalate.", "Set it, or leave this out."
    quorum, assignees = node.get("quorum"), node.get("assignees")
    if isinstance(quorum, int) and isinstance(assignees, list) and assignees and node.get("role") is None:
        most = len({str(each).lower() for each in assignees})
        if quorum > most:
            message = f"{quorum} must approve, and only {most} may."
            yield "quorum", message, f"Set it to {most} or less, add assignees, or set a role."


def _unfit_of_executions(node: JsonObject, kind: str) -> Iterator[tuple[str, str, str]]:
    """Look at ``retry``, ``cache`` and ``pinned``: no call with effects is made twice, or left out for a kept result."""
    method, effect = text(node.get("method")) or "GET", node.get("effect")
    reads = kind != "http" or effect == "read_only" or (effect is None and method in _READING)
    repeats = reads or effect == "idempotent" or (effect is None and method in _REPEATABLE)
    if node.get("retry") is not None and kind not in _RETRIED:
        yield "retry", f"A {kind} node is not tried again: it would give the same.", "Leave it out."
    elif node.get("retry") is not None and not repeats:
        yield "retry", "A request that must not be sent twice is not tried again.", "Set effect to idempotent, if it is."
    if node.get("cache") is not None and kind not in _CACHED:
        yield "cache", f"The result of a {kind} node is not kept.", "Leave it out."
    elif node.get("cache") is not None and not reads:
        yield "cache", "A request with effects is sent each time.", "Leave it out, or set effect to read_only, if it is."
    if node.get("pinned") is not None and kind in _UNPINNED:
        yield "pinned", f"A {kind} node is computed each time.", "Pin the nodes that it reads."


def _unfit_of_map(node: JsonObject) -> Iterator[tuple[str, str, str]]:
    tolerate, policy = node.get("tolerate"), node.get("on_item_error") or "fail"
    if tolerate is not None and policy == "fail":
        yield (
            "tolerate",
            "tolerate is for a map that skips or collects failed items.",
            "Set on_item_error to skip or collect.",
        )
    elif isinstance(tolerate, dict) and not any(value is not None for value in tolerate.values()):
        yield "tolerate", "tolerate names no bound.", "Set count or percent, or leave it out."
    if node.get("input") is not None:
        yield "input", "A map takes no input: its body reads item, index and the state.", "Leave it out."
    most, body = node.get("max_items", _ITEMS), node.get("body")
    if isinstance(most, int) and most > MOST_RUNS_OF_MAP and _starts_runs(body):
        message = f"A map whose body starts runs goes over at most {MOST_RUNS_OF_MAP} items."
        yield "max_items", message, f"Set it to {MOST_RUNS_OF_MAP} or less."


def _starts_runs(body: Json) -> bool:
    if not isinstance(body, dict):
        return False
    return any(
        (node.get("type") in _STARTING and node.get("run_as") != "subgraph") or _starts_runs(node.get("body"))
        for _, node in objects(body.get("nodes"))
    )


def _unfit_of_http(node: JsonObject) -> Iterator[tuple[str, str, str]]:
    if node.get("input") is not None:
        yield "input", "An http node takes url, headers, query and body.", "Leave it out."
    if node.get("body") is not None and node.get("method", "GET") in {"GET", "HEAD"}:
        yield "body", f"A {node.get('method', 'GET')} request has no body.", "Use another method, or query."
    url = text(node.get("url"))
    first = split(url)[0] if url else (False, "")
    origin = "" if first[0] else first[1]
    scheme, found, rest = origin.partition("://")
    if not first[0] and scheme not in {"http", "https"}:
        yield "url", "The URL does not begin with http:// or https://.", "Write the whole URL."
    elif node.get("credential") is not None and (not found or ("/" not in rest and len(split(url)) > 1)):
        message = "With a credential, scheme and host of the URL are written out, so that it is sent nowhere else."
        yield "url", message, "Put {{ … }} behind the host only."
