"""Tags and metadata of runs: set at every way to start a run, edited afterwards, and what lists are filtered by."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.runs.scene import Scene

_LABELS: dict[str, Any] = {"tags": ["billing", "urgent"], "metadata": {"order": "17", "customer": "Ängström & Co: 50% = ½"}}


def _labels(run: Any) -> dict[str, Any]:
    return {"tags": run["tags"], "metadata": run["metadata"]}


async def _listed(scene: Scene, query: str) -> list[str]:
    page = await scene.cast.vera.http.get(f"/runs?{query}")
    assert page.status == 200, page.text
    return [run["id"] for run in page.json["items"]]


async def test_tags_and_metadata_of_a_start_are_shown(scene: Scene) -> None:
    agent = await scene.agent("Done.")

    started = await scene.start(agent, **_LABELS)
    bare = await scene.start(agent)

    assert _labels(started.json) == _LABELS
    assert _labels(await scene.run(started.json["id"])) == _LABELS
    assert _labels(bare.json) == {"tags": [], "metadata": {}}


async def test_tags_are_trimmed_and_unique(scene: Scene) -> None:
    started = await scene.start(await scene.agent("Done."), tags=["  billing ", "billing", "Billing"])

    assert started.json["tags"] == ["billing", "Billing"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tags": [f"tag {number}" for number in range(21)]}, "tags"),
        ({"tags": ["x" * 65]}, "tags.0"),
        ({"tags": ["fine", "   "]}, "tags.1"),
        ({"tags": ["two\nlines"]}, "tags.0"),
        ({"tags": "billing"}, "tags"),
        ({"metadata": {f"key {number}": "" for number in range(51)}}, "metadata"),
        ({"metadata": {"x" * 65: "value"}}, f"metadata.{'x' * 65}"),
        ({"metadata": {"": "value"}}, "metadata."),
        ({"metadata": {"a:b": "value"}}, "metadata.a:b"),
        ({"metadata": {"key": "x" * 513}}, "metadata.key"),
        ({"metadata": {"key": 17}}, "metadata.key"),
    ],
)
async def test_labels_beyond_their_limits_are_refused_and_named(scene: Scene, given: Any, field: str) -> None:
    agent = await scene.agent("Done.")
    run = await scene.started(agent)

    for refused in (await scene.start(agent, **given), await scene.cast.anna.http.patch(f"/runs/{run}", json=given)):
        assert refused.status == 422, refused.text
        assert refused.json["errors"][0]["field"] == field
        assert refused.json["errors"][0]["remedy"]


async def test_labels_at_their_limits_are_taken(scene: Scene) -> None:
    full: dict[str, Any] = {
        "tags": [f"{number:02}{'ß' * 62}" for number in range(20)],
        "metadata": {f"{number:02}{'語' * 62}": "🙂" * 512 for number in range(50)},
    }

    started = await scene.start(await scene.agent("Done."), **full)
    found = await _listed(scene, f"tag={quote(full['tags'][19])}")

    assert started.status == 202, started.text
    assert _labels(started.json) == full
    assert found == [started.json["id"]]


async def test_runs_are_listed_by_tags_and_metadata(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    both = await scene.started(agent, **_LABELS)
    billing = await scene.started(agent, tags=["billing"], metadata={"order": "18", "note": ""})
    await scene.started(agent)

    assert await _listed(scene, "tag=billing") == [billing, both]
    assert await _listed(scene, "tag=billing&tag=urgent") == [both]
    assert await _listed(scene, "tag=Billing") == []
    assert await _listed(scene, "metadata=order:18") == [billing]
    assert await _listed(scene, f"metadata=order:17&metadata={quote('customer:Ängström & Co: 50% = ½')}") == [both]
    assert await _listed(scene, "metadata=order:17&tag=billing") == [both]
    assert await _listed(scene, "metadata=note:") == [billing]
    assert await _listed(scene, "metadata=order:17&status=failed") == []
    assert await _listed(scene, "tag=billing&limit=1") == [billing]
    assert await _listed(scene, "tag=billing&q=go") == [billing, both]
    # A tag that looks like an entry of the metadata is none.
    assert await _listed(scene, "tag=metadata:order:17") == []


async def test_a_filter_that_cannot_be_read_is_named(scene: Scene) -> None:
    http = scene.cast.vera.http
    bare = await http.get("/runs?metadata=order")
    two = await http.get("/runs?metadata=order:17&metadata=order:18")
    many = await http.get("/runs?" + "&".join(f"tag={number}" for number in range(11)))

    assert [each.status for each in (bare, two, many)] == [422, 422, 422]
    assert bare.json["errors"][0]["field"].startswith("metadata")
    assert two.json["errors"][0]["field"] == "metadata"
    assert many.json["errors"][0]["field"] == "tag"


async def test_other_labels_under_the_same_key_are_another_request(scene: Scene) -> None:
    agent, key = await scene.agent("Done."), {"Idempotency-Key": "labels"}

    first = await scene.start(agent, headers=key, **_LABELS)
    again = await scene.start(agent, headers=key, **_LABELS)
    other = await scene.start(agent, headers=key, tags=["billing"])

    assert again.json["id"] == first.json["id"]
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")


async def test_retry_and_fork_inherit_labels_unless_others_are_given(played: Scene) -> None:
    http = played.cast.anna.http
    run = await played.started(await played.agent("Done."), **_LABELS)
    await played.until(run, "completed")
    step = (await http.get(f"/runs/{run}/steps")).json["items"][0]["id"]

    retried = await http.post(f"/runs/{run}/retry")
    relabelled_retry = await http.post(f"/runs/{run}/retry", json={"tags": ["second"], "metadata": {}})
    forked = await http.post(f"/runs/{run}/fork", json={"step_id": step})
    relabelled_fork = await http.post(f"/runs/{run}/fork", json={"step_id": step, "metadata": {"order": "19"}})

    assert _labels(retried.json) == _LABELS
    assert _labels(relabelled_retry.json) == {"tags": ["second"], "metadata": {}}
    assert _labels(forked.json) == _LABELS
    assert _labels(relabelled_fork.json) == {"tags": _LABELS["tags"], "metadata": {"order": "19"}}
    assert set(await _listed(played, "tag=urgent")) == {
        run,
        retried.json["id"],
        forked.json["id"],
        relabelled_fork.json["id"],
    }


async def test_labels_are_edited_with_an_audit_entry(scene: Scene) -> None:
    http = scene.cast.anna.http
    run = await scene.started(await scene.agent("Done."), **_LABELS)

    tagged = await http.patch(f"/runs/{run}", json={"tags": ["done"]})
    noted = await http.patch(f"/runs/{run}", json={"metadata": {"order": "20"}})
    same = await http.patch(f"/runs/{run}", json={"tags": ["done"]})
    log = (await scene.cast.olga.http.get(f"/audit-log?target_id={run}&action=run.updated")).json["items"]

    assert _labels(tagged.json) == {"tags": ["done"], "metadata": _LABELS["metadata"]}
    assert _labels(noted.json) == _labels(same.json) == {"tags": ["done"], "metadata": {"order": "20"}}
    assert await _listed(scene, "tag=done&metadata=order:20") == [run]
    assert await _listed(scene, "tag=urgent") == []
    assert await _listed(scene, "metadata=order:17") == []
    assert [(each["before"], each["after"]) for each in log] == [
        ({"metadata": _LABELS["metadata"]}, {"metadata": {"order": "20"}}),
        ({"tags": _LABELS["tags"]}, {"tags": ["done"]}),
    ]


async def test_labels_are_edited_by_those_who_may_run_agents(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))

    viewer = await scene.cast.vera.http.patch(f"/runs/{run}", json={"tags": ["mine"]})
    foreign = await scene.cast.otto.http.patch(f"/runs/{run}", json={"tags": ["mine"]})

    assert (viewer.status, foreign.status) == (403, 404)
    assert (await scene.run(run))["tags"] == []
