"""What the runs' execution asks of others: where news goes while a run goes on, and where artifacts are kept."""

from typing import Protocol
from uuid import UUID

from retinue.core.ids import OrganizationId, RunId
from retinue.engine.ports import ToolArtifact
from retinue.engine.spending import Spending
from retinue.runs.artifacts.types import StoredArtifact


class LiveFeed(Protocol):
    """Tells those who watch, at once and without storing anything; ``core.bus`` does. Calls neither block nor raise."""

    def run_changed(
        self, organization_id: OrganizationId, run_id: RunId, sequence: int, *, status: str | None = None
    ) -> None:
        """Tell that a run has committed events up to ``sequence``; ``status`` when it changed."""
        ...

    def token(self, run_id: RunId, step_id: str, kind: str, text: str) -> None:
        """Tell a piece of a model's answer as it comes; ``kind`` is text or reasoning."""
        ...

    def step_ended(self, run_id: RunId, step_id: str) -> None:
        """Forget the text of a step: its row is committed."""
        ...

    def run_released(self, run_id: RunId) -> None:
        """Forget every text of a run: this worker carries it no longer."""
        ...

    def job_ready(self) -> None:
        """Wake the workers: runs are pending."""
        ...

    def timer_set(self) -> None:
        """Wake those who wait for timers: some were set."""
        ...

    def events_ready(self) -> None:
        """Wake the delivery of outbox events: some are committed."""
        ...


class ArtifactStore(Protocol):
    """Keeps the content of artifacts: a local folder or an S3-compatible store."""

    async def put(self, organization_id: UUID, run_id: UUID, artifact: ToolArtifact) -> StoredArtifact:
        """Store an artifact's content. Storing it again stores a second copy; only the one that is recorded counts."""
        ...


class SpendingGuard(Protocol):
    """Holds the budgets that runs are under; ``budgets`` does."""

    def of(self, organization_id: UUID, run_id: UUID, lease: int) -> Spending:
        """Return what one execution of a run asks before each model call."""
        ...
