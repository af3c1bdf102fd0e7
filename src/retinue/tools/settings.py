"""Settings of tool calls."""

from pathlib import Path

from pydantic import Field, field_validator

from retinue.core.settings import Settings

_ORGANIZATION = "{organization_id}"


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
    tool_folders: str = Field(
        default="",
        description="Folders below which tools of the types file and database (SQLite) may work, as absolute paths, "
        "comma-separated. {organization_id} in a path stands for the organization's id, so that each has its own folder; a "
        "path without it is open to every organization. Empty: none.",
    )

    @field_validator("tool_folders")
    @classmethod
    def _check_folders(cls, text: str) -> str:
        for part in _parts(text):
            if not part.startswith("/") or any(step in {".", ".."} for step in part.split("/")):
                raise ValueError(f"{part}: not an absolute path without . and ..")
            if any(mark in part.replace(_ORGANIZATION, "") for mark in "{}"):
                raise ValueError(f"{part}: the only placeholder is {_ORGANIZATION}")
        return text

    def folders_of(self, organization_id: str) -> tuple[Path, ...]:
        """Return the folders that an organization's tools may use."""
        return tuple(Path(part.replace(_ORGANIZATION, organization_id)) for part in _parts(self.tool_folders))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
