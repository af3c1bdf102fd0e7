"""Settings of attachments."""

from pydantic import Field

from retinue.core.settings import Settings


class AttachmentSettings(Settings):
    """What may be attached to messages."""

    attachment_max_bytes: int = Field(
        default=20 * 1024 * 1024, ge=1024, le=60 * 1024 * 1024, description="Largest file that may be attached, in bytes."
    )
