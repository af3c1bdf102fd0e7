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
