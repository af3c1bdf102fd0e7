"""Why something cannot be done in a conversation."""

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError


class ConversationMissingError(MissingError):
    """There is no such conversation."""

    code = "conversation_missing"


class ConversationBusyError(ConflictError):
    """The agent is still answering the message before."""

    code = "conversation_busy"
    remedy = "Wait for the answer, stop it, or send the message with on_busy set to interrupt."


class ConversationWithoutAgentError(ConflictError):
    """The conversation's agent, team or workflow was deleted."""

    code = "conversation_without_agent"
    remedy = "Create a conversation with another agent, team or workflow."


class PartnerInvalidError(InvalidError):
    """A conversation is with an agent, a team or a workflow."""

    code = "partner_invalid"
    remedy = "Send exactly one of agent_id, team_id and workflow_id."


class NothingToRegenerateError(ConflictError):
    """The conversation does not end with a finished answer that can be regenerated."""

    code = "nothing_to_regenerate"
    remedy = "Send a message first, or wait until its answer is finished."


class MessageEmptyError(InvalidError):
    """A message needs a text or an attachment."""

    code = "message_empty"


class AttachmentsUnsupportedError(InvalidError):
    """A workflow takes a text; files cannot be attached to messages for it."""

    code = "attachments_unsupported"
    remedy = "Send the message without attachments."

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("attachment_ids", "must be empty for a workflow", type(self).remedy),))


class ConversationEmptyError(ConflictError):
    """Nothing has been said in the conversation."""

    code = "conversation_empty"
    remedy = "Send a message, and share the conversation when it is answered."


class ConversationShareMissingError(MissingError):
    """There is no such link to the conversation; it may have expired."""

    code = "conversation_share_missing"


class ConversationLinkInvalidError(MissingError):
    """The link shows nothing: it has expired or was revoked, or it is for members of an organization."""

    code = "conversation_link_invalid"
    remedy = "Sign in to the organization of the person who shared the conversation, or ask them for another link."


class TooManySharesError(ConflictError):
    """The conversation has 20 links."""

    code = "too_many_shares"
    remedy = "Revoke one that is not needed any more."


class SharingDisabledError(InvalidError):
    """The operator does not allow conversations to be shared with this audience."""

    code = "sharing_disabled"

    @classmethod
    def of(cls, allowed: str) -> "SharingDisabledError":
        """Name the field, and what is allowed."""
        is_off = allowed == "off"
        remedy = "Ask the operator to set RETINUE_CONVERSATION_SHARING." if is_off else "Choose members."
        problem = FieldProblem("audience", "is not allowed by the operator of this installation", remedy)
        return cls(fields=(problem,), remedy=remedy)
