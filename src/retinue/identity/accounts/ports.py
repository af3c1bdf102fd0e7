"""What others do when an account is deleted."""

from collections.abc import Awaitable
from typing import Protocol

from retinue.core.context import Context
from retinue.core.ids import UserId


class AccountDeleted(Protocol):
    """Is called in the transaction that deletes an account; offered as ``Feature.account_deleted``."""

    def __call__(self, ctx: Context, user_id: UserId, /) -> Awaitable[None]:
        """Delete what a person kept in private and foreign keys do not reach, such as the runs of their conversations.

        The context acts as the platform in no organization, with the person's ``user_id``. An error undoes the deletion.
        """
        ...
