"""Answers as InfluxDB gives them: clients and Telegraf decide by status and text whether to retry, split or drop a batch.

Version 2 answers ``{"code", "message"}``, version 1 ``{"error"}``. Earlier releases of Telegraf drop a batch of version 1
only where the text has "partial write" or "unable to parse", and else send it again forever: each refusal of lines has both.
"""

from collections.abc import Callable
from typing import TypeAlias

from fastapi.responses import Response

from retinue.core.errors import Error, Kind
from retinue.core.json import JsonObject, dumps
from retinue.integrations.line_protocol.types import Refusal, Written

Answer: TypeAlias = Callable[[Written], Response]

_STATUS: dict[Kind, tuple[int, str]] = {
    Kind.INVALID: (400, "invalid"),
    Kind.UNAUTHENTICATED: (401, "unauthorized"),
    Kind.DENIED: (403, "forbidden"),
    Kind.MISSING: (404, "not found"),
    Kind.CONFLICT: (409, "conflict"),
    Kind.TOO_LARGE: (413, "request too large"),
    Kind.TIMED_OUT: (408, "request timeout"),
    Kind.LIMITED: (429, "too many requests"),
    Kind.UNAVAILABLE: (503, "unavailable"),
}
_MOST_TOLD = 100


def answer_v2(written: Written) -> Response:
    """Answer a write of version 2: 204, or 400 with the lines that are refused."""
    if not written.refusals:
        return Response(status_code=204)
    prefix = "partial write has occurred" if written.accepted else "no data written"
    message = f"{prefix}, errors encountered on line(s):\n{_describe(written.refusals)}"
    return _json(400, {"code": "invalid", "message": message, "line": written.refusals[0].number})


def answer_v1(written: Written) -> Response:
    """Answer a write of version 1: 204, or 400 with the lines that are refused and how many points were dropped."""
    if not written.refusals:
        return Response(status_code=204)
    return _json(400, {"error": f"partial write: {_describe(written.refusals)} dropped={len(written.refusals)}"})


def refuse_v2(error: Error) -> Response:
    """Answer a request of version 2 that is refused as a whole."""
    status, code = _STATUS[error.kind]
    return _json(status, {"code": code, "message": _sentence(error)}, error)


def refuse_v1(error: Error) -> Response:
    """Answer a request of version 1 that is refused as a whole."""
    return _json(_STATUS[error.kind][0], {"error": _sentence(error)}, error)


def _describe(refusals: list[Refusal]) -> str:
    lines = [f"line {each.number}: unable to parse '{each.text}': {each.reason}" for each in refusals[:_MOST_TOLD]]
    if len(refusals) > _MOST_TOLD:
        lines.append(f"and {len(refusals) - _MOST_TOLD} more")
    return "\n".join(lines)


def _sentence(error: Error) -> str:
    return f"{error.detail.rstrip('.')}. {error.remedy_text}" if error.remedy_text else error.detail


def _json(status: int, body: JsonObject, error: Error | None = None) -> Response:
    headers: dict[str, str] = {}
    if error is not None and error.retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_seconds)))
    if status == _STATUS[Kind.UNAUTHENTICATED][0]:
        headers["WWW-Authenticate"] = 'Token, Basic realm="Retinue"'
    return Response(dumps(body), status, headers=headers, media_type="application/json")
