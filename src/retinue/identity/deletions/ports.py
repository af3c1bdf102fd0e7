"""What other packages do when an organization is deleted. Rows need nothing: they are found through the catalogue."""

from collections.abc import Awaitable
from typing import Protocol

from retinue.core.context import Context


class OrganizationStopped(Protocol):
    """Is called until it returns 0 before anything is deleted; offered as ``Feature.organization_stopped``."""

    def __call__(self, ctx: Context, /) -> Awaitable[int]:
        """Stop some of what is going on in the context's organization, such as its runs; return how many were stopped.

        The context acts as the platform. Each call is one transaction, so it stops a small number. May be repeated.
        """
        ...


class OrganizationKeys(Protocol):
    """Is called before rows are deleted; offered as ``Feature.organization_keys``."""

    def __call__(self, ctx: Context, /) -> Awaitable[list[str]]:
        """Return the keys of the key-value store that hold facts about the context's organization. May be repeated."""
        ...
