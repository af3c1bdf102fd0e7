"""What comes in over the wire about retention."""

from typing import Annotated

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.retention.types import Chosen, RetentionKind

Days = Annotated[int, Field(ge=1, le=8000)]


class SetRetention(Body):
    """Days for which each kind is kept. Null, or left out: as long as runs, or as the installation says."""

    runs: Days = Field(description="Finished runs, and runs that have waited for as long, with everything they recorded.")
    audit: Days = Field(description="Entries of the audit log; at least 30.")
    logs: Days | None = Field(default=None, description="Log lines of finished runs; at most as long as runs.")
    events: Days | None = Field(default=None, description="Events of finished runs; at most as long as runs.")
    thoughts: Days | None = Field(default=None, description="Thoughts of finished runs; at most as long as runs.")
    files: Days | None = Field(default=None, description="Files that finished runs made; at most as long as runs.")
    messages: Days | None = Field(default=None, description="Conversations and messages with their attachments.")
    alerts: Days | None = Field(default=None, description="Resolved alerts and what was sent about them.")
    metrics: Days | None = Field(default=None, description="Metrics at every resolution.")
    usage: Days | None = Field(default=None, description="Requests, model calls and their sums; at least 31.")
    notifications: Days | None = Field(default=None, description="Notifications; at most 30.")

    def chosen(self) -> Chosen:
        """Return the days by kind."""
        return {kind: getattr(self, kind.value) for kind in RetentionKind}
