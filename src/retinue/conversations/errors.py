"""Why something cannot be done in a conversation."""

from retinue.core.errors import ConflictError, InvalidError, MissingError


class ConversationMissingError(MissingError):
    """There is no such conversation."""

    code = "conversation_missing"


class ConversationBusyError(ConflictError):
    """The agent is still answering the message before."""

    code = "conversation_busy"
    remedy = "Wait for the answer, stop it, or send the message with on_busy set to interrupt."


class ConversationWithoutAgentError(ConflictError):
    """The conversation's agent or team was deleted."""

    code = "conversation_without_agent"
    remedy = "Create a conversation with another agent or team."


class PartnerInvalidError(InvalidError):
    """A conversation is with an agent or with a team."""

    code = "partner_invalid"
    remedy = "Send agent_id or team_id, not both."


class NothingToRegenerateError(ConflictError):
    """The conversation does not end with a finished answer that can be regenerated."""

    code = "nothing_to_regenerate"
    remedy = "Send a message first, or wait until its answer is finished."


class MessageEmptyError(InvalidError):
    """A message needs a text or an attachment."""

    code = "message_empty"
