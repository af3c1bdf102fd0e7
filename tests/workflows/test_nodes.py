"""Nodes that compute and call: code in the sandbox, HTTP requests through the guarded client, single model calls."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from retinue.llm.types import SCRIPTED_ID
from tests.runs.scene import Scene, working
from tests.workflows.conftest import Workflows, edge, numbers

_ROW = [("START", "do"), ("do", "END")]


def _code(code: str, **more: Any) -> Any:
    return {"id": "do", "type": "code", "code": code, "output": {"n": "result"}, **more}


async def test_code_gives_its_last_expression_and_what_it_prints_is_logged(played: Workflows) -> None:
    code = "total = 0\nfor each in input['numbers']:\n  total += each\nprint('sum', total)\n(total\n  * state['n'])"
    workflow = await played.made([_code(code)], _ROW, state=numbers(n=2))

    run = await played.run(workflow, {"numbers": [1, 2, 3]})

    assert run["output"] == {"n": 12}, run["error"]
    (step,) = await played.steps(run["id"])
    assert (step["step_type"], step["input"]) == ("code", {"input": {"numbers": [1, 2, 3]}, "state": {"n": 2}})
    logs = await played.scene.cast.anna.http.get(f"/runs/{run['id']}/logs")
    assert "sum 6" in [each["message"] for each in logs.json["items"]]


async def test_code_is_deterministic(played: Workflows) -> None:
    code = "import random\nfrom datetime import datetime\n[random.random(), str(datetime.now())]"
    twice = [_code(code, id="do"), _code(code, id="again", output={"m": "result"})]
    edges = [("START", "do"), ("do", "again"), ("again", "END")]
    workflow = await played.made(twice, edges, state=numbers(n=None, m=None))

    run = await played.run(workflow)

    assert run["output"]["n"] == run["output"]["m"], run["error"]


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\nx + input['missing']", "do, code: line 2, column 5: KeyError: 'missing'"),
        ("x = 1\n\nfor each in [1]:\n  x / 0\nx", "do, code: line 4, column 3: ZeroDivisionError: division by zero"),
        ("while True:\n  pass\n1", "do, code: The code ran longer than 0.3 seconds."),
        ("'x' * 20_000_000", "do, code: The code used more than 8 MiB of memory."),
        ("'x' * 20_000", "do, code: The value has more than 1024 bytes as JSON."),
    ],
)
async def test_failing_code_fails_the_run_and_names_the_place(played: Workflows, code: str, message: str) -> None:
    limits = {"seconds": 0.3, "memory_mb": 8, "output_kb": 1}
    workflow = await played.made([_code(code, limits=limits)], _ROW, state=numbers(n=0))

    run = await played.run(workflow)

    assert (run["error"]["code"], run["error_message"]) == ("code_failed", message)
    (step,) = await played.steps(run["id"])
    assert (step["step_type"], step["status"]) == ("code", "failed")


@pytest.mark.parametrize(
    ("node", "path", "code", "place"),
    [
        (_code("x = (\n1"), "/nodes/0/code", "not_code", (1, 5)),
        (_code("x = 1\ny = missing + 1\ny"), "/nodes/0/code", "invalid_code", (2, 5)),
        (_code("1", limits={"seconds": 50}), "/nodes/0/limits/seconds", "limit_too_high", (None, None)),
        (_code("1", limits={"memory_mb": 500}), "/nodes/0/limits/memory_mb", "limit_too_high", (None, None)),
        (_code("1", timeout="PT1S"), "/nodes/0/timeout", "unsupported_field", (None, None)),
    ],
)
async def test_wrong_code_is_refused_when_it_is_saved_with_line_and_column(
    workflows: Workflows, node: Any, path: str, code: str, place: tuple[int | None, int | None]
) -> None:
    refused = await workflows.post([node], _ROW, state=numbers(n=0))

    assert (refused.status, refused.json["code"]) == (422, "workflow_invalid"), refused.text
    definition = {"format": "retinue.workflow/1", "name": "Desk", "state": numbers(n=0), "nodes": [node]}
    definition["edges"] = [edge("START", "do"), edge("do", "END")]
    report = await workflows.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})
    (found,) = [each for each in report.json["findings"] if each["severity"] == "error"]
    assert (found["path"], found["code"], (found["line"], found["column"])) == (path, code, place), found


async def test_code_in_a_map_sees_its_item_and_the_state(played: Workflows) -> None:
    body = {"nodes": [{"id": "do", "type": "code", "code": "given = state['base']\nitem * 10 + index + given"}]}
    nodes = [{"id": "each", "type": "map", "over": "input['items']", "body": body, "output": {"n": "result"}}]
    workflow = await played.made(nodes, [("START", "each"), ("each", "END")], state=numbers(n=None, base=100, other="x"))

    run = await played.run(workflow, {"items": [1, 2]})

    assert run["output"]["n"] == [110, 121], run["error"]


@dataclass
class Server:
    """A server that answers with what it was sent."""

    url: str = ""
    requests: list[Any] = field(default_factory=list[Any])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.text()
        told = {"method": request.method, "path": request.path, "query": dict(request.query), "body": body}
        self.requests.append(told | {"headers": dict(request.headers)})
        if request.path == "/broken":
            return web.Response(status=503, text="Come back later.")
        if request.path == "/cut":
            assert request.transport is not None
            request.transport.close()
        return web.json_response(told)


@pytest.fixture
async def echo() -> AsyncIterator[Server]:
    made = Server()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


@pytest.fixture
async def calling(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Workflows]:
    """Give a scene's workflows, with a worker that may call loopback."""
    async with working({**environ, "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1"}, {}, is_calling=True):
        yield Workflows(scene)


def _request(echo: Server, path: str = "/pay/{{ input['id'] }}", **more: Any) -> Any:
    return {"id": "do", "type": "http", "url": f"{echo.url}{path}", "output": {"n": "result"}, **more}


async def test_http_node_sends_its_request_and_gives_status_headers_and_body(calling: Workflows, echo: Server) -> None:
    node = _request(
        echo,
        "/pay/{{ input['id'] }}#top",
        method="POST",
        headers={"X-Kind": "{{ input['kind'] }}"},
        query={"page": "{{ 1 + 1 }}"},
        body={"sum": "{{ input['sum'] }}"},
        output={"n": "[result['status'], result['body'], result['headers']['content-type']]"},
    )
    workflow = await calling.made([node], _ROW, state=numbers(n=None))

    run = await calling.run(workflow, {"id": 7, "kind": "new", "sum": 3})

    assert run["status"] == "completed", run["error"]
    status, body, content_type = run["output"]["n"]
    assert (status, content_type.partition(";")[0]) == (200, "application/json")
    assert (body["method"], body["path"], body["query"], body["body"]) == ("POST", "/pay/7", {"page": "2"}, '{"sum":3}')
    (request,) = echo.requests
    assert (request["headers"]["X-Kind"], request["headers"]["Content-Type"]) == ("new", "application/json")
    assert request["headers"]["Idempotency-Key"].startswith(run["id"])


async def test_secret_of_an_http_node_is_named_sent_and_nowhere_shown(calling: Workflows, echo: Server) -> None:
    http = calling.scene.cast.anna.http
    agent = await calling.scene.agent("-", name="Keeper")
    body = {"name": "PAY_KEY", "value": "s3cret-key-of-pay", "is_secret": True}
    kept = await calling.scene.cast.adam.http.post(f"/agents/{agent}/variables", json=body)
    assert kept.status == 201, kept.text
    node = _request(echo, "/pay", credential="PAY_KEY")
    made = await calling.post([node], _ROW, state=numbers(n=None))
    workflow = made.json["id"]
    refused = await calling.start(workflow, playground=True)
    assert (refused.status, refused.json["code"]) == (422, "workflow_invalid"), refused.text
    await calling.changed(workflow, agent_id=agent)

    run = await calling.run(workflow, playground=True)

    assert run["status"] == "completed", run["error"]
    assert echo.requests[0]["headers"]["Authorization"] == "Bearer s3cret-key-of-pay"
    for page in ("", "/steps", "/logs", "/tool-calls"):
        shown = await http.get(f"/runs/{run['id']}{page}")
        assert "s3cret" not in shown.text


async def test_status_of_an_error_fails_the_node_with_the_servers_words(calling: Workflows, echo: Server) -> None:
    workflow = await calling.made([_request(echo, "/broken")], _ROW, state=numbers(n=None))

    run = await calling.run(workflow)

    assert run["error_message"] == "do: The server answered with status 503. Come back later."


async def test_dangerous_request_without_an_answer_is_put_to_a_person_and_not_sent_again(
    calling: Workflows, echo: Server
) -> None:
    workflow = await calling.made([_request(echo, "/cut", method="POST")], _ROW, state=numbers(n=None))
    run_id = await calling.started(workflow)
    waiting = await calling.scene.until(run_id, "waiting", "failed", "completed")
    assert waiting["waiting_reason"] == "unknown_outcome", waiting["error"]
    page = await calling.scene.cast.anna.http.get(f"/runs/{run_id}/approvals")
    (approval,) = page.json["items"]

    body = {"decision": "approve", "result": {"status": 201}}
    decided = await calling.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json=body)

    assert decided.status == 200, decided.text
    run = await calling.scene.until(run_id, "completed", "failed")
    assert (run["output"], len(echo.requests)) == ({"n": {"status": 201}}, 1), run["error"]


async def test_http_node_reaches_no_private_address(played: Workflows, scene: Scene, environ: dict[str, str]) -> None:
    async with working(environ, {}, is_calling=True):
        node = {"id": "do", "type": "http", "url": "http://169.254.169.254/latest", "output": {"n": "result"}}
        workflow = await Workflows(scene).made([node], _ROW, state=numbers(n=None))
        run = await Workflows(scene).run(workflow)

    assert run["status"] == "failed"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"url": "example.com/x"}, "/nodes/0/url"),
        ({"url": "https://{{ input['host'] }}/x", "credential": "KEY"}, "/nodes/0/url"),
        ({"url": "https://example.com{{ input['x'] }}/x", "credential": "KEY"}, "/nodes/0/url"),
        ({"body": {"a": 1}}, "/nodes/0/body"),
        ({"input": {"a": 1}}, "/nodes/0/input"),
        ({"retry": {"max_attempts": 2}, "method": "POST"}, "/nodes/0/retry"),
        ({"cache": {"ttl": "PT1H"}, "method": "PUT"}, "/nodes/0/cache"),
        ({"idle_timeout": "PT1S"}, "/nodes/0/idle_timeout"),
    ],
)
async def test_request_that_makes_no_sense_is_refused_with_its_place(workflows: Workflows, more: Any, path: str) -> None:
    node = {"id": "do", "type": "http", "url": "https://example.com/x", **more}
    definition = {"format": "retinue.workflow/1", "name": "Desk", "nodes": [node]}
    definition["edges"] = [edge("START", "do"), edge("do", "END")]

    report = await workflows.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})

    errors = [each for each in report.json["findings"] if each["severity"] == "error"]
    assert [each["path"] for each in errors] == [path], report.text
    assert errors[0]["suggestion"]


def _model(*turns: Any, **more: Any) -> Any:
    return {
        "id": "do",
        "type": "model",
        "model": {"provider_id": str(SCRIPTED_ID)},
        "parameters": {"script": {"turns": [*turns]}},
        "messages": [
            {"role": "system", "text": "Be short."},
            {"role": "user", "text": "Sort {{ input['mail'] }}"},
        ],
        "output": {"n": "result"},
        **more,
    }


_SCHEMA = {"type": "object", "properties": {"kind": {"type": "string"}}, "required": ["kind"]}


async def test_model_node_gives_its_answer_and_its_cost_counts(played: Workflows) -> None:
    workflow = await played.made([_model({"text": "A bill.", "cost_usd": 0.25})], _ROW, state=numbers(n=""))

    run = await played.run(workflow, {"mail": "this"})

    assert run["output"] == {"n": "A bill."}, run["error"]
    usage = run["resource_usage"]
    assert (usage["model_calls"], float(usage["cost_usd"])) == (1, 0.25)
    (step,) = await played.steps(run["id"])
    assert (step["step_type"], step["node_id"], step["status"]) == ("llm_call", "do", "completed")
    assert "Sort this" in str(step["input"])


async def test_model_node_with_a_schema_gives_an_object_and_is_asked_once_more(played: Workflows) -> None:
    node = _model({"text": "a bill"}, output_schema=_SCHEMA, output={"n": "result['kind']"})
    node["parameters"]["script"]["turns"].append({"text": '{"kind": "bill"}'})
    workflow = await played.made([node], _ROW, state=numbers(n=""))

    run = await played.run(workflow, {"mail": "this"})

    steps = await played.steps(run["id"])
    assert run["output"] == {"n": "bill"}, run["error"]
    assert [(step["node_id"], step["status"]) for step in steps] == [("do", "completed")] * 2
    assert run["resource_usage"]["model_calls"] == 2


async def test_failing_model_takes_the_error_route(played: Workflows) -> None:
    node = _model({"error": "No.", "error_kind": "refused"}, on_error={"value": "none"})
    workflow = await played.made([node], _ROW, state=numbers(n=""))

    run = await played.run(workflow, {"mail": "this"})

    assert run["output"] == {"n": "none"}, run["error"]


async def test_model_node_ends_at_the_cost_limit_of_the_run(played: Workflows) -> None:
    nodes = [_model({"text": "One.", "cost_usd": 0.25}), _model({"text": "Two.", "cost_usd": 0.25}, id="more")]
    edges = [("START", "do"), ("do", "more"), ("more", "END")]
    workflow = await played.made(nodes, edges, state=numbers(n=""), limits={"max_cost_usd": 0.2})

    run = await played.run(workflow, {"mail": "this"})

    assert (run["status"], run["error"]["code"]) == ("failed", "limit_cost")
    assert run["resource_usage"]["model_calls"] == 1
