"""Things of Acme around n8n, for the tests of tenancy: rows that the owner of the schema writes, since no n8n is reached."""

import secrets
from typing import Any

from tests.tenancy.world import Factory, World


async def _run(world: World) -> str:
    body = {"target_id": await world.id_of("agent_id"), "input": {"prompt": f"say {world.cast.marker}"}}
    made = await world.cast.olga.http.post("/runs", json=body)
    assert made.status == 202, made.text
    return made.json["id"]


def _definition(name: str) -> Any:
    return {
        "format": "retinue.workflow/1",
        "name": name,
        "state": {"n": {}},
        "nodes": [{"id": "one", "type": "transform", "set": {"n": "1"}}],
        "edges": [{"from": "START", "to": "one"}, {"from": "one", "to": "END"}],
    }


def _connect(world: World) -> None:
    """Connect Acme to an n8n that nobody reaches."""
    world.owner.execute(
        "INSERT INTO n8n_connections (id, organization_id, base_url, api_key_encrypted)"
        " VALUES (gen_random_uuid(), %s, 'http://127.0.0.1:9', '') ON CONFLICT DO NOTHING",
        (world.acme,),
    )


async def linked_workflow(world: World) -> str:
    _connect(world)
    name = f"linked {secrets.token_hex(4)} {world.cast.marker}"
    made = await world.cast.olga.http.post("/workflows", json={"definition": _definition(name)})
    assert made.status == 201, made.text
    n8n_id = secrets.token_hex(8)
    world.owner.execute("UPDATE workflows SET n8n_workflow_id = %s WHERE id = %s", (n8n_id, made.json["id"]))
    world.owner.execute(
        "INSERT INTO n8n_links (organization_id, workflow_id, n8n_workflow_id, n8n_name, n8n_is_active, followed_until)"
        " VALUES (%s, %s, %s, %s, true, now())",
        (world.acme, made.json["id"], n8n_id, world.cast.marker),
    )
    return made.json["id"]


async def workflow(world: World) -> str:
    workflow = await world.id_of("linked_workflow_id")
    row = world.owner.execute("SELECT n8n_workflow_id FROM n8n_links WHERE workflow_id = %s", (workflow,)).fetchone()
    assert row is not None
    return str(row[0])


async def external_run(world: World) -> str:
    run, workflow = await _run(world), await world.id_of("linked_workflow_id")
    world.owner.execute(
        "INSERT INTO n8n_executions (organization_id, run_id, workflow_id, state) VALUES (%s, %s, %s, 'ended')",
        (world.acme, run, workflow),
    )
    return run


async def awaited_run(world: World) -> str:
    _connect(world)
    run = await _run(world)
    world.owner.execute(
        "INSERT INTO n8n_resumes (organization_id, run_id, resume_url_encrypted) VALUES (%s, %s, '')", (world.acme, run)
    )
    return run


async def start_body(world: World) -> Any:
    _connect(world)
    target = await world.id_of("agent_id")
    resume_url = "http://127.0.0.1:9/webhook-waiting/1"
    return {"type": "agent", "target_id": target, "input": {"prompt": "Hello"}, "resume_url": resume_url}


async def link_body(world: World) -> Any:
    return {"n8n_workflow_id": await world.id_of("n8n_workflow_id")}


FACTORIES: dict[str, Factory] = {
    "linked_workflow_id": linked_workflow,
    "n8n_workflow_id": workflow,
    "external_run_id": external_run,
    "awaited_run_id": awaited_run,
}

FOREIGN: dict[str, Factory] = {"POST /n8n/links": link_body, "POST /n8n/runs": start_body}

BODIES: dict[str, Any] = {
    "PUT /n8n/connection": {"base_url": "http://127.0.0.1:9"},
    "POST /n8n/connection/test": {},
    "POST /n8n/workflows/{n8n_workflow_id}/publish": {},
    "POST /n8n/workflows/{n8n_workflow_id}/unpublish": {},
    "PATCH /n8n/links/{linked_workflow_id}": {"imports_runs": False},
    "POST /n8n/links/{linked_workflow_id}/refresh": {},
    "POST /n8n/callbacks/{external_run_id}": {"token": "not the token"},
    "POST /n8n/resumes/{awaited_run_id}/send-again": {},
}
