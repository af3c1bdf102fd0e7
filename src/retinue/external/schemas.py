"""What comes in over the wire from external agents."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.core.ids import new_id
from retinue.core.json import Json, JsonObject
from retinue.core.validation import form
from retinue.external.types import NewHeartbeat
from retinue.runs.work.types import Execution

Lease = Annotated[int, Field(ge=1, le=2**53, description="The `lease` of the claim or of the webhook's call.")]
LeaseSeconds = Annotated[float, Field(ge=1, le=3600, description="How long the run is held before another may claim it.")]
Holder = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Message = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
ExecutionId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class SendHeartbeat(Body):
    """State of an external agent. What it measures of itself also becomes points of the metrics `cpu` and `memory`."""

    status: Literal["online", "error"] = "online"
    cpu_percent: Decimal | None = Field(default=None, ge=0, le=1_000_000, max_digits=12, decimal_places=4)
    memory_bytes: int | None = Field(default=None, ge=0, le=10**15)

    def to_heartbeat(self) -> NewHeartbeat:
        """Return the heartbeat as a value."""
        return NewHeartbeat(self.status, self.cpu_percent, self.memory_bytes)


class ReportedUsage(Body):
    """What the agent used."""

    input_tokens: Count = 0
    output_tokens: Count = 0
    cost_usd: Decimal | None = Field(
        default=None, ge=0, le=10**9, max_digits=30, decimal_places=18, description="Unknown when it is left out."
    )

    def to_document(self) -> JsonObject:
        """Return it as it is stored."""
        tokens: JsonObject = {"input_tokens": self.input_tokens, "output_tokens": self.output_tokens}
        return tokens if self.cost_usd is None else {**tokens, "cost_usd": str(self.cost_usd)}


class NewLogLine(Body):
    """A line of a run's log."""

    message: Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
    level: Literal["debug", "info", "warning", "error"] = "info"
    details: JsonObject | None = None
    timestamp: AwareDatetime | None = Field(default=None, description="By default now.")
    id: UUID | None = Field(default=None, description="Makes repeating safe: a line of this id is written once.")

    def to_row(self) -> JsonObject:
        """Return it as the database takes it."""
        at = None if self.timestamp is None else self.timestamp.isoformat()
        named: JsonObject = {"id": str(self.id or new_id()), "level": self.level, "message": self.message}
        return {**named, "details": self.details, "timestamp": at}


class NewThought(Body):
    """A node of a run's mind map. One of the same node_id is replaced."""

    node_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    node_type: Literal["input", "processing", "action", "output"] = "processing"
    content: Annotated[str, StringConstraints(min_length=1, max_length=100_000)]
    parent_node_id: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    confidence_score: Annotated[float, Field(ge=0, le=1)] | None = None
    processing_time_ms: Annotated[int, Field(ge=0, le=2_147_483_647)] | None = None
    metadata: JsonObject = Field(default_factory=dict[str, Json])

    def to_row(self) -> JsonObject:
        """Return it as the database takes it."""
        return {"id": str(new_id()), **self.model_dump(mode="json")}


Logs = Annotated[tuple[NewLogLine, ...], Field(max_length=500)]
Thoughts = Annotated[tuple[NewThought, ...], Field(max_length=500)]


class AddRunLogs(Body):
    """Lines of a run that is not over."""

    lines: Annotated[list[NewLogLine], Field(min_length=1, max_length=500)]


class AddRunThoughts(Body):
    """Thoughts of a run that is not over."""

    thoughts: Annotated[list[NewThought], Field(min_length=1, max_length=500)]


class ReportExecution(Body):
    """Something that the agent has carried out by itself: it becomes a run with the trigger `external`."""

    status: Literal["success", "warning", "error"]
    message: Message = Field(default="", description="Required for `warning` and `error`.")
    details: JsonObject | None = None
    input: JsonObject = Field(default_factory=dict[str, Json])
    output: Json = None
    usage: ReportedUsage | None = None
    started_at: AwareDatetime | None = Field(default=None, description="By default completed_at.")
    completed_at: AwareDatetime | None = Field(default=None, description="By default now.")
    external_execution_id: ExecutionId | None = Field(
        default=None, description="Your id of the execution: reported again under it, it is not written again."
    )
    logs: Logs = ()
    thoughts: Thoughts = ()

    def to_execution(self, now: datetime) -> Execution:
        """Return the execution as a value."""
        ended = self.completed_at or now
        return Execution(
            status=self.status,
            input=self.input,
            output=self.output,
            message=self.message,
            details=self.details,
            started_at=self.started_at or ended,
            completed_at=ended,
            usage=None if self.usage is None else self.usage.to_document(),
            external_execution_id=self.external_execution_id,
            logs=tuple(each.to_row() for each in self.logs),
            thoughts=tuple(each.to_row() for each in self.thoughts),
        )


class ClaimWork(Body):
    """How work is claimed."""

    worker: Holder = Field(default="worker", description="Name of the process that claims, shown in the run's log.")
    wait_seconds: Annotated[float, Field(ge=0, le=30)] = Field(
        default=0, description="How long to wait for a run when there is none."
    )
    lease_seconds: LeaseSeconds = 60


class ExtendWork(Body):
    """How long a claimed run is held from now on. 0 gives it back to be claimed by another."""

    lease: Lease
    lease_seconds: Annotated[float, Field(ge=0, le=3600)] = 60


class CompleteWork(Body):
    """What a run has resulted in. The same answer may be sent again."""

    lease: Lease
    output: Json = Field(description="An object, or a text; it must fit the agent's output schema, if it has one.")
    status: Literal["success", "warning"] = "success"
    message: Message = Field(default="", description="The warning.")
    usage: ReportedUsage | None = None
    external_execution_id: ExecutionId | None = None
    logs: Logs = ()
    thoughts: Thoughts = ()

    def to_document(self) -> JsonObject:
        """Return the answer as it is stored."""
        document: JsonObject = {"output": self.output}
        if self.usage is not None:
            document["usage"] = self.usage.to_document()
        if self.external_execution_id is not None:
            document["execution_id"] = self.external_execution_id
        if self.status == "warning":
            document["warning"] = self.message or "The agent reported a warning."
        return document


class FailWork(Body):
    """Why a run has failed."""

    lease: Lease
    message: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000)]
    code: Annotated[
        str,
        StringConstraints(
            pattern=form(
                r"^[a-z][a-z0-9_]{0,99}$",
                "may contain small letters, digits and '_', up to 100 characters, and must begin with a letter",
            )
        ),
    ] = "external_agent_failed"
    details: JsonObject | None = None
    usage: ReportedUsage | None = None
    logs: Logs = ()
    thoughts: Thoughts = ()

    def to_document(self) -> JsonObject:
        """Return the answer as it is stored."""
        document: JsonObject = {"error": {"code": self.code, "message": self.message}}
        return document if self.usage is None else {**document, "usage": self.usage.to_document()}

    def all_logs(self) -> list[JsonObject]:
        """Return the lines, and one that holds the details."""
        rows = [each.to_row() for each in self.logs]
        if self.details is None:
            return rows
        line = NewLogLine(message=self.message, level="error", details=self.details)
        return [*rows, line.to_row()]
