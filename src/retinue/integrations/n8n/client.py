"""n8n's public API (version 1) and its webhooks, through the guarded client, outside of transactions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlencode

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.outbound.client import Outbound, OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.integrations.n8n.errors import (
    N8nConflictError,
    N8nKeyRefusedError,
    N8nRefusedError,
    N8nWorkflowMissingError,
)
from retinue.integrations.n8n.reading import entries, entry, read_execution, read_workflow, words
from retinue.integrations.n8n.types import Execution, N8nPicture

_KEY_HEADER: Final = "X-N8N-API-KEY"
_SECONDS: Final = 30.0
_MOST_BYTES: Final = 8 * 1024 * 1024
_OK: Final = 200
_REDIRECTION: Final = 300
_REFUSED: Final = frozenset({401, 403})
_MISSING: Final = 404
_CONFLICT: Final = 409


@dataclass(frozen=True, slots=True)
class Access:
    """What is needed to speak with an organization's n8n. Never leaves the process."""

    base_url: str
    webhook_url: str
    callback_url: str
    """What a run's id is appended to."""
    api_key: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """What webhooks demand."""


@dataclass(frozen=True, slots=True)
class Paged:
    """A page of workflows of n8n, and the cursor of the next one."""

    items: list[N8nPicture]
    next_cursor: str | None


class N8nClient:
    """Speaks with one n8n."""

    def __init__(self, outbound: Outbound, access: Access) -> None:
        """Take the guarded client and how n8n is reached."""
        self._outbound = outbound
        self._access = access

    async def list_workflows(self, *, cursor: str | None = None, limit: int = 100, name: str | None = None) -> Paged:
        """Return a page of workflows."""
        document = await self._get("/workflows", limit=str(limit), cursor=cursor, name=name, excludePinnedData="true")
        found = (read_workflow(each, self._access.base_url) for each in entries(entry(document, "data")))
        return Paged([each for each in found if each is not None], words(entry(document, "nextCursor"), 2_000) or None)

    async def get_workflow(self, workflow_id: str) -> N8nPicture:
        """Return a workflow. Raises ``N8nWorkflowMissingError``."""
        found = read_workflow(await self._get(f"/workflows/{_quoted(workflow_id)}"), self._access.base_url)
        if found is None:
            raise N8nRefusedError("n8n answered with something that is no workflow.")
        return found

    async def set_active(self, workflow_id: str, *, is_active: bool) -> N8nPicture:
        """Publish a workflow, or take it back; servers that know no publishing activate and deactivate.

        Raises ``N8nConflictError`` with n8n's reason, such as a webhook's path that another workflow has.
        """
        new, old = ("publish", "activate") if is_active else ("unpublish", "deactivate")
        path = f"/workflows/{_quoted(workflow_id)}"
        answer = await self._call("POST", f"{path}/{new}", {})
        if answer.status in {_MISSING, 405}:
            answer = await self._call("POST", f"{path}/{old}", {})
        self._demand(answer)
        return await self.get_workflow(workflow_id)

    async def list_executions(
        self, workflow_id: str, *, after: datetime | None, limit: int = 100, cursor: str | None = None
    ) -> tuple[list[Execution], str | None]:
        """Return a page of executions of a workflow, newest first, without what they did, and the next cursor.

        ``after`` is asked of n8n too; versions that do not know it answer with older ones as well, which are left out.
        """
        document = await self._get(
            "/executions",
            workflowId=workflow_id,
            limit=str(limit),
            cursor=cursor,
            startedAfter=None if after is None else after.isoformat().replace("+00:00", "Z"),
        )
        read = [each for item in entries(entry(document, "data")) if (each := read_execution(item)) is not None]
        kept = [each for each in read if after is None or each.started_at is None or each.started_at >= after]
        is_past = len(kept) < len(read)
        return kept, None if is_past else words(entry(document, "nextCursor"), 2_000) or None

    async def get_execution(self, execution_id: str, *, with_data: bool = False) -> Execution | None:
        """Return an execution; None when n8n has none, or not any more. Data that is too large is left out."""
        path = f"/executions/{_quoted(execution_id)}"
        if with_data:
            answer = await self._call("GET", path + "?includeData=true", None)
            if answer.status != _MISSING and not answer.is_cut:
                return read_execution(self._document(answer))
        answer = await self._call("GET", path, None)
        return None if answer.status == _MISSING else read_execution(self._document(answer))

    async def retry(self, execution_id: str, seconds: float) -> Execution | None:
        """Retry a failed execution with the workflow as it was; return the new execution, which has ended or waits by then.

        Raises ``N8nConflictError`` for one that succeeded.
        """
        path = f"/executions/{_quoted(execution_id)}/retry"
        answer = await self._call("POST", path, {"loadWorkflow": False}, seconds)
        return None if answer.is_cut else read_execution(self._document(answer))

    async def stop(self, execution_id: str) -> bool:
        """Stop an execution; say whether n8n had it to stop. One that is over is not an error."""
        answer = await self._call("POST", f"/executions/{_quoted(execution_id)}/stop", {})
        if answer.status in {_MISSING, _CONFLICT, 400}:
            return False
        self._demand(answer)
        return True

    async def call_webhook(self, method: str, path: str, body: JsonObject, seconds: float) -> OutboundResponse:
        """Call a workflow's production webhook. Raises as ``Outbound.send`` does; any status is returned."""
        url = f"{self._access.webhook_url}/webhook/{quote(path, safe='/-_.~')}"
        headers = {"content-type": "application/json", **self._access.headers}
        request = OutboundRequest(
            method, url, headers, dumps(body), timeout_seconds=seconds, max_bytes=_MOST_BYTES, is_cut=True, max_redirects=0
        )
        return await self._outbound.send(request)

    async def _get(self, path: str, **query: str | None) -> Json:
        given = {name: value for name, value in query.items() if value is not None}
        answer = await self._call("GET", f"{path}?{urlencode(given)}" if given else path, None)
        return self._document(answer)

    async def _call(self, method: str, path: str, body: JsonObject | None, seconds: float = _SECONDS) -> OutboundResponse:
        headers = {"accept": "application/json", _KEY_HEADER: self._access.api_key}
        content = None
        if body is not None:
            headers["content-type"], content = "application/json", dumps(body)
        request = OutboundRequest(
            method,
            f"{self._access.base_url}/api/v1{path}",
            headers,
            content,
            timeout_seconds=seconds,
            max_bytes=_MOST_BYTES,
            is_cut=True,
            max_redirects=0,
            is_exact=True,
        )
        return await self._outbound.send(request)

    def _document(self, answer: OutboundResponse) -> Json:
        self._demand(answer)
        try:
            return loads(answer.body)
        except ValueError:
            message = "n8n did not answer with JSON. Is this the address of n8n, without /api/v1?"
            raise OutboundFailedError(message) from None

    def _demand(self, answer: OutboundResponse) -> None:
        if _OK <= answer.status < _REDIRECTION:
            return
        reason = said(answer)
        if answer.status in _REFUSED:
            raise N8nKeyRefusedError(f"n8n refuses the API key (status {answer.status}){reason}.")
        if answer.status == _MISSING:
            raise N8nWorkflowMissingError(f"n8n answered with status 404{reason}.")
        if answer.status == _CONFLICT:
            raise N8nConflictError(f"n8n refuses it{reason}.")
        raise N8nRefusedError(f"n8n answered with status {answer.status}{reason}.")


def said(answer: OutboundResponse) -> str:
    """Return what an answer of n8n says in words, with a colon before it; empty when it says nothing."""
    try:
        document: Json = loads(answer.body)
    except ValueError:
        return ""
    parts = [words(entry(document, name), 300) for name in ("message", "reason", "hint")]
    told = " ".join(part.rstrip(".") + "." for part in parts if part).rstrip(".")
    return f": {told}" if told else ""


def _quoted(identifier: str) -> str:
    return quote(identifier, safe="")
