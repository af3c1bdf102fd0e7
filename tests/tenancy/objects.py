"""What the tests of tenancy know about single routes: a thing of Acme for each path parameter, and a body for each route.

Each new route adds its lines here; the tests fail and name what is missing. ``FACTORIES``: path parameter → makes
Acme's thing and returns its id. ``BODIES``: "METHOD path" → makes a valid body; wrap it in ``Foreign`` when it names things
of Acme, so that no other organization may succeed with it. ``QUERIES``: query parameters that name things of Acme.
"""

import io
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from psycopg.types.json import Jsonb

from retinue.llm.types import SCRIPTED_ID
from tests.cast import PASSWORD
from tests.tenancy import connections, external, maintenance, n8n, shares, webhooks
from tests.tenancy.world import Factory, Foreign, World

Body = Callable[[World], Awaitable[Any]]


async def _member(world: World) -> str:
    sent = await world.cast.anna.http.request("PUT", "/users/me/avatar", data=await _avatar(world))
    assert sent.status == 200, sent.text
    return str(world.cast.anna.user_id)


async def _session(world: World) -> str:
    return (await world.cast.adam.http.get("/auth/sessions")).json["items"][0]["id"]


async def _invitation(world: World) -> str:
    email = f"guest.{world.cast.marker}@example.com"
    made = await world.cast.olga.http.post("/invitations", json={"email": email, "role": "viewer"})
    assert made.status == 201, made.text
    return made.json["id"]


async def _deletion(world: World) -> str:
    olga = world.cast.olga.http
    made = (await olga.post("/organizations", json={"name": f"Old {world.cast.marker}"})).json
    path = f"/organizations/current?confirm={made['slug']}"
    asked = await olga.delete(path, headers={"X-Retinue-Organization": made["id"]})
    assert asked.status == 202, asked.text
    return asked.json["id"]


async def _erasure(world: World) -> str:
    name = f"erased {secrets.token_hex(4)}"
    agent = (await world.cast.olga.http.post("/agents", json={"name": name})).json
    asked = await world.cast.olga.http.post("/erasures", json={"kind": "agent", "target_id": agent["id"], "confirm": name})
    assert asked.status == 202, asked.text
    at = datetime.now(UTC).isoformat()
    facts = {name: asked.json[name] for name in ("id", "kind", "target_id", "name_hash")}
    lists: dict[str, Any] = {"tables": [], "buckets": [], "kept": [], "remarks": []}
    more = {"format": "retinue.erasure/1", "requested_at": at, "started_at": at, "attempts": 1, "searched_tables": 0}
    certificate = facts | lists | more | {"is_search_complete": True}
    world.owner.execute(
        "UPDATE erasures SET phase = 'finished', finished_at = now(), certificate = %s WHERE id = %s",
        (Jsonb(certificate), asked.json["id"]),
    )
    return asked.json["id"]


async def _api_key(world: World) -> str:
    body = {"name": f"key {world.cast.marker}", "scopes": ["members:read"]}
    made = await world.cast.olga.http.post("/api-keys", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _provider(world: World) -> str:
    body = {
        "name": f"provider {world.cast.marker}",
        "kind": "openai_compatible",
        "base_url": "http://127.0.0.1:9/v1",
        "api_key": f"secret {world.cast.marker}",
        "models": [f"model-{world.cast.marker}"],
        "model_overrides": {f"model-{world.cast.marker}": {"context_window": 1000}},
        "save_untested": True,
    }
    made = await world.cast.olga.http.post("/model-providers", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _tool(world: World) -> str:
    body = {
        "name": f"tool_{world.cast.marker}",
        "tool_type": "api",
        "configuration": {"method": "GET", "url": "https://example.com/"},
        "credentials": {"type": "bearer", "token": f"secret {world.cast.marker}"},
    }
    made = await world.cast.olga.http.post("/tools", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _agent(world: World) -> str:
    body = {"name": f"agent {world.cast.marker}", "instructions": f"say {world.cast.marker}", "status": "active"}
    made = await world.cast.olga.http.post("/agents", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _organization_variable(world: World) -> str:
    body = {"name": f"shared_{secrets.token_hex(4)}", "value": "value"}
    made = await world.cast.olga.http.post("/variables", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _variable(world: World) -> str:
    body = {"name": "token", "value": f"secret {world.cast.marker}", "description": world.cast.marker, "is_secret": True}
    made = await world.cast.olga.http.post(f"/agents/{await world.id_of('agent_id')}/variables", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _template(world: World) -> str:
    body = {"agent_id": await world.id_of("agent_id"), "name": f"template {world.cast.marker}"}
    made = await world.cast.olga.http.post("/agent-templates", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _team(world: World) -> str:
    body = {
        "name": f"team {world.cast.marker}",
        "type": "route",
        "instructions": f"say {world.cast.marker}",
        "config": {"model": {"provider_id": str(SCRIPTED_ID), "name": "echo"}},
        "members": [{"agent_id": await world.id_of("agent_id"), "role": world.cast.marker}],
    }
    made = await world.cast.olga.http.post("/teams", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _budget(world: World) -> str:
    body = {"name": f"budget {world.cast.marker}", "scope": "organization", "limit_usd": "1000000"}
    made = await world.cast.olga.http.post("/budgets", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _schedule(world: World) -> str:
    body = {
        "name": f"schedule {world.cast.marker}",
        "target_id": await world.id_of("agent_id"),
        "frequency": "daily",
        "timezone": "UTC",
        "input": {"prompt": f"say {world.cast.marker}"},
    }
    made = await world.cast.olga.http.post("/schedules", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


def _definition(world: World) -> Any:
    say = {"id": "say", "type": "transform", "set": {"word": f"'{world.cast.marker}'"}}
    return {
        "format": "retinue.workflow/1",
        "name": f"workflow {world.cast.marker}",
        "state": {"word": {}},
        "nodes": [say],
        "edges": [{"from": "START", "to": "say"}, {"from": "say", "to": "END"}],
    }


async def _workflow(world: World) -> str:
    made = await world.cast.olga.http.post("/workflows", json={"definition": _definition(world)})
    assert made.status == 201, made.text
    published = await world.cast.olga.http.post(f"/workflows/{made.json['id']}/publish", json={})
    assert published.status == 200, published.text
    return made.json["id"]


async def _run(world: World) -> str:
    body = {"target_id": await world.id_of("agent_id"), "input": {"prompt": f"say {world.cast.marker}"}}
    made = await world.cast.olga.http.post("/runs", json=body)
    assert made.status == 202, made.text
    return made.json["id"]


async def _step(world: World) -> str:
    await world.id_of("run_id")
    row = world.filler().ensure("run_steps")
    sent = f'{{"messages": [{{"role": "user", "content": "{world.cast.marker}"}}], "message_count": 1}}'
    world.owner.execute("UPDATE run_steps SET step_type = 'llm_call', input = %s WHERE id = %s", (sent, row["id"]))
    return str(row["id"])


async def _approval(world: World) -> str:
    await world.id_of("run_id")
    return str(world.filler().ensure("approvals")["id"])


async def _artifact(world: World) -> str:
    await world.id_of("run_id")
    key = f"runs/{world.acme}/{world.cast.marker}"
    stored = await world.process.resources.storage.put(key, f"secret {world.cast.marker}".encode())
    row = world.filler().ensure("run_artifacts")
    values = (key, stored.size_bytes, "text/plain", row["id"])
    world.owner.execute("UPDATE run_artifacts SET storage_key = %s, size = %s, type = %s WHERE id = %s", values)
    return str(row["id"])


async def _conversation(world: World) -> str:
    body = {"agent_id": await world.id_of("agent_id"), "title": f"talk {world.cast.marker}"}
    made = await world.cast.olga.http.post("/conversations", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _attachment(world: World) -> str:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(f"secret {world.cast.marker}".encode()), filename=f"{world.cast.marker}.txt")
    made = await world.cast.olga.http.post("/attachments", data=form)
    assert made.status == 201, made.text
    return made.json["id"]


async def _deployment(world: World) -> str:
    body = {"target_id": await world.id_of("agent_id"), "note": world.cast.marker}
    made = await world.cast.olga.http.post("/deployments", json=body)
    assert made.status == 202, made.text
    return made.json["id"]


async def _target(world: World) -> str:
    """Let Acme's agent be deployed for callers with a key, and its run be one of the deployment."""
    agent_id, run_id = await world.id_of("agent_id"), await world.id_of("run_id")
    deployment_id = await world.id_of("deployment_id")
    world.owner.execute("UPDATE deployments SET status = 'deployed', deployed_at = now() WHERE id = %s", (deployment_id,))
    world.owner.execute("UPDATE runs SET deployment_id = %s WHERE id = %s", (deployment_id, run_id))
    return agent_id


async def _alert_config(world: World) -> str:
    body = {
        "name": f"rule {world.cast.marker}",
        "conditions": {"status": "error"},
        "agent_id": await world.id_of("agent_id"),
        "runbook_url": f"https://example.com/{world.cast.marker}",
    }
    made = await world.cast.olga.http.post("/alert-configs", json=body)
    assert made.status == 201, made.text
    return made.json["id"]


async def _alert_channel(world: World) -> str:
    body = {"kind": "webhook", "name": f"channel {world.cast.marker}", "url": f"http://127.0.0.1:9/{world.cast.marker}"}
    made = await world.cast.olga.http.post("/alert-channels", json=body)
    assert made.status == 201, made.text
    return made.json["channel"]["id"]


async def _alert(world: World) -> str:
    row = world.filler().ensure("alerts")
    values = (f"alert {world.cast.marker}", await world.id_of("config_id"), row["id"])
    world.owner.execute(
        "UPDATE alerts SET config_name = %s, config_id = %s, status = 'open', resolved_at = NULL WHERE id = %s", values
    )
    return str(row["id"])


async def _alert_delivery(world: World) -> str:
    await world.id_of("alert_id")
    await world.id_of("channel_id")
    return str(world.filler().ensure("alert_deliveries")["id"])


async def _silence(world: World) -> str:
    body = {"reason": world.cast.marker}
    ends_at = (datetime.now(UTC) + timedelta(days=7)).isoformat()
    made = await world.cast.olga.http.post("/alert-silences", json=body | {"ends_at": ends_at})
    assert made.status == 201, made.text
    return made.json["id"]


async def _notification(world: World) -> str:
    await world.id_of("agent_id")
    row = world.filler().ensure("notifications")
    world.owner.execute("UPDATE notifications SET title = %s WHERE id = %s", (world.cast.marker, row["id"]))
    return str(row["id"])


def _fixed(value: str) -> Factory:
    async def make(_world: World) -> str:
        return value

    return make


FACTORIES: dict[str, Factory] = {
    "user_id": _member,
    "session_id": _session,
    "share_id": shares.share,
    "invitation_id": _invitation,
    "key_id": _api_key,
    "deletion_id": _deletion,
    "erasure_id": _erasure,
    "provider_id": _provider,
    "tool_id": _tool,
    "agent_id": _agent,
    "agent_key_id": external.make_agent_key,
    "team_id": _team,
    "workflow_id": _workflow,
    **n8n.FACTORIES,
    "connection_id": connections.connection,
    "variable_id": _variable,
    "organization_variable_id": _organization_variable,
    "template_id": _template,
    "version": _fixed("1"),
    "other": _fixed("1"),
    "schedule_id": _schedule,
    "budget_id": _budget,
    "run_id": _run,
    "step_id": _step,
    "approval_id": _approval,
    "artifact_id": _artifact,
    "conversation_id": _conversation,
    "attachment_id": _attachment,
    "deployment_id": _deployment,
    "target_id": _target,
    "config_id": _alert_config,
    "channel_id": _alert_channel,
    "alert_id": _alert,
    "delivery_id": _alert_delivery,
    "silence_id": _silence,
    **maintenance.FACTORIES,
    **webhooks.FACTORIES,
    "notification_id": _notification,
}


_APPLIED = "kind: agent\nname: Applied\ncategory: support\ninstructions: Answer.\n"


def _foreign(make: Body) -> Body:
    async def made(world: World) -> Any:
        return Foreign(await make(world))

    return made


def _plain(json: Any) -> Body:
    async def make(_world: World) -> Any:
        return json

    return make


async def _new_email(_world: World) -> Any:
    return {"email": f"new.{secrets.token_hex(6)}@example.com", "role": "viewer"}


async def _sign_in(world: World) -> Any:
    return {"email": f"nobody.{secrets.token_hex(6)}@example.com", "password": PASSWORD}


async def _switch(world: World) -> Any:
    return Foreign({"organization_id": str(world.acme)})


async def _accept(world: World) -> Any:
    """Hand out an open invitation of Acme for another's address."""
    email = f"invited.{secrets.token_hex(6)}@example.com"
    made = await world.cast.olga.http.post("/invitations", json={"email": email, "role": "admin"})
    return Foreign({"token": made.json["accept_url"].partition("token=")[2]})


async def _claim(_world: World) -> Any:
    email = f"claimant.{secrets.token_hex(3)}@example.com"
    names = {"full_name": "Claimant", "organization_name": "Claimed"}
    return Foreign({"token": secrets.token_urlsafe(16), "email": email, "password": PASSWORD} | names)


async def _password(_world: World) -> Any:
    return {"current_password": PASSWORD, "new_password": f"{PASSWORD} {secrets.token_hex(4)}"}


async def _email(_world: World) -> Any:
    return {"email": f"moved.{secrets.token_hex(6)}@example.com", "password": PASSWORD}


async def _named(_world: World) -> Any:
    return {"name": f"name {secrets.token_hex(4)}"}


async def _new_tool(_world: World) -> Any:
    configuration = {"method": "GET", "url": "https://example.com/"}
    return {"name": f"tool_{secrets.token_hex(4)}", "tool_type": "api", "configuration": configuration}


async def _new_provider(_world: World) -> Any:
    named = {"name": f"provider {secrets.token_hex(4)}", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"}
    return {**named, "save_untested": True}


async def _new_variable(_world: World) -> Any:
    return {"name": f"variable_{secrets.token_hex(4)}", "value": "value"}


async def _new_template(world: World) -> Any:
    return Foreign({"agent_id": await world.id_of("agent_id")})


async def _start(world: World) -> Any:
    return Foreign({"target_id": await world.id_of("agent_id"), "input": {"prompt": "hello"}})


async def _new_schedule(world: World) -> Any:
    named = {"name": "Schedule", "target_id": await world.id_of("agent_id"), "input": {"prompt": "hello"}}
    return Foreign({**named, "frequency": "daily", "timezone": "UTC"})


async def _new_channel(_world: World) -> Any:
    return {"kind": "webhook", "name": f"channel {secrets.token_hex(4)}", "url": "http://127.0.0.1:9/hook"}


async def _new_silence(_world: World) -> Any:
    return {"ends_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}


async def _deploy(world: World) -> Any:
    return Foreign({"target_id": await world.id_of("agent_id")})


async def _erase_agent(world: World) -> Any:
    return Foreign({"kind": "agent", "target_id": await world.id_of("agent_id"), "confirm": f"agent {world.cast.marker}"})


async def _fork(_world: World) -> Any:
    return {"step_id": "01a20000-0000-7000-8000-000000000000"}


async def _begin(world: World) -> Any:
    return Foreign({"agent_id": await world.id_of("agent_id")})


async def _upload(_world: World) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(b"text"), filename="text.txt")
    return form


async def _avatar(_world: World) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", io.BytesIO(b"GIF89a picture"), filename="picture.gif")
    return form


_NOTHING: Any = {
    "format": "retinue.workflow/1",
    "name": "Nothing",
    "nodes": [{"id": "pick", "type": "condition"}],
    "edges": [{"from": "START", "to": "pick"}, {"from": "pick", "to": "END", "else": True}],
}

_DRAWN_EDGES = [{"source": "__start__", "target": "a"}, {"source": "a", "target": "__end__"}]
_DRAWN: Any = {"nodes": [{"id": "__start__"}, {"id": "a"}, {"id": "__end__"}], "edges": _DRAWN_EDGES}

BODIES: dict[str, Body] = {
    **{route: _plain(body) for route, body in external.BODIES.items()},
    "POST /users/me/delete": _plain({"password": "not the password"}),
    "POST /auth/two-factor": _plain({"password": PASSWORD}),
    "POST /auth/two-factor/confirm": _plain({"code": "000000"}),
    "POST /auth/two-factor/recovery-codes": _plain({"password": PASSWORD, "code": "000000"}),
    "POST /auth/two-factor/disable": _plain({"password": PASSWORD, "code": "000000"}),
    "POST /auth/password-reset": _plain({"token": "unknown", "new_password": "twelve grey geese"}),
    "PUT /users/me/avatar": _avatar,
    "PATCH /users/me": _plain({"full_name": "Someone Else"}),
    "PATCH /users/{user_id}": _plain({"is_active": False}),
    "POST /auth/sign-in": _sign_in,
    "POST /auth/password": _password,
    "POST /auth/email": _email,
    "POST /auth/organization": _switch,
    "POST /auth/claim": _claim,
    "POST /organizations": _named,
    "PATCH /organizations/current": _named,
    "POST /erasures": _erase_agent,
    "PUT /organizations/current/retention": _plain({"runs": 90, "audit": 365}),
    "PUT /organizations/current/tracing": _plain({"allows_content": True}),
    "POST /organizations/current/retention/preview": _plain({"runs": 90, "audit": 365}),
    "PATCH /members/{user_id}": _plain({"role": "viewer"}),
    "POST /invitations": _new_email,
    "POST /invitations/accept": _accept,
    "POST /approval-links/preview": _plain({"token": "none"}),
    "POST /approval-links/decide": _plain({"token": "none", "decision": "approve"}),
    "POST /api-keys": _plain({"name": "key", "scopes": ["members:read"]}),
    "POST /model-providers": _new_provider,
    "POST /model-providers/test": _plain({"kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1"}),
    "PATCH /model-providers/{provider_id}": _named,
    "POST /agents": _named,
    "PATCH /agents/{agent_id}": _plain({"description": "other"}),
    "POST /agents/{agent_id}/heartbeat": _plain({"status": "online"}),
    "POST /agents/{agent_id}/metrics": _plain({"points": [{"metric_type": "cost", "value": 1}]}),
    "POST /usage/rebuild": _plain({"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}),
    "POST /variables": _new_variable,
    "PATCH /variables/{organization_variable_id}": _plain({"description": "other"}),
    "POST /agents/{agent_id}/variables": _new_variable,
    "PATCH /agents/{agent_id}/variables/{variable_id}": _plain({"description": "other"}),
    "POST /agent-templates": _new_template,
    "PATCH /agent-templates/{template_id}": _plain({"description": "other"}),
    "POST /apply": _plain({"files": [{"path": "a.yaml", "text": _APPLIED}]}),
    "PUT /web-search": _plain({"provider": "brave", "api_key": "key-of-brave"}),
    "POST /teams": _plain({"name": "Team", "type": "route"}),
    "PATCH /teams/{team_id}": _plain({"description": "other"}),
    "POST /budgets": _plain({"name": "Budget", "scope": "organization", "limit_usd": "1000000"}),
    "PATCH /budgets/{budget_id}": _plain({"warn_percent": 90}),
    "POST /schedules": _new_schedule,
    "POST /schedules/preview": _plain({"frequency": "daily", "timezone": "UTC"}),
    "PATCH /schedules/{schedule_id}": _plain({"description": "other"}),
    "POST /schedules/{schedule_id}/pause": _plain({}),
    "POST /schedules/{schedule_id}/backfill": _plain({"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}),
    "POST /alert-configs": _plain({"name": "Rule", "conditions": {"status": "error"}}),
    "POST /alert-configs/preview": _plain({"conditions": {"status": "error"}}),
    "PATCH /alert-configs/{config_id}": _plain({"severity": "critical"}),
    "POST /alert-channels": _new_channel,
    "PATCH /alert-channels/{channel_id}": _plain({"min_severity": "critical"}),
    "POST /alert-channels/{channel_id}/verify": _plain({"code": "AAAAAAAA"}),
    "POST /alert-silences": _new_silence,
    **{route: _plain(body) for route, body in (maintenance.BODIES | webhooks.BODIES).items()},
    "PATCH /notifications/{notification_id}": _plain({"read": True}),
    "PUT /getting-started": _plain({"dismissed": True}),
    "PUT /notifications/preferences": _plain({"type": "agent_error", "in_app": True}),
    "POST /workflows": _plain({"definition": _NOTHING | {"name": "Other"}}),
    "POST /workflows/validate": _plain({"definition": _NOTHING}),
    "POST /workflows/import-graph": _plain({"name": "Drawn", "graph": _DRAWN}),
    "PATCH /workflows/{workflow_id}": _plain({"is_paused": True}),
    "POST /workflows/{workflow_id}/publish": _plain({"version": 1}),
    "POST /workflows/{workflow_id}/runs": _plain({}),
    "POST /runs": _start,
    "POST /deployments": _deploy,
    "POST /deployed/{target_id}/runs": _plain({"prompt": "hello"}),
    "POST /deployed/{target_id}/chat/messages": _plain({"content": "hello"}),
    "PATCH /runs/{run_id}": _plain({"tags": ["other"]}),
    "PUT /runs/{run_id}/feedback": _plain({"value": "up"}),
    "POST /runs/{run_id}/fork": _fork,
    "POST /runs/{run_id}/run-from": _plain({"node": "a"}),
    "POST /runs/{run_id}/retry": _plain({}),
    "POST /conversations/{conversation_id}/regenerate": _plain({}),
    "POST /conversations": _begin,
    "POST /conversations/{conversation_id}/shares": _plain({}),
    "PATCH /conversations/{conversation_id}": _plain({"title": "other"}),
    "POST /conversations/{conversation_id}/messages": _plain({"content": "other"}),
    "POST /attachments": _upload,
    "POST /approvals/{approval_id}/decide": _plain({"decision": "approve"}),
    "POST /approvals/{approval_id}/answer": _plain({"answer": {}}),
    "POST /approvals/{approval_id}/assign": _plain({"role": "owner"}),
    "POST /workflows/{workflow_id}/webhook-secret": _plain({}),
    **{route: _plain(body) for route, body in (n8n.BODIES | connections.BODIES).items()},
    **{route: _foreign(make) for route, make in n8n.FOREIGN.items()},
    "POST /workflows/{workflow_id}/webhook": _plain({}),
    "POST /events": _plain({"name": "paid", "key": "A1", "payload": {"sum": 1}}),
    "POST /tools": _new_tool,
    "PATCH /tools/{tool_id}": _plain({"description": "other"}),
    "POST /tools/{tool_id}/test": _plain({"arguments": {}}),
    "POST /tools/import-mcp": _plain({"url": "ftp://mcp.example.com/"}),
    "POST /tools/{tool_id}/mcp/accept": _plain({"pin": "0" * 64}),
    "POST /tools/import-openapi": _plain(
        {"document": {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {}}}
    ),
}

QUERIES: dict[str, str] = {
    "actor_id": "user_id",
    "target_id": "provider_id",
    "agent_id": "agent_id",
    "config_id": "config_id",
    "team_id": "team_id",
    "conversation_id": "conversation_id",
    "parent_run_id": "run_id",
    "run_id": "run_id",
    "deployment_id": "deployment_id",
    "user_id": "user_id",
    "api_key_id": "key_id",
}
"""Query parameter → the path parameter whose thing of Acme it may name."""

FIXED_QUERIES: dict[str, str] = {
    "confirm": "wrong",
    "token": "unknown",
    "prompt": "Who would answer?",
    "from_version": "1",
    "start": "2026-01-01T00:00:00Z",
    "end": "2026-01-02T00:00:00Z",
    "against": "1",
    "metric_type": "cost",
}
"""Query parameters that a route demands → a value."""
