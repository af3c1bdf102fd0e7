"""Who may do what with model providers."""

READ = "models:read"
WRITE = "models:write"

ALL = {
    READ: frozenset({"owner", "admin", "agent_manager", "viewer"}),
    WRITE: frozenset({"owner", "admin"}),
}
