"""Webhooks of workflows: signed by Standard Webhooks, each message once, and none that is old."""

import base64
import hashlib
import hmac
import time
from typing import Any

import pytest

from tests.client import Client, Response
from tests.runs.scene import Scene
from tests.together import together
from tests.workflows.conftest import Workflows, adds, numbers

_SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}


async def _listening(workflows: Workflows, **triggers: Any) -> tuple[str, str]:
    """Make an active workflow that accepts webhooks; return its id and its secret."""
    workflow = await workflows.made(
        [adds("say", said="input['word']")],
        [("START", "say"), ("say", "END")],
        state=numbers(said=""),
        input_schema=_SCHEMA,
    )
    await workflows.changed(workflow, is_active=True, trigger_config={"webhook": True, **triggers})
    made = await workflows.scene.cast.anna.http.post(f"/workflows/{workflow}/webhook-secret", json={})
    assert made.status == 201, made.text
    assert made.json["path"] == f"/api/v1/workflows/{workflow}/webhook"
    return workflow, made.json["secret"]


async def _call(nobody: Client, workflow: str, secret: str, body: bytes = b'{"word": "hello"}', **more: Any) -> Response:
    message_id, sent_at = more.get("id", "msg_1"), str(more.get("at", int(time.time())))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, f"{message_id}.{sent_at}.".encode() + body, hashlib.sha256)).decode()
    signature = more.get("signature", f"v1,{signed}")
    headers = {"webhook-id": message_id, "webhook-timestamp": sent_at, "webhook-signature": signature}
    headers["Content-Type"] = "application/json"
    return await nobody.request("POST", f"/workflows/{workflow}/webhook", data=more.get("sent", body), headers=headers)


async def test_signed_request_starts_a_run_once_however_often_it_comes(played: Workflows, scene: Scene) -> None:
    workflow, secret = await _listening(played)

    first = await _call(scene.cast.nobody, workflow, secret)
    again = await _call(scene.cast.nobody, workflow, secret)

    assert (first.status, first.json["is_replay"]) == (202, False), first.text
    assert (again.status, again.json) == (202, {"run_id": first.json["run_id"], "is_replay": True}), again.text
    run = await played.scene.until(first.json["run_id"], "completed", "failed")
    assert (run["output"], run["trigger"], run["triggered_by_id"]) == ({"said": "hello"}, "webhook", None), run["error"]
    assert (await played.read(workflow))["execution_count"] == 1


async def test_message_sent_many_times_at_once_starts_one_run(workflows: Workflows, scene: Scene) -> None:
    workflow, secret = await _listening(workflows)

    answers = await together(8, lambda _: _call(scene.cast.nobody, workflow, secret))

    assert {each.status for each in answers} == {202}, [each.text for each in answers]
    assert len({each.json["run_id"] for each in answers}) == 1
    assert sum(not each.json["is_replay"] for each in answers) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"at": 1_700_000_000},
        {"at": int(time.time()) + 3600},
        {"at": "soon"},
        {"id": ""},
        {"signature": ""},
        {"signature": "v1,AAAA"},
        {"signature": "v1a,AAAA"},
        {"sent": b'{"word": "other"}'},
    ],
)
async def test_request_that_is_old_or_not_signed_starts_nothing(workflows: Workflows, scene: Scene, more: Any) -> None:
    workflow, secret = await _listening(workflows)

    refused = await _call(scene.cast.nobody, workflow, secret, **more)

    assert (refused.status, refused.json["code"]) == (401, "webhook_refused"), refused.text


async def test_old_secret_and_a_trigger_that_is_not_accepted_are_refused(workflows: Workflows, scene: Scene) -> None:
    workflow, old = await _listening(workflows)
    renewed = await workflows.scene.cast.anna.http.post(f"/workflows/{workflow}/webhook-secret", json={})
    assert (await _call(scene.cast.nobody, workflow, old)).status == 401

    await workflows.changed(workflow, trigger_config={"webhook": False})
    off = await _call(scene.cast.nobody, workflow, renewed.json["secret"])
    await workflows.changed(workflow, trigger_config={"webhook": True}, is_active=False)
    inactive = await _call(scene.cast.nobody, workflow, renewed.json["secret"])

    assert (off.status, inactive.status, inactive.json["code"]) == (401, 409, "workflow_inactive"), inactive.text


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"[1]", "webhook_body_invalid"), (b"no json", "json_invalid"), (b'{"word": 1}', "workflow_input_invalid")],
)
async def test_body_that_is_no_input_is_refused(workflows: Workflows, scene: Scene, body: bytes, code: str) -> None:
    workflow, secret = await _listening(workflows)

    refused = await _call(scene.cast.nobody, workflow, secret, body)

    assert (refused.status, refused.json["code"]) == (422, code), refused.text


async def test_secret_is_shown_once_and_not_stored_in_the_clear(workflows: Workflows) -> None:
    workflow, secret = await _listening(workflows)
    stored = await workflows.scene.owner("SELECT webhook_secret_encrypted FROM workflows WHERE id = %s", workflow)
    shown = await workflows.scene.cast.anna.http.get(f"/workflows/{workflow}")

    assert secret.encode() not in bytes(stored[0][0])
    assert "whsec_" not in shown.text


async def test_requests_beyond_the_limit_of_a_minute_are_refused(
    workflows: Workflows, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retinue.runs.webhooks._REQUESTS_PER_MINUTE", 2)
    workflow, secret = await _listening(workflows)

    statuses = [(await _call(scene.cast.nobody, workflow, secret, id=f"msg_{number}")).status for number in range(3)]
    unsigned = await _call(scene.cast.nobody, workflow, secret, signature="v1,bm8=")

    assert statuses == [202, 202, 429]
    assert unsigned.status == 401, unsigned.text
