"""What every operation demands before its own parameters are read: its method, a sender, a body and a query that are valid.

The order matters: a request without a credential learns nothing but that it needs one.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import Request

from retinue.core.errors import Error, UnauthenticatedError
from retinue.core.http.context import actor_of
from retinue.core.http.methods import check_method
from retinue.core.http.queries import refuse_unknown

_OPEN = "retinue_is_open"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def open_to_anyone(endpoint: Endpoint) -> Endpoint:
    """Mark an operation that needs no credential, such as signing in. Put it below the router's decorator."""
    setattr(endpoint, _OPEN, True)
    return endpoint


def is_open(endpoint: object) -> bool:
    """Return whether an operation needs no credential."""
    return getattr(endpoint, _OPEN, False)


async def check_request(request: Request) -> None:
    """Check the method, the sender, the body's form and the names of the query, in this order.

    Raises ``HTTPException`` 405, ``UnauthenticatedError``, what the gate of bodies found, ``QueryUnknownError``.
    """
    check_method(request)
    if not is_open(request.scope["endpoint"]) and (await actor_of(request)).is_anonymous:
        raise UnauthenticatedError
    refusal: Error | None = getattr(request.state, "refusal", None)
    if refusal is not None:
        raise refusal
    refuse_unknown(request)
