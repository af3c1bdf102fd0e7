"""Settings of tool calls."""

from pydantic import Field

from retinue.core.settings import Settings


class ToolSettings(Settings):
    """Limits of tool calls in one process."""

    tool_concurrency: int = Field(default=64, ge=1, le=10_000, description="Tool calls under way at once, at most.")
    tool_concurrency_per_organization: int = Field(
        default=32, ge=1, le=10_000, description="Tool calls under way at once for one organization, at most."
    )
    tool_output_bytes: int = Field(
        default=262_144, ge=1024, le=16_777_216, description="Size of a tool's output as JSON, at most, in bytes."
    )
    tool_artifact_bytes: int = Field(
        default=33_554_432, ge=1024, description="Size of the files that one tool call makes, at most, in bytes."
    )
