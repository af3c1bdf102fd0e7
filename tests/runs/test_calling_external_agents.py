"""An agent that lives elsewhere: called once, signed, and what it answers is the run's output."""

import base64
import hashlib
import hmac
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from psycopg.types.json import Jsonb

from retinue.core.http.addresses import Policy, parse_exceptions
from retinue.core.http.outbound import Outbound
from retinue.core.ids import RunId, new_id
from retinue.core.json import JsonObject
from retinue.engine.plan import ExternalPlan, write_plan
from retinue.process import Process
from retinue.runs.runners.external import ExternalRunner
from tests.conftest import Postgres
from tests.runs.workshop import Stage, plan_of, staged

_RUN = "SELECT status, output, error, external_execution_id, resource_usage FROM runs WHERE id = %s"


@dataclass
class _Elsewhere:
    """Someone else's agent: answers with a status and a body, and remembers what it was sent."""

    status: int = 200
    answer: object = None
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])

    async def answer_call(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((headers, await request.read()))
        return web.json_response(self.answer, status=self.status)


class _Secret:
    async def values(self, organization_id: str, agent_id: str, names: tuple[str, ...]) -> dict[str, str]:
        return dict.fromkeys(names, "s3cret")


@asynccontextmanager
async def _calling(stage: Stage, elsewhere: _Elsewhere, output_schema: JsonObject | None = None) -> AsyncGenerator[RunId]:
    application = web.Application()
    application.router.add_post("/", elsewhere.answer_call)
    server = web.AppRunner(application)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    outbound = Outbound(Policy(parse_exceptions("127.0.0.1")))
    stage.workshop.runners["external"] = ExternalRunner(outbound)
    plan = ExternalPlan(str(new_id()), 3, "Elsewhere", f"http://127.0.0.1:{server.addresses[0][1]}/", {}, output_schema)
    run_id = await stage.start(plan_of())
    with_plan: Any = Jsonb(write_plan(plan))
    async with stage.process.database.system_context([stage.organization_id]) as ctx:  # pyright: ignore[reportArgumentType] - a plain id
        await ctx.tx.execute("UPDATE runs SET plan = %s WHERE id = %s", (with_plan, run_id))
    try:
        yield run_id
    finally:
        await outbound.close()
        await server.cleanup()


async def test_answer_of_the_webhook_is_the_runs_output(postgres: Postgres, process: Process) -> None:
    elsewhere = _Elsewhere(answer={"output": "Done.", "execution_id": "x1", "usage": {"input_tokens": 7, "cost_usd": 0.5}})
    async with staged(postgres, process, []) as stage, _calling(stage, elsewhere) as run_id:
        stage.workshop.secrets = _Secret()
        await stage.execute(run_id)

        status, output, error, execution_id, usage = stage.one(_RUN, run_id)
        assert (status, output, error, execution_id) == ("completed", {"text": "Done."}, None, "x1")
        assert (usage["input_tokens"], usage["cost_usd"], usage["cost_state"]) == (7, "0.5", "known")
        ((headers, body),) = elsewhere.calls
        signed = f"{run_id}.{headers['webhook-timestamp']}.".encode() + body
        expected = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert headers["webhook-id"] == headers["idempotency-key"] == str(run_id)


async def test_refusal_of_the_webhook_fails_the_run(postgres: Postgres, process: Process) -> None:
    async with staged(postgres, process, []) as stage, _calling(stage, _Elsewhere(status=500)) as run_id:
        stage.workshop.secrets = _Secret()
        await stage.execute(run_id)

        status, _, error, *_ = stage.one(_RUN, run_id)
        assert (status, error["code"]) == ("failed", "external_agent_failed")


async def test_call_is_not_made_without_a_secret_to_sign_it(postgres: Postgres, process: Process) -> None:
    elsewhere = _Elsewhere(answer={"output": "Done."})
    async with staged(postgres, process, []) as stage, _calling(stage, elsewhere) as run_id:
        await stage.execute(run_id)

        status, _, error, *_ = stage.one(_RUN, run_id)
        assert (status, error["code"]) == ("failed", "webhook_secret_missing")
        assert "WEBHOOK_SECRET" in error["remedy"]
        assert elsewhere.calls == []


async def test_output_of_an_external_agent_is_checked_against_its_schema(postgres: Postgres, process: Process) -> None:
    schema: JsonObject = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
    ended: list[Any] = []
    for output in ({"size": 9007199254740993}, {"size": "large"}, "large"):
        elsewhere = _Elsewhere(answer={"output": output})
        async with staged(postgres, process, []) as stage, _calling(stage, elsewhere, schema) as run_id:
            stage.workshop.secrets = _Secret()
            await stage.execute(run_id)
            status, stored, error, *_ = stage.one(_RUN, run_id)
            ended.append((status, stored, error and (error["code"], error["text"])))

    assert ended == [
        ("completed", {"size": 9007199254740993}, None),
        ("failed", None, ("output_invalid", '{"size":"large"}')),
        ("failed", None, ("output_invalid", "large")),
    ]
