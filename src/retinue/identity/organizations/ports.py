"""What others do when an organization is made."""

from collections.abc import Awaitable
from typing import Protocol

from retinue.core.context import Context


class OrganizationCreated(Protocol):
    """Receives a new organization in the transaction that creates it; offered as ``Feature.organization_created``."""

    def __call__(self, ctx: Context, /) -> Awaitable[None]:
        """Lay down what every organization begins with, such as starter agents.

        The context acts as the platform in the new organization; its ``user_id`` is the first owner's. An error undoes
        the making of the organization.
        """
        ...
