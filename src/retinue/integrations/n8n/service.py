"""The verbs of the connection to n8n and of links. Whatever asks n8n does so without a transaction."""

import time
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from retinue.core import audit, timers
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page
from retinue.core.errors import Error, FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError, parse_url
from retinue.core.permissions import require
from retinue.integrations.n8n import following, repository, repository_runs
from retinue.integrations.n8n.access import client_of, get_access
from retinue.integrations.n8n.client import N8nClient
from retinue.integrations.n8n.errors import (
    N8nConnectionInvalidError,
    N8nInUseError,
    N8nLinkedError,
    N8nLinkMissingError,
    N8nNotConnectedError,
)
from retinue.integrations.n8n.permissions import READ, WRITE
from retinue.integrations.n8n.repository import ConnectionRow
from retinue.integrations.n8n.schemas import ConnectN8n, LinkN8nWorkflow
from retinue.integrations.n8n.types import (
    N8nCheck,
    N8nConnection,
    N8nConnectionDraft,
    N8nExecution,
    N8nLink,
    N8nPicture,
    N8nWorkflow,
)
from retinue.runs import service as runs
from retinue.workflows import service as workflows
from retinue.workflows.types import WorkflowDefinition

_URLS: Final = ("base_url", "webhook_url", "callback_url")


async def get_connection(ctx: Context) -> N8nConnection:
    """Return the organization's connection. Raises ``N8nNotConnectedError``."""
    require(ctx, READ)
    row = await repository.get_connection(ctx)
    if row is None:
        raise N8nNotConnectedError
    return row.shown()


async def connect(ctx: Context, body: ConnectN8n) -> N8nConnection:
    """Write the organization's connection. A secret that is not given stays, unless the address is another one.

    Raises ``N8nConnectionInvalidError`` that names the field.
    """
    require(ctx, WRITE)
    before = await repository.get_connection(ctx)
    urls = {name: _url(name, getattr(body, name)) for name in _URLS}
    seal = ctx.resources.secrets.seal
    is_same = before is not None and all(getattr(before, name) == urls[name] for name in ("base_url", "webhook_url"))
    api_key = seal(body.api_key) if body.api_key else before.api_key_encrypted if before is not None and is_same else None
    if api_key is None:
        raise _invalid("api_key", "is required, as the address is a new one", "Enter an API key of that n8n.")
    secret = None
    if body.webhook_secret is not None:
        secret = seal(body.webhook_secret)
    elif before is not None and is_same and body.webhook_header == before.webhook_header:
        secret = before.webhook_secret_encrypted
    if (body.webhook_header is None) != (secret is None):
        field = "webhook_header" if body.webhook_header is None else "webhook_secret"
        raise _invalid(field, "is required with the other one", "Enter name and value of the header, or neither.")
    secrets = {"api_key": api_key, "webhook_secret": secret}
    return await _saved(ctx, before, {**urls, "webhook_header": body.webhook_header}, secrets, body.api_key is not None)


async def list_ids(ctx: Context) -> list[UUID]:
    """Return the id of the organization's connection, if there is one."""
    require(ctx, READ)
    row = await repository.get_connection(ctx)
    return [] if row is None else [row.id]


async def configure(ctx: Context, body: N8nConnectionDraft) -> N8nConnection:
    """Write the connection without secrets, as files have it: those that are stored stay, others have yet to be entered.

    Raises ``N8nConnectionInvalidError`` that names the field; for another address too while a key is stored.
    """
    require(ctx, WRITE)
    before = await repository.get_connection(ctx)
    urls = {name: _url(name, getattr(body, name)) for name in _URLS}
    moved = [name for name in ("base_url", "webhook_url") if before is not None and getattr(before, name) != urls[name]]
    if moved and before is not None and before.api_key_encrypted is not None:
        message = "is another address, and the stored API key is sent to no other"
        remedy = "Enter the address with its API key under Settings → n8n, then apply the file."
        raise _invalid(moved[0], message, remedy)
    secrets: dict[str, bytes | None] = {"api_key": None, "webhook_secret": None}
    if before is not None:
        has_header = body.webhook_header is not None and body.webhook_header == before.webhook_header
        secrets["api_key"] = before.api_key_encrypted
        secrets["webhook_secret"] = before.webhook_secret_encrypted if has_header else None
    return await _saved(ctx, before, {**urls, "webhook_header": body.webhook_header}, secrets, False)


async def _saved(
    ctx: Context,
    before: ConnectionRow | None,
    told: dict[str, str | None],
    secrets: dict[str, bytes | None],
    is_key_new: bool,  # noqa: FBT001 - a fact of the audit
) -> N8nConnection:
    await repository.put_connection(ctx, {**told, **secrets})
    row = await repository.get_connection(ctx)
    if row is None:
        raise AssertionError("a connection that was written is not there")
    was: JsonObject | None = None if before is None else {name: getattr(before, name) for name in _URLS}
    await audit.record(
        ctx, "n8n_connection.saved", ("n8n_connection", row.id), before=was, after={**told, "is_key_new": is_key_new}
    )
    return row.shown()


async def disconnect(ctx: Context) -> None:
    """Delete the organization's connection. Raises ``N8nNotConnectedError``; ``N8nInUseError`` while it is used."""
    require(ctx, WRITE)
    row = await repository.get_connection(ctx)
    if row is None:
        raise N8nNotConnectedError
    if row.linked_count:
        raise N8nInUseError(f"{row.linked_count} workflows are linked to n8n.")
    await repository.delete_connection(ctx)
    await audit.record(ctx, "n8n_connection.deleted", ("n8n_connection", row.id), before={"base_url": row.base_url})


async def check(database: Database, actor: Actor) -> N8nCheck:
    """Ask n8n for its workflows with the connection as it is saved, and write how that went."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        access = await get_access(ctx)
    begun, failed, count = time.monotonic(), None, 0
    try:
        count = len((await client_of(database.resources, access).list_workflows(limit=1)).items)
    except Error as error:
        failed = error
    took = round((time.monotonic() - begun) * 1000)
    async with database.context(actor) as ctx:
        await repository.note_checked(ctx, None if failed is None else failed.detail)
    if failed is not None:
        return N8nCheck(is_ok=False, message=failed.detail, remedy=failed.remedy_text, duration_ms=took)
    message = "n8n answers and accepts the key." if count else "n8n answers and accepts the key, which sees no workflow."
    return N8nCheck(is_ok=True, message=message, remedy=None, duration_ms=took)


async def list_workflows(
    database: Database, actor: Actor, *, name: str | None, cursor: str | None, limit: int
) -> Page[N8nWorkflow]:
    """Return a page of the workflows of n8n, each with the workflow that is linked to it."""
    client = await _client(database, actor, READ)
    page = await client.list_workflows(cursor=cursor, limit=limit, name=name)
    async with database.context(actor) as ctx:
        linked = await repository.list_linked(ctx, [each.listed.id for each in page.items])
    return Page([replace(each.listed, workflow_id=linked.get(each.listed.id)) for each in page.items], page.next_cursor)


async def set_active(database: Database, actor: Actor, n8n_workflow_id: str, *, is_active: bool) -> N8nWorkflow:
    """Publish a workflow in n8n, or take it back. Raises ``N8nConflictError`` with n8n's reason."""
    client = await _client(database, actor, WRITE)
    picture = await client.set_active(n8n_workflow_id, is_active=is_active)
    async with database.context(actor) as ctx:
        linked = (await repository.list_linked(ctx, [picture.listed.id])).get(picture.listed.id)
        told: JsonObject = {"n8n_workflow_id": picture.listed.id, "is_active": picture.listed.is_active}
        row = await repository.get_connection(ctx)
        if row is not None:
            action = "n8n_workflow.published" if is_active else "n8n_workflow.unpublished"
            await audit.record(ctx, action, ("n8n_connection", row.id), after=told)
        if linked is not None:
            await repository.refresh_link(ctx, linked, picture)
    return replace(picture.listed, workflow_id=linked)


async def link(database: Database, actor: Actor, body: LinkN8nWorkflow) -> N8nLink:
    """Let a workflow of n8n carry out a workflow of Retinue: an existing one, or a new one of its name.

    Raises ``N8nWorkflowMissingError``, ``N8nLinkedError``, and what ``workflows.service`` raises.
    """
    client = await _client(database, actor, WRITE)
    picture = await client.get_workflow(body.n8n_workflow_id)
    async with database.context(actor) as ctx:
        if (await repository.list_linked(ctx, [picture.listed.id])).get(picture.listed.id) is not None:
            raise N8nLinkedError("Another workflow is linked to that workflow of n8n.")
        workflow_id = body.workflow_id
        if workflow_id is None:
            made = await workflows.create(ctx, WorkflowDefinition(definition_of(picture)), note="Linked to n8n")
            workflow_id = made.id
        await workflows.link_n8n(ctx, workflow_id, picture.listed.id)
        if body.workflow_id is None:
            await workflows.update(ctx, workflow_id, {"is_active": True}, version=None)
        await repository.insert_link(ctx, workflow_id, picture, imports_runs=body.imports_runs)
        await following.list_soon(ctx, workflow_id, following.LIST_PAUSE)
        return await _link(ctx, workflow_id)


def definition_of(picture: N8nPicture) -> JsonObject:
    """Return the definition of a workflow that exists for the sake of n8n: it takes any input, and is not carried out."""
    node: JsonObject = {"id": "n8n", "type": "transform", "name": "Runs in n8n", "set": {"carried_out_by": "'n8n'"}}
    return {
        "format": "retinue.workflow/1",
        "name": picture.listed.name,
        "description": "Carried out by n8n.",
        "state": {"carried_out_by": {}},
        "nodes": [node],
        "edges": [{"from": "START", "to": "n8n"}, {"from": "n8n", "to": "END"}],
    }


async def list_links(ctx: Context) -> list[N8nLink]:
    """Return the organization's links, by the names in n8n."""
    require(ctx, READ)
    return await repository.list_links(ctx)


async def get_link(ctx: Context, workflow_id: UUID) -> N8nLink:
    """Return the link of a workflow. Raises ``WorkflowMissingError``, ``N8nLinkMissingError``."""
    require(ctx, READ)
    await workflows.get(ctx, workflow_id)
    return await _link(ctx, workflow_id)


async def refresh(database: Database, actor: Actor, workflow_id: UUID) -> N8nLink:
    """Read a linked workflow from n8n again: its name, its trigger, its nodes, and its executions now."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        before, access = await get_link(ctx, workflow_id), await get_access(ctx)
    picture = await client_of(database.resources, access).get_workflow(before.n8n_workflow_id)
    async with database.context(actor) as ctx:
        await repository.refresh_link(ctx, workflow_id, picture)
        await following.list_soon(ctx, workflow_id)
        return await _link(ctx, workflow_id)


async def update_link(ctx: Context, workflow_id: UUID, imports_runs: bool | None) -> N8nLink:  # noqa: FBT001 - a column
    """Change a link. Raises ``WorkflowMissingError``, ``N8nLinkMissingError``."""
    require(ctx, WRITE)
    before = await get_link(ctx, workflow_id)
    if imports_runs is None or imports_runs is before.imports_runs:
        return before
    await repository.set_imports(ctx, workflow_id, imports_runs=imports_runs)
    was: JsonObject = {"imports_runs": before.imports_runs}
    await audit.record(ctx, "n8n_link.updated", ("workflow", workflow_id), before=was, after={"imports_runs": imports_runs})
    return await _link(ctx, workflow_id)


async def unlink(ctx: Context, workflow_id: UUID) -> None:
    """Remove a link: the workflow is carried out by its own definition again. Raises ``WorkflowBusyError``."""
    require(ctx, WRITE)
    await get_link(ctx, workflow_id)
    await workflows.link_n8n(ctx, workflow_id, None)
    await repository.delete_link(ctx, workflow_id)
    await timers.cancel(ctx, following.LIST, workflow_id)


async def get_execution(ctx: Context, run_id: UUID) -> N8nExecution:
    """Return what a run is in n8n. Raises ``RunMissingError``, ``N8nLinkMissingError``."""
    require(ctx, READ)
    await runs.require_exists(ctx, run_id)
    known = await repository_runs.get(ctx, run_id)
    if known is None:
        raise N8nLinkMissingError("The run was not carried out by n8n.", remedy="Look at another run.")
    found = await repository.get_link(ctx, known.workflow_id)
    has_place = found is not None and known.execution_id is not None
    return N8nExecution(
        run_id=run_id,
        execution_id=known.execution_id,
        status=known.status,
        wait_till=known.wait_till,
        url=f"{found.url}/executions/{known.execution_id}" if found is not None and has_place else None,
        looked_at=known.looked_at,
        last_error=known.last_error,
    )


async def _link(ctx: Context, workflow_id: UUID) -> N8nLink:
    found = await repository.get_link(ctx, workflow_id)
    if found is None:
        raise N8nLinkMissingError
    return found


async def _client(database: Database, actor: Actor, permission: str) -> N8nClient:
    async with database.context(actor) as ctx:
        require(ctx, permission)
        access = await get_access(ctx)
    return client_of(database.resources, access)


def _url(field: str, value: str | None) -> str | None:
    """Return an address without a slash at its end. Raises ``N8nConnectionInvalidError``."""
    if value is None:
        return None
    try:
        parse_url(value)
    except OutboundRefusedError as error:
        raise _invalid(field, error.detail.rstrip("."), "Enter an address such as https://n8n.example.com.") from None
    parts = urlsplit(value)
    if parts.query or parts.fragment or parts.username or parts.password:
        raise _invalid(field, "has a query, a fragment or a password", "Enter the address alone.")
    plain = value.rstrip("/")
    return plain.removesuffix("/api/v1") if field == "base_url" else plain


def _invalid(field: str, message: str, remedy: str) -> N8nConnectionInvalidError:
    return N8nConnectionInvalidError(fields=(FieldProblem(field, message, remedy),))
