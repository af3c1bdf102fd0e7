"""Operations of runs, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Unpack
from uuid import UUID

from retinue.client.models import Download
from retinue.client.resource import AsyncResource, new_key, path
from retinue.client.types.common import Approval, ApprovalPage, RunStatus, RunType
from retinue.client.types.common_2 import Run, RunTrigger
from retinue.client.types.runs import (
    Artifact,
    ArtifactPage,
    FeedbackFilter,
    ForkRun,
    LogLevel,
    LogLine,
    LogLinePage,
    ModelRequest,
    RetryRun,
    RunEvent,
    RunEventPage,
    RunFeedback,
    RunFeedbackPage,
    RunOutcome,
    RunOverview,
    RunPage,
    RunSort,
    RunStep,
    RunStepPage,
    SetRunFeedback,
)
from retinue.client.types.runs_2 import StartRun, Thought, ThoughtPage, ToolCall, ToolCallPage, UpdateRun


class AsyncRunsApi(AsyncResource):
    """Operations of runs."""

    async def get_artifact_content(self, artifact_id: str, /) -> Download:
        """Return the content of a file created by a run. Only images, text, JSON and PDF are displayed inline."""
        return await self._connection.download("GET", path("artifacts", artifact_id, "content"))

    async def list(
        self,
        *,
        status: RunStatus | None = None,
        agent_id: str | UUID | None = None,
        trigger: RunTrigger | None = None,
        conversation_id: str | UUID | None = None,
        parent_run_id: str | UUID | None = None,
        deployment_id: str | UUID | None = None,
        outcome: RunOutcome | None = None,
        q: str | None = None,
        tag: builtins.list[str] | None = None,
        metadata: builtins.list[str] | None = None,
        feedback: FeedbackFilter | None = None,
        id_prefix: str | None = None,
        type: RunType | None = None,
        team_id: str | UUID | None = None,
        ended_after: str | datetime | None = None,
        ended_before: str | datetime | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        min_duration_ms: int | None = None,
        min_cost_usd: float | str | None = None,
        sort: RunSort | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> RunPage:
        """List the organization's runs, newest first. Text search and other orders cover the newest 50,000."""
        return await self._connection.json(
            "GET",
            "/runs",
            query={
                "status": status,
                "agent_id": agent_id,
                "trigger": trigger,
                "conversation_id": conversation_id,
                "parent_run_id": parent_run_id,
                "deployment_id": deployment_id,
                "outcome": outcome,
                "q": q,
                "tag": tag,
                "metadata": metadata,
                "feedback": feedback,
                "id_prefix": id_prefix,
                "type": type,
                "team_id": team_id,
                "ended_after": ended_after,
                "ended_before": ended_before,
                "created_after": created_after,
                "created_before": created_before,
                "min_duration_ms": min_duration_ms,
                "min_cost_usd": min_cost_usd,
                "sort": sort,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def iterate(
        self,
        *,
        status: RunStatus | None = None,
        agent_id: str | UUID | None = None,
        trigger: RunTrigger | None = None,
        conversation_id: str | UUID | None = None,
        parent_run_id: str | UUID | None = None,
        deployment_id: str | UUID | None = None,
        outcome: RunOutcome | None = None,
        q: str | None = None,
        tag: builtins.list[str] | None = None,
        metadata: builtins.list[str] | None = None,
        feedback: FeedbackFilter | None = None,
        id_prefix: str | None = None,
        type: RunType | None = None,
        team_id: str | UUID | None = None,
        ended_after: str | datetime | None = None,
        ended_before: str | datetime | None = None,
        created_after: str | datetime | None = None,
        created_before: str | datetime | None = None,
        min_duration_ms: int | None = None,
        min_cost_usd: float | str | None = None,
        sort: RunSort | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[Run]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items(
            "/runs",
            query={
                "status": status,
                "agent_id": agent_id,
                "trigger": trigger,
                "conversation_id": conversation_id,
                "parent_run_id": parent_run_id,
                "deployment_id": deployment_id,
                "outcome": outcome,
                "q": q,
                "tag": tag,
                "metadata": metadata,
                "feedback": feedback,
                "id_prefix": id_prefix,
                "type": type,
                "team_id": team_id,
                "ended_after": ended_after,
                "ended_before": ended_before,
                "created_after": created_after,
                "created_before": created_before,
                "min_duration_ms": min_duration_ms,
                "min_cost_usd": min_cost_usd,
                "sort": sort,
                "limit": limit,
            },
        )

    async def start(
        self, *, idempotency_key: str | None = None, wait_seconds: int | None = None, **body: Unpack[StartRun]
    ) -> Run:
        """Start a run. Return immediately, when the run is finished, or with a stream of its events."""
        return await self._connection.json(
            "POST", "/runs", body=body, key=idempotency_key or new_key(), wait_seconds=wait_seconds
        )

    async def get(self, run_id: str, /) -> Run:
        """Return a run."""
        return await self._connection.json("GET", path("runs", run_id))

    async def update(self, run_id: str, /, **body: Unpack[UpdateRun]) -> Run:
        """Replace the tags or the metadata of a run, in any status."""
        return await self._connection.json("PATCH", path("runs", run_id), body=body)

    async def list_approvals(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> ApprovalPage:
        """List a run's approvals, oldest first."""
        return await self._connection.json(
            "GET", path("runs", run_id, "approvals"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_approvals(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[Approval]:
        """Iterate over what ``list_approvals`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "approvals"), query={"limit": limit})

    async def list_artifacts(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> ArtifactPage:
        """List the files created by a run, oldest first."""
        return await self._connection.json(
            "GET", path("runs", run_id, "artifacts"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_artifacts(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[Artifact]:
        """Iterate over what ``list_artifacts`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "artifacts"), query={"limit": limit})

    async def cancel(self, run_id: str, /) -> Run:
        """Cancel a run and its child runs. Later writes of these runs are refused."""
        return await self._connection.json("POST", path("runs", run_id, "cancel"))

    async def list_events(
        self, run_id: str, /, *, after: int | None = None, limit: int | None = None, cursor: str | None = None
    ) -> RunEventPage:
        """Stream a run, or list its events."""
        return await self._connection.json(
            "GET", path("runs", run_id, "events"), query={"after": after, "limit": limit, "cursor": cursor}
        )

    def iterate_events(
        self, run_id: str, /, *, after: int | None = None, limit: int | None = None
    ) -> AsyncIterator[RunEvent]:
        """Iterate over what ``list_events`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "events"), query={"after": after, "limit": limit})

    async def list_feedback(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> RunFeedbackPage:
        """List the feedback of all members on a run, oldest first."""
        return await self._connection.json("GET", path("runs", run_id, "feedback"), query={"limit": limit, "cursor": cursor})

    def iterate_feedback(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[RunFeedback]:
        """Iterate over what ``list_feedback`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "feedback"), query={"limit": limit})

    async def set_feedback(self, run_id: str, /, **body: Unpack[SetRunFeedback]) -> RunFeedback:
        """Give your feedback on a run, or change it. With an API key it is that of the person who created the key."""
        return await self._connection.json("PUT", path("runs", run_id, "feedback"), body=body)

    async def delete_feedback(self, run_id: str, /) -> None:
        """Delete your feedback on a run. Can be repeated."""
        await self._connection.nothing("DELETE", path("runs", run_id, "feedback"))

    async def fork(self, run_id: str, /, **body: Unpack[ForkRun]) -> Run:
        """Start a new run that copies the steps of this run before a given step and continues from there."""
        return await self._connection.json("POST", path("runs", run_id, "fork"), body=body)

    async def list_logs(
        self,
        run_id: str,
        /,
        *,
        level: LogLevel | None = None,
        q: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> LogLinePage:
        """List a run's log, oldest first."""
        return await self._connection.json(
            "GET", path("runs", run_id, "logs"), query={"level": level, "q": q, "limit": limit, "cursor": cursor}
        )

    def iterate_logs(
        self, run_id: str, /, *, level: LogLevel | None = None, q: str | None = None, limit: int | None = None
    ) -> AsyncIterator[LogLine]:
        """Iterate over what ``list_logs`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "logs"), query={"level": level, "q": q, "limit": limit})

    async def get_overview(self, run_id: str, /) -> RunOverview:
        """Return a run's origin, descendants, history of actions and total cost."""
        return await self._connection.json("GET", path("runs", run_id, "overview"))

    async def resume(self, run_id: str, /) -> Run:
        """Resume a failed run from its last step, with the current limits of its agent."""
        return await self._connection.json("POST", path("runs", run_id, "resume"))

    async def retry(self, run_id: str, /, **body: Unpack[RetryRun]) -> Run:
        """Start a new run with the plan and input of a finished run, and with its tags and metadata unless you …"""
        return await self._connection.json("POST", path("runs", run_id, "retry"), body=body)

    async def list_steps(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> RunStepPage:
        """List a run's steps by start time."""
        return await self._connection.json("GET", path("runs", run_id, "steps"), query={"limit": limit, "cursor": cursor})

    def iterate_steps(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[RunStep]:
        """Iterate over what ``list_steps`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "steps"), query={"limit": limit})

    async def get_step_request(self, run_id: str, step_id: str, /) -> ModelRequest:
        """Return what a model step was sent: model, parameters, tools and every message from the instructions on."""
        return await self._connection.json("GET", path("runs", run_id, "steps", step_id, "request"))

    async def list_thoughts(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> ThoughtPage:
        """List the nodes of a run's mind map, oldest first."""
        return await self._connection.json("GET", path("runs", run_id, "thoughts"), query={"limit": limit, "cursor": cursor})

    def iterate_thoughts(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[Thought]:
        """Iterate over what ``list_thoughts`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "thoughts"), query={"limit": limit})

    async def list_tool_calls(self, run_id: str, /, *, limit: int | None = None, cursor: str | None = None) -> ToolCallPage:
        """List the tool calls in a run's ledger, oldest first."""
        return await self._connection.json(
            "GET", path("runs", run_id, "tool-calls"), query={"limit": limit, "cursor": cursor}
        )

    def iterate_tool_calls(self, run_id: str, /, *, limit: int | None = None) -> AsyncIterator[ToolCall]:
        """Iterate over what ``list_tool_calls`` lists, page after page."""
        return self._connection.items(path("runs", run_id, "tool-calls"), query={"limit": limit})
