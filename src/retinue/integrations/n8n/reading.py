"""What n8n answers, parsed. It is another system's text: whatever does not fit is left out, and nothing in it is trusted."""

import math
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from uuid import UUID

from retinue.core.json import Json, JsonObject, dumps
from retinue.integrations.n8n.types import (
    Execution,
    N8nEdge,
    N8nNode,
    N8nPicture,
    N8nStatus,
    N8nWebhook,
    N8nWorkflow,
    NodeRun,
)

MARK: Final = "retinue"
"""The key of a webhook's body under which a run names itself."""
_WEBHOOK: Final = "n8n-nodes-base.webhook"
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_MOST_NODES: Final = 500
_MOST_TEXT: Final = 2_000
_MOST_OUTPUT_BYTES: Final = 65_536
_HIGHEST_POSITION: Final = 1_000_000.0


def entry(value: Json, name: str) -> Json:
    """Return a field of what may be an object."""
    return value.get(name) if isinstance(value, dict) else None


def entries(value: Json) -> list[Json]:
    """Return a list, or nothing."""
    return value if isinstance(value, list) else []


def words(value: Json, most: int = _MOST_TEXT) -> str:
    """Return a text without NUL characters, cut; a number as text; anything else as nothing."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:most]
    return value.replace("\0", "")[:most] if isinstance(value, str) else ""


def instant(value: Json) -> datetime | None:
    """Return an instant that was written by ISO 8601, as UTC when it names no zone."""
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read if read is None or read.tzinfo else read.replace(tzinfo=UTC)


def read_workflow(document: Json, base_url: str) -> N8nPicture | None:
    """Read a workflow; None for what is none."""
    workflow_id = words(entry(document, "id"), 255)
    if not workflow_id:
        return None
    nodes = entries(entry(document, "nodes"))[:_MOST_NODES]
    webhook = next((found for each in nodes if (found := _webhook(each)) is not None), None)
    tags = [words(entry(tag, "name"), 100) for tag in entries(entry(document, "tags"))[:50]]
    listed = N8nWorkflow(
        id=workflow_id,
        name=words(entry(document, "name"), 200) or workflow_id,
        is_active=entry(document, "active") is True,
        is_archived=entry(document, "isArchived") is True,
        updated_at=instant(entry(document, "updatedAt")),
        tags=[tag for tag in tags if tag],
        can_start=webhook is not None,
        url=f"{base_url}/workflow/{workflow_id}",
        workflow_id=None,
    )
    return N8nPicture(listed, webhook, tuple(_nodes(nodes)), tuple(_edges(entry(document, "connections"))))


def _webhook(node: Json) -> N8nWebhook | None:
    if entry(node, "type") != _WEBHOOK or entry(node, "disabled") is True:
        return None
    given = entry(node, "parameters")
    path = words(entry(given, "path"), 500) or words(entry(node, "webhookId"), 500)
    method = entry(given, "httpMethod")
    methods = [words(each, 10).upper() for each in (method if isinstance(method, list) else [method or "GET"])]
    usable = [each for each in methods if each in _WITH_BODY]
    if not path or ":" in path or not usable:  # a path with parameters could not be filled in
        return None
    return N8nWebhook(path.strip("/"), usable[0], words(entry(given, "responseMode"), 50) or "onReceived")


def _nodes(nodes: list[Json]) -> Iterator[N8nNode]:
    for each in nodes:
        place = entries(entry(each, "position"))
        x, y = (_number(place[0]), _number(place[1])) if len(place) > 1 else (0.0, 0.0)
        name, kind = words(entry(each, "name"), 200), words(entry(each, "type"), 200)
        if name:
            yield N8nNode(name, kind, entry(each, "disabled") is True, x, y)


def _number(value: Json) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return 0.0
    return float(max(-_HIGHEST_POSITION, min(_HIGHEST_POSITION, value)))


def _edges(connections: Json) -> Iterator[N8nEdge]:
    if not isinstance(connections, dict):
        return
    count = 0
    for source, kinds in connections.items():
        for outputs in kinds.values() if isinstance(kinds, dict) else ():
            for target in (one for output in entries(outputs) for one in entries(output)):
                name = words(entry(target, "node"), 200)
                if name and count < _MOST_NODES * 4:
                    count += 1
                    yield N8nEdge(words(source, 200), name)


def read_execution(document: Json) -> Execution | None:
    """Read an execution, with what its nodes did when n8n tells it; None for what is none."""
    execution_id = words(entry(document, "id"), 100)
    if not execution_id:
        return None
    status = words(entry(document, "status"))
    execution = Execution(
        id=execution_id,
        workflow_id=words(entry(document, "workflowId"), 255),
        status=N8nStatus(status) if status in set(N8nStatus) else N8nStatus.UNKNOWN,
        mode=words(entry(document, "mode"), 50),
        started_at=instant(entry(document, "startedAt")),
        stopped_at=instant(entry(document, "stoppedAt")),
        wait_till=instant(entry(document, "waitTill")),
        retry_of=words(entry(document, "retryOf"), 100) or None,
    )
    result = entry(entry(document, "data"), "resultData")
    if not isinstance(result, dict):
        return execution
    return _with_data(execution, result)


def _with_data(execution: Execution, result: JsonObject) -> Execution:
    runs = entry(result, "runData")
    found = sorted(_node_runs(runs), key=lambda each: (each.started_at, each.number))[:_MOST_NODES]
    first = _first_item(runs)
    body = entry(first, "body")
    return replace(
        execution,
        has_data=isinstance(runs, dict),
        run_id=_run_of(body) or _run_of(first),
        input=_input(first, body),
        output=_output(runs, words(entry(result, "lastNodeExecuted"), 200)),
        error=_error(entry(result, "error")),
        node_runs=tuple(found),
    )


def _node_runs(runs: Json) -> Iterator[NodeRun]:
    for name, tries in runs.items() if isinstance(runs, dict) else ():
        for number, each in enumerate(entries(tries)[:_MOST_NODES], start=1):
            started = entry(each, "startTime")
            if not isinstance(started, int | float) or isinstance(started, bool):
                continue
            took = entry(each, "executionTime")
            failure = entry(each, "error")
            yield NodeRun(
                name=words(name, 200),
                number=number,
                started_at=_epoch(started),
                duration_ms=max(0, min(2**31 - 1, int(took))) if isinstance(took, int | float) else 0,
                output=capped(_items(each)),
                error=words(entry(failure, "message")) or "The node failed." if failure is not None else None,
            )


def _epoch(milliseconds: float) -> datetime:
    try:
        return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=float(milliseconds))
    except (OverflowError, ValueError):
        return datetime.fromtimestamp(0, UTC)


def _items(run: Json) -> Json:
    """Return what a node gave: the object of its one item, or the list of its items; of the first output that has any."""
    for output in entries(entry(entry(run, "data"), "main")):
        items = [_plain(entry(item, "json")) for item in entries(output)]
        if items:
            return items[0] if len(items) == 1 else items
    return None


def _plain(item: Json) -> Json:
    """Return an item without what a webhook was sent in confidence: its headers, and the token of a run's start."""
    if not isinstance(item, dict) or not isinstance(item.get("headers"), dict) or "webhookUrl" not in item:
        return item
    kept = {name: value for name, value in item.items() if name != "headers"}
    body = kept.get("body")
    if isinstance(body, dict) and isinstance(mark := body.get(MARK), dict):
        kept["body"] = {**body, MARK: {"run_id": mark.get("run_id")}}
    return kept


def capped(value: Json) -> Json:
    """Return a value without NUL characters, or how large it is where it is too large to be kept with a step."""
    text = dumps(value)
    if len(text) > _MOST_OUTPUT_BYTES:
        return {"omitted": f"{len(text)} bytes", "reason": "The output is too large to be kept. Open the execution in n8n."}
    return cleaned(value) if b"\\u0000" in text else value


def cleaned(value: Json) -> Json:
    """Return a value without NUL characters, which PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [cleaned(each) for each in value]
    if isinstance(value, dict):
        return {key.replace("\0", ""): cleaned(each) for key, each in value.items()}
    return value


def _first_item(runs: Json) -> Json:
    """Return what the trigger gave: the first item of the node that began first."""
    begun: list[tuple[float, Json]] = []
    for tries in runs.values() if isinstance(runs, dict) else ():
        run = next(iter(entries(tries)), None)
        started = entry(run, "startTime")
        if isinstance(started, int | float):
            begun.append((float(started), run))
    if not begun:
        return None
    given = _items(min(begun, key=lambda each: each[0])[1])
    return given[0] if isinstance(given, list) else given


def _run_of(body: Json) -> UUID | None:
    try:
        return UUID(words(entry(entry(body, MARK), "run_id"), 40))
    except ValueError:
        return None


def _input(first: Json, body: Json) -> JsonObject | None:
    if _run_of(body) is not None:
        given = entry(body, "input")
    elif isinstance(body, dict) and isinstance(entry(first, "webhookUrl"), str):
        given = body
    else:
        given = first
    kept = capped(given)
    return kept if isinstance(kept, dict) else None


def _output(runs: Json, last: str) -> Json:
    tries = entries(entry(runs, last))
    return capped(_items(tries[-1])) if tries else None


def _error(error: Json) -> JsonObject | None:
    if error is None:
        return None
    message = words(entry(error, "message")) or "The workflow failed in n8n."
    detail = words(entry(error, "description"))
    node = words(entry(entry(error, "node"), "name"), 200)
    return {"message": message, **({"description": detail} if detail else {}), **({"node": node} if node else {})}


def as_object(output: Json) -> JsonObject:
    """Return an output as runs have it: an object; several items are a list in it."""
    if isinstance(output, dict):
        return cast("JsonObject", output)
    if isinstance(output, list):
        return {"items": output}
    return {} if output is None else {"text": output}
