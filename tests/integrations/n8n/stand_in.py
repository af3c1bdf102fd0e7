"""An n8n of the tests: it speaks the paths and the documents that n8n 2.40.7 spoke, see ``transcripts.json``."""

import asyncio
import copy
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

KEY = "n8n-api-key-of-the-tests"
_SAID = json.loads((Path(__file__).parent / "transcripts.json").read_text())


@dataclass
class StandIn:
    """One n8n. Its workflows start executions by webhook; a test decides how each ends."""

    url: str = ""
    workflows: dict[str, Any] = field(default_factory=dict[str, Any])
    executions: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[str] = field(default_factory=list[str])
    resumed: list[Any] = field(default_factory=list[Any])
    webhook_headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    is_old: bool = False
    """Whether it knows no publishing, as servers before 2.0."""
    conflict: str | None = None
    """Why publishing is refused."""
    oversize: bool = False
    """Whether data is withheld as too large."""
    is_down: bool = False
    resume_failures: int = 0
    retry_status: str = "success"
    answer: Any = None
    """What the webhook of a workflow that answers at its end says, with its status."""

    def add(self, name: str, *, mode: str = "onReceived", method: str = "POST", is_active: bool = True) -> str:
        """Add a workflow with a webhook and one more node; return its id."""
        document = copy.deepcopy(_SAID["workflow"])
        workflow_id = uuid.uuid4().hex[:16]
        document |= {"id": workflow_id, "name": name, "active": is_active}
        document["nodes"][0]["parameters"] |= {"path": f"hook-{workflow_id}", "responseMode": mode, "httpMethod": method}
        self.workflows[workflow_id] = document
        return workflow_id

    def begin(self, workflow_id: str, *, mode: str = "trigger", body: Any = None, status: str = "running") -> str:
        """Begin an execution, by n8n itself unless it has a body of a webhook; return its id."""
        execution_id = str(len(self.executions) + 1 + 100 * len(self.workflows))
        document = copy.deepcopy(_SAID["execution"])
        now = datetime.now(UTC)
        document |= {"id": execution_id, "workflowId": workflow_id, "mode": mode, "status": status, "finished": False}
        document |= {"startedAt": _text(now), "stoppedAt": None, "retryOf": None, "waitTill": None}
        runs = document["data"]["resultData"]["runData"]
        given = {"rows": 3} if body is None else {**runs["Webhook"][0]["data"]["main"][0][0]["json"], "body": body}
        runs["Webhook"][0]["data"]["main"][0][0]["json"] = given
        runs["Webhook"][0]["startTime"] = round(now.timestamp() * 1000)
        document["held"] = runs.pop("Edit")
        document["data"]["resultData"]["lastNodeExecuted"] = "Webhook"
        self.executions[execution_id] = document
        return execution_id

    def end(self, execution_id: str, status: str = "success", *, output: Any = None, after_ms: int = 250) -> None:
        """End an execution: its other node ran, with an output or an error."""
        document = self.executions[execution_id]
        started = datetime.fromisoformat(document["startedAt"])
        run = document.pop("held")
        run[0] |= {"startTime": round(started.timestamp() * 1000) + 5, "executionTime": after_ms - 5}
        run[0]["data"]["main"][0][0]["json"] = {"answer": 42} if output is None else output
        result = document["data"]["resultData"]
        if status in {"error", "crashed"}:
            failure = copy.deepcopy(_SAID["failure"])
            run[0] |= {"executionStatus": "error", "error": failure}
            del run[0]["data"]
            result["error"] = failure
        result["runData"]["Edit"] = run
        result["lastNodeExecuted"] = "Edit"
        stopped = _text(started + timedelta(milliseconds=after_ms))
        document |= {"status": status, "finished": status == "success", "stoppedAt": stopped}

    def of(self, run_id: str) -> str:
        """Return the execution that a run has started."""
        for execution_id, document in self.executions.items():
            first: Any = document["data"]["resultData"]["runData"]["Webhook"][0]["data"]["main"][0][0]["json"]
            body: dict[str, Any] = first.get("body") or {}
            mark: dict[str, Any] = body.get("retinue") or {}
            if mark.get("run_id") == run_id and not document["retryOf"]:
                return execution_id
        raise KeyError(run_id)

    def mark_of(self, run_id: str) -> Any:
        """Return what the run's start gave the workflow to call back with."""
        document = self.executions[self.of(run_id)]
        return document["data"]["resultData"]["runData"]["Webhook"][0]["data"]["main"][0][0]["json"]["body"]["retinue"]

    async def api(self, request: web.Request) -> web.StreamResponse:
        """Answer a request of the public API."""
        self.asked.append(f"{request.method} {request.path}")
        if self.is_down:
            return web.json_response({"message": "Service unavailable"}, status=503)
        if request.headers.get("X-N8N-API-KEY") != KEY:
            return web.json_response({"message": "Unauthorized"}, status=401)
        parts = request.path.removeprefix("/api/v1/").split("/")
        if parts[0] == "workflows":
            return await self._workflows(request, parts[1:])
        return await self._executions(request, parts[1:])

    async def _workflows(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        if not parts:
            wanted = request.query.get("name", "")
            found = [each for each in self.workflows.values() if wanted in each["name"]]
            return web.json_response(_page(found, request))
        if parts[0] not in self.workflows:
            return web.json_response({"message": "Not Found"}, status=404)
        document = self.workflows[parts[0]]
        if request.method == "POST":
            verb = parts[1]
            if self.is_old and verb in {"publish", "unpublish"}:
                return web.json_response({"message": "not found"}, status=404)
            if self.conflict is not None:
                return web.json_response({"message": "Conflict", "reason": self.conflict}, status=409)
            document["active"] = verb in {"publish", "activate"}
        return web.json_response(document)

    async def _executions(self, request: web.Request, parts: list[str]) -> web.StreamResponse:
        if not parts:
            wanted, after = request.query.get("workflowId"), request.query.get("startedAfter", "")
            found = [each for each in self.executions.values() if each["workflowId"] == wanted]
            found = [each for each in reversed(found) if datetime.fromisoformat(each["startedAt"]) >= _instant(after)]
            return web.json_response(_page([_without_data(each) for each in found], request))
        document = self.executions.get(parts[0])
        if document is None:
            return web.json_response({"message": "Not Found"}, status=404)
        if len(parts) == 1:
            is_whole = request.query.get("includeData") == "true" and not self.oversize
            kept = {name: value for name, value in document.items() if name != "held"}
            if not is_whole:
                kept = _without_data(kept) | ({"dataTooLargeToDisplay": True} if self.oversize else {})
            return web.json_response(kept)
        if parts[1] == "stop":
            if document["status"] not in {"running", "waiting", "new"}:
                return web.json_response(_SAID["stop_refused"], status=409)
            self.end(parts[0], "canceled")
            return web.json_response(_without_data(document))
        return self._retry(parts[0], document)

    def _retry(self, execution_id: str, document: Any) -> web.StreamResponse:
        if document["status"] == "success":
            return web.json_response(_SAID["retry_refused"], status=409)
        given = document["data"]["resultData"]["runData"]["Webhook"][0]["data"]["main"][0][0]["json"]
        new = self.begin(document["workflowId"], mode="retry", body=given.get("body"))
        self.executions[new]["retryOf"] = execution_id
        self.end(new, self.retry_status)
        return web.json_response({name: value for name, value in self.executions[new].items() if name != "held"})

    async def webhook(self, request: web.Request) -> web.StreamResponse:
        """Start a workflow by its production webhook."""
        path = request.match_info["path"]
        self.webhook_headers.append(dict(request.headers))
        for workflow_id, document in self.workflows.items():
            given = document["nodes"][0]["parameters"]
            if given["path"] == path and document["active"] and given["httpMethod"] == request.method:
                execution_id = self.begin(workflow_id, mode="webhook", body=await request.json())
                if given["responseMode"] == "onReceived":
                    return web.json_response(_SAID["started"])
                status, answer = self.answer or (200, {"answer": 42})
                self.end(execution_id, "success" if status == 200 else "error", output=answer)
                return web.json_response(answer, status=status)
        return web.json_response(_SAID["not_registered"], status=404)

    async def waiting(self, request: web.Request) -> web.StreamResponse:
        """Resume an execution that waits."""
        if self.resume_failures:
            self.resume_failures -= 1
            return web.json_response({"message": "Bad gateway"}, status=502)
        self.resumed.append(await request.json())
        return web.json_response({"message": "Workflow was started"})


def _without_data(document: Any) -> Any:
    return {name: value for name, value in document.items() if name not in {"data", "held"}}


def _page(found: list[Any], request: web.Request) -> Any:
    limit, begin = int(request.query.get("limit", "100")), int(request.query.get("cursor", "0"))
    end = begin + limit
    return {"data": found[begin:end], "nextCursor": str(end) if end < len(found) else None}


def _text(instant: datetime) -> str:
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text) if text else datetime.fromtimestamp(0, UTC)


@asynccontextmanager
async def standing_in() -> AsyncGenerator[StandIn]:
    """Serve an n8n on an ephemeral port."""
    n8n = StandIn()
    application = web.Application()
    application.router.add_route("*", "/api/v1/{rest:.*}", n8n.api)
    application.router.add_route("*", "/webhook/{path:.*}", n8n.webhook)
    application.router.add_route("POST", "/webhook-waiting/{id}", n8n.waiting)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    n8n.url = f"http://127.0.0.1:{port}"
    try:
        yield n8n
    finally:
        await asyncio.wait_for(runner.cleanup(), 10)
