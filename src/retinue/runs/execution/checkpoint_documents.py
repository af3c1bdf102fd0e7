"""How a checkpoint stands in its row: what changed since the one before it, and now and then the whole state.

A document has ``v``, ``ts``, ``updated`` as LangGraph's checkpoint, and

    base      the id of the last whole document, which may be this one
    versions  of each channel, its version       whole, or those that changed
    seen      of each node, the versions it saw  whole, or those that changed
    values    of each channel, its value         whole, or those that changed (see ``encoding``)

A state is put together from a row and its ancestors back to ``base``. A whole document is written after at least 64 others,
and not before these hold as many bytes as the last whole one: so what is stored grows with what happened and not with its
square, and what is loaded stays near the size of the state. Documents of versions before 0.1 have no ``base``: their
``versions`` and ``seen`` are whole, and their values reach back to the run's first checkpoint.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import is_
from typing import Any, cast

from langgraph.checkpoint.base import ChannelVersions, Checkpoint

from retinue.core.json import Json, JsonObject, dumps
from retinue.runs.execution import encoding
from retinue.runs.execution.repository_checkpoints import StoredCheckpoint

TASKS = "__pregel_tasks"
_MOST_CHANGES = 64
"""Documents of changes between two whole ones, at least; see the module."""


@dataclass(slots=True)
class Lineage:
    """The last checkpoint of a graph, as far as the next one is written as its changes.

    ``values`` are the containers that may grow, by channel: the version they stand in, and a copy of their first level.
    """

    checkpoint_id: str
    base: str | None
    versions: dict[str, Any]
    seen: dict[str, dict[str, Any]]
    values: dict[str, tuple[Any, list[Any] | dict[str, Any]]] = field(
        default_factory=dict[str, tuple[Any, list[Any] | dict[str, Any]]]
    )
    changes: int = 0
    changed_bytes: int = 0
    base_bytes: int = 0


def write(
    before: Lineage | None, parent: str | None, checkpoint: Checkpoint, new_versions: ChannelVersions
) -> tuple[JsonObject, Lineage]:
    """Write a checkpoint's document: as changes when its parent is the last one that is known, else whole.

    Returns the lineage of the next one; that of before is used up.
    """
    if before is not None and before.checkpoint_id == parent and not _is_due(before) and _only_grew(before, checkpoint):
        return _changes(before, checkpoint, new_versions), before
    return _whole(checkpoint)


def _is_due(before: Lineage) -> bool:
    if before.base is None:
        return True
    return before.changes >= _MOST_CHANGES and before.changed_bytes >= before.base_bytes


def _only_grew(before: Lineage, checkpoint: Checkpoint) -> bool:
    """Tell whether changes can say it all: they have no word for a channel or a node that is gone."""
    now = checkpoint["versions_seen"]
    return before.versions.keys() <= checkpoint["channel_versions"].keys() and all(
        node in now and seen.keys() <= now[node].keys() for node, seen in before.seen.items()
    )


def _whole(checkpoint: Checkpoint) -> tuple[JsonObject, Lineage]:
    lineage = _lineage(checkpoint, base=checkpoint["id"])
    stored = {channel: encoding.encode(cast("object", value)) for channel, value in checkpoint["channel_values"].items()}
    document = _document(checkpoint, lineage, (dict(lineage.versions), checkpoint["versions_seen"], stored))
    lineage.base_bytes = _size(document)
    return document, lineage


def _changes(lineage: Lineage, checkpoint: Checkpoint, new_versions: ChannelVersions) -> JsonObject:
    values = checkpoint["channel_values"]
    versions = _news(lineage.versions, checkpoint["channel_versions"]) | new_versions
    stored: dict[str, Json] = {}
    for channel, version in versions.items():
        if channel in values:
            stored[channel] = _grown(lineage.values.get(channel), values[channel])
            _keep(lineage, channel, (version, values[channel]))
    seen: dict[str, dict[str, Any]] = {}
    for node, now in checkpoint["versions_seen"].items():
        news = _news(lineage.seen.get(node, {}), now)
        if news or node not in lineage.seen:
            seen[node] = news
            lineage.seen.setdefault(node, {}).update(news)
    document = _document(checkpoint, lineage, (versions, seen, stored))
    lineage.checkpoint_id = checkpoint["id"]
    lineage.versions |= versions
    lineage.changes += 1
    lineage.changed_bytes += _size(document)
    return document


def _news(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {channel: version for channel, version in now.items() if before.get(channel) != version}


def _document(checkpoint: Checkpoint, lineage: Lineage, parts: tuple[Any, Any, dict[str, Json]]) -> JsonObject:
    versions, seen, values = parts
    return {
        "v": checkpoint["v"],
        "ts": checkpoint["ts"],
        "base": lineage.base,
        "versions": versions,
        "seen": seen,
        "updated": cast("Json", checkpoint.get("updated_channels")),
        "values": cast("Json", values),
    }


def _lineage(checkpoint: Checkpoint, *, base: str | None) -> Lineage:
    seen = {node: dict(its) for node, its in checkpoint["versions_seen"].items()}
    lineage = Lineage(checkpoint["id"], base, dict(checkpoint["channel_versions"]), seen)
    for channel, value in checkpoint["channel_values"].items():
        _keep(lineage, channel, (lineage.versions.get(channel), value))
    return lineage


def _keep(lineage: Lineage, channel: str, stored: tuple[Any, Any]) -> None:
    version, value = stored
    if channel != TASKS and type(value) in (list, dict):
        lineage.values[channel] = (version, value.copy())
    else:
        lineage.values.pop(channel, None)


def _grown(before: tuple[Any, list[Any] | dict[str, Any]] | None, value: object) -> Json:
    """Write a list or a dictionary as what was added to it, where nothing else changed."""
    if before is not None and type(value) is type(before[1]):
        if isinstance(before[1], dict):
            return _merged(before[0], before[1], cast("dict[str, Any]", value))
        now = cast("list[Any]", value)
        if len(now) >= len(before[1]) and all(map(is_, before[1], now)):
            return encoding.encode_grown(before[0], now[len(before[1]) :])
    return encoding.encode(value)


def _merged(version: Any, before: dict[str, Any], now: dict[str, Any]) -> Json:  # noqa: ANN401 - LangGraph's version
    added = {name: value for name, value in now.items() if name not in before or before[name] is not value}
    if len(added) == len(now) or not before.keys() <= now.keys():
        return encoding.encode(now)
    return encoding.encode_merged(version, added)


def _size(document: JsonObject) -> int:
    try:
        return len(dumps(document))
    except TypeError:  # what PostgreSQL would refuse is cleaned when the row is written
        return len(str(document))


def read(chain: list[StoredCheckpoint]) -> Checkpoint:
    """Put a checkpoint together from its row and those before it, newest first; rows of other branches are passed over."""
    head, lineage = chain[0], _ancestry(chain)
    versions: dict[str, Any] = {}
    seen: dict[str, dict[str, Any]] = {}
    stored: dict[tuple[str, object], Json] = {}
    for document in reversed(lineage):
        versions |= document["versions"]
        for node, its in document["seen"].items():
            seen.setdefault(node, {}).update(its)
        for channel, value in document["values"].items():
            stored[channel, document["versions"][channel]] = value
    document = cast("Mapping[str, Any]", head.document)
    values = {
        channel: encoding.assemble(stored, channel, version)
        for channel, version in versions.items()
        if (channel, version) in stored
    }
    return Checkpoint(
        v=document["v"],
        id=head.checkpoint_id,
        ts=document["ts"],
        channel_values=values,
        channel_versions=versions,
        versions_seen=seen,
        updated_channels=document["updated"],
    )


def _ancestry(chain: list[StoredCheckpoint]) -> list[Mapping[str, Any]]:
    """Return the documents a state is made of, newest first: back to a whole one, or to the first of an old run."""
    known = {each.checkpoint_id: each for each in chain}
    documents: list[Mapping[str, Any]] = []
    current: StoredCheckpoint | None = chain[0]
    while current is not None:
        document = cast("Mapping[str, Any]", current.document)
        documents.append(document)
        if document.get("base") == current.checkpoint_id:
            break
        current = known.get(current.parent_checkpoint_id or "")
    return documents


def resume(chain: list[StoredCheckpoint], found: Checkpoint) -> Lineage:
    """Take up from a loaded checkpoint, so that the next one is written as its changes."""
    documents = _ancestry(chain)
    lineage = _lineage(found, base=cast("str | None", documents[0].get("base")))
    sizes = [_size(cast("JsonObject", document)) for document in documents]
    lineage.changes, lineage.changed_bytes, lineage.base_bytes = len(sizes) - 1, sum(sizes[:-1]), sizes[-1]
    return lineage
