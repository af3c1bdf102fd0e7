"""Comparing two versions: the words of the instructions, tools, variables, model and limits, each in its own terms."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from retinue.core.diff import DiffKind, diff_words
from tests.agents.conftest import make_agent
from tests.cast import Cast

_WORDS = st.lists(st.sampled_from(["a", "b", "c", " ", "\n", "wörter"]), max_size=40).map("".join)


@given(before=_WORDS, after=_WORDS)
def test_the_parts_give_back_both_texts(before: str, after: str) -> None:
    parts = diff_words(before, after)

    assert "".join(part.text for part in parts if part.kind is not DiffKind.ADDED) == before
    assert "".join(part.text for part in parts if part.kind is not DiffKind.REMOVED) == after
    assert all(one.kind is not other.kind for one, other in pairwise(parts))


def test_a_changed_word_is_told_alone_also_in_a_long_text() -> None:
    text = "word " * 15_000

    parts = diff_words(f"{text}old {text}", f"{text}new {text}")

    assert [(part.kind, part.text) for part in parts if part.kind is not DiffKind.SAME] == [
        (DiffKind.REMOVED, "old"),
        (DiffKind.ADDED, "new"),
    ]


def test_two_long_texts_without_anything_in_common_are_told_soon() -> None:
    parts = diff_words(" ".join(map(str, range(20_000))), " ".join(map(str, range(30_000, 50_000))))

    assert {part.kind for part in parts} <= {DiffKind.REMOVED, DiffKind.ADDED, DiffKind.SAME}


async def test_versions_are_compared_in_the_terms_of_who_wrote_them(cast: Cast) -> None:
    tools = [{"name": "calculator"}, {"name": "current_time"}]
    agent = await make_agent(cast.anna, instructions="Help {{company}} politely.", config={"tools": tools})
    changes = {
        "instructions": "Help {{firm}} politely.",
        "description": "Other",
        "config": {
            "tools": [{"name": "calculator", "requires_approval": True}, {"name": "http_fetch"}],
            "parameters": {"temperature": 0.5},
            "limits": {"max_steps": 10},
        },
    }
    saved = await cast.anna.http.patch(f"/agents/{agent['id']}", json=changes)
    assert saved.status == 200, saved.text

    diff = (await cast.vera.http.get(f"/agents/{agent['id']}/versions/2/diff")).json
    back = (await cast.vera.http.get(f"/agents/{agent['id']}/versions/1/diff", params={"against": 2})).json

    assert [(part["kind"], part["text"]) for part in diff["instructions"]] == [
        ("same", "Help "),
        ("removed", "{{company}}"),
        ("added", "{{firm}}"),
        ("same", " politely."),
    ]
    assert {each["name"]: each["change"] for each in diff["tools"]} == {
        "current_time": "removed",
        "calculator": "changed",
        "http_fetch": "added",
    }
    assert (diff["variables_added"], diff["variables_removed"]) == (["firm"], ["company"])
    assert diff["model"] == [{"field": "parameters.temperature", "before": None, "after": 0.5}]
    assert diff["limits"] == [{"field": "limits.max_steps", "before": 50, "after": 10}]
    assert diff["other"] == [{"field": "description", "before": "", "after": "Other"}]
    assert (diff["version"], diff["against"], back["against"]) == (2, 1, 2)
    assert back["variables_added"] == ["company"]


async def test_a_version_that_there_is_not_is_named(cast: Cast) -> None:
    agent = await make_agent(cast.anna)

    first = await cast.vera.http.get(f"/agents/{agent['id']}/versions/1/diff")
    unknown = await cast.vera.http.get(f"/agents/{agent['id']}/versions/1/diff", params={"against": 7})
    bad = await cast.vera.http.get(f"/agents/{agent['id']}/versions/1/diff", params={"against": 0})

    assert (first.status, first.json["code"]) == (404, "agent_version_missing")
    assert (unknown.status, bad.status) == (404, 422)
