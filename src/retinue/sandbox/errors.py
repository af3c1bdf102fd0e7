"""What can go wrong with the sandbox itself."""

from retinue.core.errors import UnavailableError


class SandboxUnavailableError(UnavailableError):
    """The sandbox cannot run code on this machine."""

    code = "sandbox_unavailable"
    remedy = "Ask the operator of the installation to look at its log."
