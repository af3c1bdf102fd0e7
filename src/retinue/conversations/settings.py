"""Settings of conversations."""

from enum import StrEnum

from pydantic import Field

from retinue.core.settings import Settings


class ConversationSharing(StrEnum):
    """With whom persons may share their conversations."""

    OFF = "off"
    MEMBERS = "members"
    ANYONE = "anyone"


class ConversationSettings(Settings):
    """What persons may do with their conversations."""

    conversation_sharing: ConversationSharing = Field(
        default=ConversationSharing.ANYONE,
        description="Who may be given a link to read a conversation: `anyone` who has the link, `members` of the "
        "organization alone, or nobody (`off`). Links that exist and go further show nothing.",
    )
