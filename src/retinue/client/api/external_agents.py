"""Operations of external agents. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.external_agents import (
    AddRunLogs,
    AddRunThoughts,
    AgentKeyList,
    AnsweredWork,
    ClaimedWork,
    ClaimWork,
    CompleteWork,
    ExtendWork,
    FailWork,
    HeartbeatHistory,
    HeartbeatReceipt,
    HeldWork,
    IssuedAgentKey,
    ReportedExecution,
    ReportExecution,
    RotateAgentKey,
    SendHeartbeat,
    WebhookSecret,
    WorkRecords,
)


class ExternalAgentsApi(Resource):
    """Operations of external agents."""

    def report_execution(self, agent_id: str, /, **body: Unpack[ReportExecution]) -> ReportedExecution:
        """Record what an external agent has carried out by itself, as a run with the trigger `external`."""
        return self._connection.json("POST", path("agents", agent_id, "executions"), body=body)

    def send_heartbeat(self, agent_id: str, /, **body: Unpack[SendHeartbeat]) -> HeartbeatReceipt:
        """Record that an external agent is alive."""
        return self._connection.json("POST", path("agents", agent_id, "heartbeat"), body=body)

    def list_heartbeats(self, agent_id: str, /, *, hours: int | None = None) -> HeartbeatHistory:
        """Return an external agent's presence and its heartbeats of the last hours, newest first, at most 5,000."""
        return self._connection.json("GET", path("agents", agent_id, "heartbeats"), query={"hours": hours})

    def list_keys(self, agent_id: str, /) -> AgentKeyList:
        """List the keys of an external agent, including revoked keys, newest first."""
        return self._connection.json("GET", path("agents", agent_id, "keys"))

    def create_key(self, agent_id: str, /) -> IssuedAgentKey:
        """Create a key with which an external agent makes its own calls."""
        return self._connection.json("POST", path("agents", agent_id, "keys"))

    def revoke_key(self, agent_id: str, agent_key_id: str, /) -> None:
        """Revoke a key of an external agent permanently."""
        self._connection.nothing("DELETE", path("agents", agent_id, "keys", agent_key_id))

    def rotate_key(self, agent_id: str, agent_key_id: str, /, **body: Unpack[RotateAgentKey]) -> IssuedAgentKey:
        """Create a key in place of another, which is accepted for an hour still unless said otherwise."""
        return self._connection.json("POST", path("agents", agent_id, "keys", agent_key_id, "rotate"), body=body)

    def create_webhook_secret(self, agent_id: str, /) -> WebhookSecret:
        """Create the secret that signs calls of an external agent, or another one."""
        return self._connection.json("POST", path("agents", agent_id, "webhook-secret"))

    def claim_work(self, agent_id: str, /, **body: Unpack[ClaimWork]) -> ClaimedWork:
        """Claim the next run that waits for an external agent, for agents that no webhook reaches."""
        return self._connection.json("POST", path("agents", agent_id, "work", "claim"), body=body)

    def complete_work(self, agent_id: str, run_id: str, /, **body: Unpack[CompleteWork]) -> AnsweredWork:
        """Complete a run that was claimed, or that was pushed to the webhook and answered with 202."""
        return self._connection.json("POST", path("agents", agent_id, "work", run_id, "complete"), body=body)

    def extend_work(self, agent_id: str, run_id: str, /, **body: Unpack[ExtendWork]) -> HeldWork:
        """Hold a claimed run for longer, or give it back with `lease_seconds` 0."""
        return self._connection.json("POST", path("agents", agent_id, "work", run_id, "extend"), body=body)

    def fail_work(self, agent_id: str, run_id: str, /, **body: Unpack[FailWork]) -> AnsweredWork:
        """Fail a run that was claimed, or that was pushed to the webhook and answered with 202."""
        return self._connection.json("POST", path("agents", agent_id, "work", run_id, "fail"), body=body)

    def add_run_logs(self, agent_id: str, run_id: str, /, **body: Unpack[AddRunLogs]) -> WorkRecords:
        """Write log lines of a run of an external agent that is not over."""
        return self._connection.json("POST", path("agents", agent_id, "work", run_id, "logs"), body=body)

    def add_run_thoughts(self, agent_id: str, run_id: str, /, **body: Unpack[AddRunThoughts]) -> WorkRecords:
        """Write thoughts of a run of an external agent that is not over."""
        return self._connection.json("POST", path("agents", agent_id, "work", run_id, "thoughts"), body=body)
