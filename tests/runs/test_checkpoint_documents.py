"""Documents of checkpoints: whatever a state goes through, each of its checkpoints is read back as it was written."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from langgraph.checkpoint.base import Checkpoint

from retinue.core.json import dumps, loads
from retinue.runs.execution import checkpoint_documents as documents
from retinue.runs.execution.repository_checkpoints import StoredCheckpoint

_words = st.text("abc", max_size=3)
_changes = st.one_of(
    st.tuples(st.just("replace"), st.sampled_from("xy"), st.none() | st.integers(0, 9) | st.lists(_words, max_size=2)),
    st.tuples(st.just("append"), st.just("list"), st.lists(_words, max_size=3)),
    st.tuples(st.just("merge"), st.just("map"), st.dictionaries(_words, st.integers(0, 9), max_size=3)),
    st.tuples(st.just("drop"), st.sampled_from(["map", "list", "x"]), st.none()),
    st.tuples(st.just("see"), st.sampled_from("nm"), st.sampled_from("xy")),
    st.tuples(st.just("forget"), st.none(), st.none()),
)


def _apply(state: dict[str, Any], change: tuple[str, Any, Any], version: int) -> None:
    kind, name, value = change
    values, versions, seen = state["values"], state["versions"], state["seen"]
    if kind == "replace":
        values[name] = value
    elif kind == "append":
        values[name] = [*values.get(name, []), *value]
    elif kind == "merge":
        values[name] = {**values.get(name, {}), **value}
    elif kind == "drop":
        values.pop(name, None)
    elif kind == "see":
        seen.setdefault(name, {})[value] = version
        return
    elif kind == "forget":
        seen.clear()
        return
    versions[name] = version


@given(steps=st.lists(st.lists(_changes, max_size=4), min_size=1, max_size=150), resumes=st.sets(st.integers(0, 149)))
def test_each_checkpoint_is_read_back_as_it_was_written(steps: list[list[tuple[str, Any, Any]]], resumes: set[int]) -> None:
    state: dict[str, Any] = {"values": {}, "versions": {}, "seen": {}}
    rows: list[StoredCheckpoint] = []
    lineage, parent = None, None
    for number, changes in enumerate(steps):
        before = dict(state["versions"])
        for change in changes:
            _apply(state, change, number + 1)
        checkpoint = Checkpoint(
            v=4,
            id=f"{number:08}",
            ts="2026-01-01T00:00:00+00:00",
            channel_values=dict(state["values"]),
            channel_versions=dict(state["versions"]),
            versions_seen={node: dict(its) for node, its in state["seen"].items()},
            updated_channels=None,
        )
        new = {name: version for name, version in state["versions"].items() if before.get(name) != version}
        document, lineage = documents.write(lineage, parent, checkpoint, new)
        stored: Any = loads(dumps(document))
        rows.insert(0, StoredCheckpoint("", checkpoint["id"], parent, stored, {}))
        parent = checkpoint["id"]
        needed = [row for row in rows if row.checkpoint_id >= str(stored["base"])]

        found = documents.read(needed)

        assert found == checkpoint
        if number in resumes:
            lineage = documents.resume(needed, found)
            state["values"] = dict(found["channel_values"])
