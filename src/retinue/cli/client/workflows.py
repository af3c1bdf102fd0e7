"""What the client's commands for workflows do: list, show, check, save, publish, change, delete, run."""

import json
import sys
import uuid
from pathlib import Path
from typing import Any

from retinue.cli.client.actions import all_of, checked, follow, read_labels
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json, print_text
from retinue.cli.client.tables import print_workflows
from retinue.core.json import loads
from retinue.engine.drawn import GraphUnreadableError, definition_of

_MOST_WORKFLOWS = 200
_FACTS = (
    *("id", "name", "description", "status", "version", "active_version", "last_execution", "next_execution"),
    *("execution_count", "success_count", "error_count"),
)


async def list_workflows(given: Credentials, filters: dict[str, Any], *, as_json: bool) -> int:
    """Print the organization's workflows."""
    async with connected(given) as connection:
        workflows = await all_of(connection, "/workflows", _MOST_WORKFLOWS, **filters)
    print_json(workflows) if as_json else print_workflows(workflows)
    return COMPLETED


async def show(given: Credentials, workflow: str, *, as_json: bool) -> int:
    """Print a workflow and its status."""
    async with connected(given) as connection:
        found = await connection.get(f"/workflows/{await find_workflow(connection, workflow)}")
    if as_json:
        print_json(found)
        return COMPLETED
    for name in _FACTS:
        if found[name] not in (None, ""):
            print(f"{name:<16} {harmless(str(found[name]))}")
    return COMPLETED


async def export(given: Credentials, workflow: str) -> int:
    """Print a workflow's definition."""
    async with connected(given) as connection:
        found = await connection.get(f"/workflows/{await find_workflow(connection, workflow)}")
    print(json.dumps(found["definition"], ensure_ascii=True, indent=2))
    return COMPLETED


async def export_program(given: Credentials, workflow: str, *, strict: bool) -> int:
    """Print a workflow as a Python program, and on standard error what that does not do by itself."""
    async with connected(given) as connection:
        found = await connection.get(f"/workflows/{await find_workflow(connection, workflow)}/program")
    print_text(found["source"].rstrip("\n"))
    for each in found["gaps"]:
        print(harmless(f"{each['path'] or 'workflow'}: {each['message']}"), file=sys.stderr)
    return FAILED if strict and found["gaps"] else COMPLETED


async def import_graph(file: Path, name: str) -> int:
    """Print a LangGraph graph as a definition, and on standard error what could not be mapped. Raises ``ClientError``."""
    try:
        drawn = definition_of(_read(file), checked(name, "The name"))
    except GraphUnreadableError as error:
        problems = "; ".join(f"{each.field} {each.message}" for each in error.fields)
        raise ClientError(f"{file}: {problems}. {error.remedy}", USAGE) from None
    print(json.dumps(drawn.definition, ensure_ascii=True, indent=2))
    for place, message in drawn.unmapped:
        print(harmless(f"{place}: {message}"), file=sys.stderr)
    return COMPLETED


async def import_installed(given: Credentials, graph: str, name: str) -> int:
    """Print a definition whose one node runs an installed graph."""
    async with connected(given) as connection:
        body = {"function": checked(graph, "The graph"), "name": checked(name, "The name")}
        found = await connection.post("/workflows/import-graph", body)
    print(json.dumps(found["definition"], ensure_ascii=True, indent=2))
    return COMPLETED


async def webhook(given: Credentials, workflow: str, *, accept: bool | None, new_secret: bool, as_json: bool) -> int:
    """Print a workflow's webhook, after changing it as asked."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        found = await connection.get(f"/workflows/{workflow_id}")
        if accept is not None:
            config = found["trigger_config"] | {"webhook": accept}
            found = await connection.patch(f"/workflows/{workflow_id}", {"trigger_config": config})
        made = await connection.post(f"/workflows/{workflow_id}/webhook-secret", {}) if new_secret else None
    url = f"{given.url}/api/v1/workflows/{workflow_id}/webhook"
    told = {
        "url": url,
        "accepts": found["trigger_config"]["webhook"],
        "is_active": found["is_active"],
        "secret": None if made is None else made["secret"],
    }
    if as_json:
        print_json(told)
        return COMPLETED
    print(f"url      {url}\naccepts  {told['accepts']}\nactive   {told['is_active']}")
    if made is not None:
        print(f"secret   {made['secret']}\n\n{_signed_request(url)}")
    return COMPLETED


def _signed_request(url: str) -> str:
    """Return commands for a shell that send a request signed with the secret in WEBHOOK_SECRET."""
    return f"""body='{{}}'; id="msg_$(date +%s)"; at="$(date +%s)"
key="$(printf %s "${{WEBHOOK_SECRET#whsec_}}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')"
signature="$(printf %s "$id.$at.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)"
curl '{url}' -H 'Content-Type: application/json' -d "$body" \\
  -H "webhook-id: $id" -H "webhook-timestamp: $at" -H "webhook-signature: v1,$signature\""""


async def validate(given: Credentials, file: Path, *, as_json: bool) -> int:
    """Print every finding in a definition; fail when one is an error."""
    definition = _read(file)
    async with connected(given) as connection:
        report = await connection.post("/workflows/validate", {"definition": definition})
    if as_json:
        print_json(report)
    else:
        for each in report["findings"]:
            place = f":{each['line']}:{each['column']}" if each["line"] is not None else ""
            remedy = f" {each['suggestion']}" if each["suggestion"] else ""
            print(harmless(f"{each['severity']}: {each['path']}{place}: {each['message']}{remedy} [{each['code']}]"))
        print("The definition is valid." if report["is_valid"] else "The definition is not valid.")
    return COMPLETED if report["is_valid"] else FAILED


async def save(given: Credentials, file: Path, note: str, *, publish: bool, as_json: bool) -> int:
    """Create the workflow that a definition names, or save the definition as its newest version."""
    definition = _read(file)
    body = {"definition": definition, "note": checked(note, "The note")}
    async with connected(given) as connection:
        named = await all_of(connection, "/workflows", _MOST_WORKFLOWS, q=str(definition.get("name", ""))[:200])
        known = next((each["id"] for each in named if each["name"] == definition.get("name")), None)
        saved = await (
            connection.post("/workflows", body) if known is None else connection.patch(f"/workflows/{known}", body)
        )
        if publish:
            saved = await connection.post(f"/workflows/{saved['id']}/publish", {"version": saved["version"]})
    done = "published" if publish else "saved"
    print_json(saved) if as_json else print(f"{saved['id']}: version {saved['version']} is {done}.")
    return COMPLETED


async def publish(given: Credentials, workflow: str, version: int | None) -> int:
    """Let runs take a version."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        body = {} if version is None else {"version": version}
        found = await connection.post(f"/workflows/{workflow_id}/publish", body)
    print(f"{workflow_id}: version {found['active_version']} is published.")
    return COMPLETED


async def change(given: Credentials, workflow: str, changes: dict[str, Any]) -> int:
    """Change whether a workflow accepts triggers, or begins runs."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        found = await connection.patch(f"/workflows/{workflow_id}", changes)
    print(f"{workflow_id} is {found['status']}.")
    return COMPLETED


async def delete(given: Credentials, workflow: str) -> int:
    """Delete a workflow."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        await connection.delete(f"/workflows/{workflow_id}")
    print(f"{workflow_id} is deleted.")
    return COMPLETED


async def send_event(given: Credentials, named: tuple[str, str | None, str | None], payload: str, *, as_json: bool) -> int:
    """Send an event of a name, a key and an external id; print how many waits it answered."""
    try:
        content = loads(payload)
    except ValueError:
        raise ClientError(f"{payload[:80]} is not JSON.", USAGE) from None
    name, key, external_id = named
    async with connected(given) as connection:
        body = {"name": name, "key": key, "payload": content, "external_id": external_id}
        sent = await connection.post("/events", body)
    count = sent["answered_count"]
    print_json(sent) if as_json else print(f"Sent. {count} {'wait' if count == 1 else 'waits'} answered.")
    return COMPLETED


async def schema(given: Credentials) -> int:
    """Print the JSON Schema of definitions."""
    async with connected(given) as connection:
        print_json(await connection.get("/workflows/schema"))
    return COMPLETED


def body_of(
    text: str, file: Path | None, tags: list[str] | None, metadata: list[str] | None, *, trial: bool
) -> dict[str, Any]:
    """Return the body that starts a run. Raises ``ClientError`` for an input that is no JSON object."""
    given = object_of(checked(text, "The input"), "The input") if file is None else _read(file)
    return {"input": given, "playground": trial} | read_labels(tags, metadata)


async def start(given: Credentials, workflow: str, body: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    """Start a run of a workflow and follow it; print its result."""
    async with connected(given) as connection:
        path = f"/workflows/{await find_workflow(connection, workflow)}/runs"
        # The key lets the request be repeated after a lost reply without starting a second run.
        run = await connection.post(path, body, {"Idempotency-Key": str(uuid.uuid4())})
        if not wait:
            print_json(run) if as_json else print(run["id"])
            return COMPLETED
        return await follow(connection, run["id"], as_json=as_json)


async def find_workflow(connection: Connection, workflow: str) -> str:
    """Find a workflow by its id or its name, whatever the case. Raises ``ClientError`` for none or several."""
    try:
        return str(uuid.UUID(workflow))
    except ValueError:
        found = await all_of(connection, "/workflows", _MOST_WORKFLOWS, q=checked(workflow, "The workflow's name"))
    wanted = workflow.casefold()
    chosen = [each for each in found if each["name"].casefold() == wanted]
    chosen = chosen or [each for each in found if wanted in each["name"].casefold()]
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        raise ClientError(f"There is no workflow named {workflow!r}. 'retinue workflows list' lists them.", USAGE)
    names = ", ".join(f"{each['name']} ({each['id']})" for each in chosen[:5])
    raise ClientError(f"{workflow!r} may mean several workflows: {names}. Use the id.", USAGE)


def _read(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise ClientError(f"{file} cannot be read: {error.strerror or error}.", USAGE) from None
    return object_of(text, str(file))


def object_of(text: str | bytes, name: str) -> dict[str, Any]:
    """Read a JSON object; ``name`` is what errors call it. Raises ``ClientError``."""
    try:
        read = loads(text)
    except ValueError as error:
        raise ClientError(f"{name} is not JSON: {error}.", USAGE) from None
    if not isinstance(read, dict):
        raise ClientError(f"{name} must be a JSON object.", USAGE)
    return read
