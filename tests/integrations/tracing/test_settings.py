"""What an organization decides about its traces, and where a person looks at one."""

import pytest

from retinue.core.settings import SettingsError
from retinue.process import Process
from tests.cast import Cast
from tests.client import Client
from tests.integrations.tracing.conftest import Tracing
from tests.serving import serve

_PATH = "/organizations/current/tracing"
_LINK = "http://phoenix.example.com/redirects/traces/{trace_id}"


async def test_content_leaves_only_where_the_organization_allows_it(tracing: Tracing) -> None:
    cast = tracing.scene.cast
    exporter = await tracing.to_collector(RETINUE_OTLP_CONTENT="true")
    talker = await tracing.scene.agent("marked: answer", name="Talker", instructions="marked: rules")
    assert (await cast.olga.http.request("PUT", _PATH, json={"allows_content": False})).json["allows_content"] is False

    kept = await tracing.run(talker, "marked: prompt")
    await tracing.export(exporter)
    silent = b"".join(tracing.receiver.bodies)
    assert (await cast.olga.http.request("PUT", _PATH, json={"allows_content": True})).json["allows_content"] is True
    told = await tracing.run(talker, "marked: prompt")
    await tracing.export(exporter)

    assert len(tracing.receiver.of(kept["trace_id"])) == len(tracing.receiver.of(told["trace_id"])) > 1
    assert b"marked" not in silent
    assert b"marked: answer" in b"".join(tracing.receiver.bodies)


async def test_owners_decide_members_see_and_it_is_audited(cast: Cast) -> None:
    assert (await cast.vera.http.get(_PATH)).json == {
        "destinations": [],
        "link": None,
        "sends_content": False,
        "allows_content": False,
    }
    refused = await cast.vera.http.request("PUT", _PATH, json={"allows_content": True})
    assert refused.status == 403
    assert (await cast.olga.http.request("PUT", _PATH, json={"allows_content": True})).status == 200
    assert (await cast.olga.http.request("PUT", _PATH, json={"allows_content": True})).status == 200
    entries = (await cast.olga.http.get("/audit-log?action=organization.tracing_changed")).json["items"]
    assert [each["after"] for each in entries] == [{"allows_content": True}]
    assert (await cast.otto.http.get(_PATH)).json["allows_content"] is False


async def test_the_link_of_the_operator_is_shown(cast: Cast, environ: dict[str, str]) -> None:
    process = Process({**environ, "RETINUE_TRACE_LINK": _LINK, "RETINUE_OTLP_ENDPOINT": "http://127.0.0.1:9"})
    await process.start()
    try:
        async with serve(process) as client:
            signed = Client(client.session, client.base_url, email=cast.vera.email, password=cast.vera.http.password)
            shown = (await signed.get(_PATH)).json
    finally:
        await process.stop()

    assert (shown["link"], shown["destinations"]) == (_LINK, ["otlp"])


@pytest.mark.parametrize("link", ["http://phoenix.example.com", "javascript:alert({trace_id})", "{trace_id}"])
def test_link_that_is_none_is_refused(environ: dict[str, str], link: str) -> None:
    with pytest.raises(SettingsError, match="RETINUE_TRACE_LINK"):
        Process({**environ, "RETINUE_TRACE_LINK": link})
