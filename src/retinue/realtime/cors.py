"""What the paths of the Supabase protocol have in common: pages of other origins may call them, and errors have its form.

No cookie is read there: who calls shows a key and a token, which a foreign page does not have.
"""

from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import JSONResponse, Response

HEADERS: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "X-Supabase-Api-Version, Retry-After",
    "X-Supabase-Api-Version": "2024-01-01",
    "Cache-Control": "no-store",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, apikey, content-type, x-client-info, x-supabase-api-version",
    "Access-Control-Max-Age": "86400",
}


def preflight(request: Request) -> Response:
    """Answer what browsers ask before a request from another origin."""
    del request
    return Response(status_code=204, headers={**HEADERS, **_PREFLIGHT})


def answer(document: object, status: int = 200) -> Response:
    """Answer with a document."""
    return JSONResponse(document, status, headers=dict(HEADERS))


def refuse(status: int, code: str, message: str, retry_after_seconds: float | None = None) -> Response:
    """Answer with an error as GoTrue writes it."""
    headers = dict(HEADERS)
    if retry_after_seconds is not None:
        headers["Retry-After"] = str(max(1, round(retry_after_seconds)))
    return JSONResponse({"code": code, "error_code": code, "message": message, "msg": message}, status, headers=headers)


def bearer(request: Request) -> str | None:
    """Return the token of the Authorization header; None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
