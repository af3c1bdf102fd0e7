"""Replies that are written straight from values, without a second validation; their shapes are documented by the route."""

from collections.abc import Mapping

from fastapi.responses import Response

from retinue.core.json import dumps


def reply(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Write a value (a dataclass, a page of them, a document) as a JSON reply."""
    return Response(dumps(value), status, headers=None if headers is None else dict(headers), media_type="application/json")
