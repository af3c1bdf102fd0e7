"""How traces get to their destinations: one process at a time, as often as it takes, bounded, and never in a run's way."""

import base64
import json

import pytest
from aiohttp import web

from retinue.cli.doctor_database import examine_database
from retinue.cli.finding import State
from retinue.core.settings import SettingsError
from retinue.integrations.tracing import exporting
from retinue.process import Process
from tests.integrations.tracing.conftest import Tracing
from tests.integrations.tracing.receiver import Got


async def test_nothing_is_queued_or_sent_unless_a_destination_is_set(tracing: Tracing) -> None:
    process = await tracing.exporter()
    await tracing.run(await tracing.scene.agent("Done."))

    await tracing.export(process)

    assert await tracing.scene.owner("SELECT * FROM trace_destinations") == []
    assert await tracing.waiting() == 0
    assert tracing.receiver.requests == []


async def test_collector_is_sent_the_headers_that_are_set(tracing: Tracing) -> None:
    exporter = await tracing.to_collector(RETINUE_OTLP_HEADERS="x-team=blue%20sky, api-key=secret")
    await tracing.run(await tracing.scene.agent("Done."))

    await tracing.export(exporter)

    request = tracing.receiver.requests[0]
    assert request.path == "/v1/traces"
    assert (request.headers["x-team"], request.headers["api-key"]) == ("blue sky", "secret")
    assert await tracing.waiting() == 0


async def test_langfuse_is_sent_session_user_model_usage_and_cost(tracing: Tracing) -> None:
    exporter = await tracing.exporter(
        RETINUE_LANGFUSE_URL=f"{tracing.receiver.url}/",
        RETINUE_LANGFUSE_PUBLIC_KEY="pk-lf-1",
        RETINUE_LANGFUSE_SECRET_KEY="sk-lf-2",
        RETINUE_OTLP_CONTENT="true",
    )
    agent = await tracing.scene.agent("Good day.", name="Greeter")
    made = await tracing.scene.cast.anna.http.post("/conversations", json={"agent_id": agent})
    path = f"/conversations/{made.json['id']}/messages"
    said = await tracing.scene.cast.anna.http.post(path, json={"content": "Hello!"})
    assert said.status in (200, 201, 202), said.text
    page = await tracing.scene.cast.anna.http.get(f"/runs?conversation_id={made.json['id']}")
    run = await tracing.scene.until(page.json["items"][0]["id"])

    await tracing.export(exporter)

    request = tracing.receiver.requests[0]
    assert request.path == "/api/public/otel/v1/traces"
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"pk-lf-1:sk-lf-2").decode()
    assert request.headers["x-langfuse-ingestion-version"] == "4"
    own = tracing.receiver.named(run["trace_id"], "invoke_agent Greeter").attributes
    assert own["langfuse.trace.name"] == "Greeter"
    assert own["langfuse.session.id"] == made.json["id"]
    assert own["langfuse.user.id"] == str(tracing.scene.cast.anna.user_id)
    assert "Good day." in own["langfuse.trace.output"]
    (call,) = [step for step in await tracing.steps(run["id"]) if step["step_type"] == "llm_call"]
    chat = tracing.receiver.named(run["trace_id"], f"chat {call['step_name']}").attributes
    assert chat["langfuse.observation.type"] == "generation"
    assert chat["langfuse.observation.model.name"] == call["usage"]["model"]
    usage = {name: call["usage"][f"{name}_tokens"] for name in ("input", "output")}
    assert json.loads(chat["langfuse.observation.usage_details"]) == usage
    assert chat["langfuse.session.id"] == made.json["id"]
    assert "Hello!" in chat["langfuse.observation.input"]


async def test_each_destination_is_sent_every_run_at_its_own_pace(tracing: Tracing) -> None:
    langfuse = {"RETINUE_LANGFUSE_PUBLIC_KEY": "pk", "RETINUE_LANGFUSE_SECRET_KEY": "sk"}
    exporter = await tracing.to_collector(**langfuse, RETINUE_LANGFUSE_URL="http://127.0.0.1:9")
    run = await tracing.run(await tracing.scene.agent("Done."))

    await tracing.export(exporter)

    assert tracing.receiver.of(run["trace_id"])
    assert (await tracing.waiting("otlp"), await tracing.waiting("langfuse")) == (0, 1)


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_runs_wait_for_a_destination_that_does_not_take_them(tracing: Tracing, status: int) -> None:
    exporter = await tracing.to_collector()

    async def refuse(_: list[Got]) -> web.Response:
        return web.Response(status=status, headers={"Retry-After": "120"})

    tracing.receiver.before = refuse
    run = await tracing.run(await tracing.scene.agent("Done."))
    await tracing.export(exporter)
    await tracing.export(exporter)

    assert len(tracing.receiver.requests) == 1, "a failure is waited out"
    ((error, wait),) = await tracing.scene.owner(
        "SELECT error, extract(epoch FROM retry_at - now())::integer FROM trace_destinations"
    )
    assert str(status) in error
    assert 100 < wait <= 120
    tracing.receiver.before = None
    await tracing.forget_failure()
    await tracing.export(exporter)
    assert tracing.receiver.of(run["trace_id"])
    assert await tracing.waiting() == 0


async def test_doctor_tells_how_each_destination_stands(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    url = tracing.scene.postgres.owner_url
    well = await examine_database(url, is_serving=False, stall_seconds=60)

    async def refuse(_: list[Got]) -> web.Response:
        return web.Response(status=401)

    tracing.receiver.before = refuse
    await tracing.run(await tracing.scene.agent("Done."))
    await tracing.export(exporter)
    ill = await examine_database(url, is_serving=False, stall_seconds=60)

    told = [finding for finding in (*well, *ill) if finding.subject == "Traces"]
    assert [(finding.state, finding.text) for finding in told] == [
        (State.OK, "They are exported to otlp; 0 runs wait for it."),
        (State.MIND, "1 runs wait for otlp, which failed 1 times in a row: The server answered with status 401."),
    ]


async def test_run_that_the_receiver_cannot_read_does_not_hold_up_others(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()

    async def choose(spans: list[Got]) -> web.Response | None:
        return web.Response(status=400) if any(span.name.endswith("Odd") for span in spans) else None

    tracing.receiver.before = choose
    good, odd = await tracing.scene.agent("Done.", name="Even"), await tracing.scene.agent("Done.", name="Odd")
    runs = [await tracing.run(agent) for agent in (good, odd, good)]
    await tracing.export(exporter)

    assert await tracing.waiting() == 0
    assert [bool(tracing.receiver.of(run["trace_id"])) for run in runs] == [True, False, True]


async def test_figures_too_large_for_the_protocol_are_left_out(tracing: Tracing) -> None:
    exporter = await tracing.to_collector()
    run = await tracing.run(await tracing.scene.agent("Done.", name="Counter"))
    usage = '{"input_tokens": 99999999999999999999, "output_tokens": 3, "cost_usd": "dear"}'
    await tracing.scene.owner("UPDATE runs SET resource_usage = %s, trace_id = 'odd' WHERE id = %s", usage, run["id"])

    await tracing.export(exporter)

    own = tracing.receiver.named(run["id"].replace("-", ""), "invoke_agent Counter").attributes
    assert own["retinue.run.output_tokens"] == 3
    assert "retinue.run.input_tokens" not in own
    assert await tracing.waiting() == 0


async def test_of_two_processes_one_exports(tracing: Tracing) -> None:
    first, second = await tracing.to_collector(), await tracing.to_collector()
    agent = await tracing.scene.agent("Done.")
    runs = [await tracing.run(agent) for _ in range(5)]

    await tracing.export(first, second)

    for run in runs:
        ids = [span.span_id for span in tracing.receiver.of(run["trace_id"])]
        assert len(ids) == len(set(ids)) > 1


async def test_what_is_too_old_or_too_much_is_dropped_and_counted(tracing: Tracing) -> None:
    exporter = await tracing.exporter(RETINUE_OTLP_ENDPOINT="http://127.0.0.1:9", RETINUE_TRACE_BUFFER_RUNS="100")
    agent = await tracing.scene.agent("Done.")
    await tracing.run(agent)
    await tracing.scene.owner("UPDATE trace_exports SET created_at = now() - interval '25 hours'")
    recent = await tracing.run(agent)
    copies = (
        "INSERT INTO trace_exports (organization_id, run_id, destination) SELECT %s, %s, 'otlp' FROM generate_series(1, 105)"
    )
    await tracing.scene.owner(copies, tracing.scene.cast.acme, recent["id"])

    await exporting.trim(exporter.database)

    assert await tracing.waiting() == 100
    assert await tracing.scene.owner("SELECT dropped_count FROM trace_destinations") == [(7,)]
    metrics = (await exporter.resources.telemetry.render()).decode()
    assert 'retinue_trace_runs_dropped_total{destination="otlp"} 7.0' in metrics
    assert 'retinue_trace_runs_waiting{destination="otlp"} 100.0' in metrics


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"RETINUE_OTLP_ENDPOINT": "collector:4318"}, "RETINUE_OTLP_ENDPOINT"),
        ({"RETINUE_OTLP_ENDPOINT": "https://user:pw@collector"}, "RETINUE_OTLP_ENDPOINT"),
        ({"RETINUE_OTLP_ENDPOINT": "https://c", "RETINUE_OTLP_HEADERS": "secretvalue"}, "RETINUE_OTLP_HEADERS"),
        ({"RETINUE_OTLP_ENDPOINT": "https://c", "RETINUE_OTLP_HEADERS": "a=secretvalue%0d"}, "RETINUE_OTLP_HEADERS"),
        ({"RETINUE_OTLP_ENDPOINT": "https://c", "RETINUE_OTLP_HEADERS": "host=secretvalue"}, "RETINUE_OTLP_HEADERS"),
        ({"RETINUE_LANGFUSE_URL": "https://l"}, "RETINUE_LANGFUSE_PUBLIC_KEY"),
        ({"RETINUE_LANGFUSE_URL": "https://l", "RETINUE_LANGFUSE_PUBLIC_KEY": "p"}, "RETINUE_LANGFUSE_SECRET_KEY"),
        ({"RETINUE_LANGFUSE_SECRET_KEY": "secretvalue"}, "RETINUE_LANGFUSE_SECRET_KEY"),
    ],
)
def test_settings_that_are_not_valid_are_refused_by_name(
    environ: dict[str, str], settings: dict[str, str], named: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        Process(environ | settings)

    assert named in str(caught.value.detail)
    assert "secretvalue" not in str(caught.value.detail)
