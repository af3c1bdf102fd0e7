"""What can go wrong with keys of agents."""

from retinue.core.errors import ConflictError, MissingError, UnauthenticatedError


class AgentKeyRefusedError(UnauthenticatedError):
    """The agent's key is unknown, expired or revoked, or its agent is not external any more."""

    code = "agent_key_refused"
    remedy = "Create a key on the agent's page, under Connection."


class AgentKeyMissingError(MissingError):
    """The agent has no such key."""

    code = "agent_key_missing"


class TooManyAgentKeysError(ConflictError):
    """The agent has as many keys as it may have."""

    code = "too_many_agent_keys"
    remedy = "Revoke keys that are not used any more."
