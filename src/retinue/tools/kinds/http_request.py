"""The request of a workflow's HTTP node: all of it comes with the call, through the safe outbound client.

Not a tool that a model is given: the URL of a model's choice is for ``http_fetch`` and for the kind ``api``.
"""

from collections.abc import Mapping
from typing import Final, cast
from urllib.parse import urlencode

from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.nesting import flattened
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.engine.ports import ToolPlan, ToolResult
from retinue.engine.spec.variables import fill
from retinue.tools.kinds.failures import failure_of
from retinue.tools.ports import KindCall
from retinue.tools.types import Effect

NAME: Final = "http_request"
PARAMETERS: Final[JsonObject] = {
    "type": "object",
    "properties": {
        "url": {"type": "string", "minLength": 1},
        "headers": {"type": "object"},
        "query": {"type": "object"},
        "body": {},
    },
    "required": ["url"],
    "additionalProperties": False,
}
EFFECTS: Final[Mapping[str, Effect]] = {
    "GET": Effect.READ_ONLY,
    "HEAD": Effect.READ_ONLY,
    "PUT": Effect.IDEMPOTENT,
    "DELETE": Effect.IDEMPOTENT,
}
_REDIRECTS: Final = 3
_HTTP_ERROR: Final = 400
_EXCERPT: Final = 2_000


def plan_request(name: str, method: str, credential: str | None, effect: str | None, seconds: int) -> ToolPlan:
    """Return a plan of requests that the arguments describe: url, headers, query and body; as ``PARAMETERS``.

    ``credential`` names the variable whose value is sent as a bearer token.
    """
    configuration: JsonObject = {"builtin": NAME, "method": method}
    if credential is not None:
        configuration["credential"] = f"{{{{{credential}}}}}"
    return ToolPlan(
        tool_id="",
        name=name,
        description="",
        tool_type="api",
        parameters=PARAMETERS,
        configuration=configuration,
        settings={},
        effect=effect or EFFECTS.get(method, Effect.DANGEROUS),
        requires_approval=False,
        timeout_seconds=float(seconds),
    )


async def invoke(call: KindCall) -> ToolResult:
    """Send the request. A status of 400 and above is a failure."""
    try:
        response = await call.outbound.send(_request(call))
    except _UnsendableError as error:
        return ToolResult(str(error), is_error=True)
    except OutboundRefusedError as error:
        return ToolResult(error.detail, is_error=True)
    except OutboundFailedError as error:
        is_unknown = error.may_have_arrived and call.effect != Effect.READ_ONLY
        unknown = " Whether the request took effect is not known." if is_unknown else ""
        return ToolResult(f"{error.detail}{unknown}", is_error=True, is_unknown=is_unknown, failure=failure_of(error))
    if response.status >= _HTTP_ERROR:
        text = response.text()[:_EXCERPT].strip()
        told = f"The server answered with status {response.status}. {text}".strip()
        return ToolResult(told, is_error=True, failure=failure_of(response.status))
    headers: JsonObject = dict(response.headers)
    return ToolResult({"status": response.status, "headers": headers, "body": _body(response)})


class _UnsendableError(Exception):
    """A part of the request cannot be sent; the text says which."""


def _request(call: KindCall) -> OutboundRequest:
    arguments = call.arguments
    method = str(call.configuration["method"])
    headers = {"Accept": "application/json, text/*;q=0.9, */*;q=0.5"}
    for name, value in cast("JsonObject", arguments.get("headers") or {}).items():
        _put(headers, name, _scalar(value, f"headers.{name}"))
    body = arguments.get("body")
    content = None if body is None else body.encode() if isinstance(body, str) else dumps(body)
    if content is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
    if call.effect != Effect.READ_ONLY:
        _put(headers, "Idempotency-Key", call.idempotency_key)
    credential = call.configuration.get("credential")
    if isinstance(credential, str):
        _put(headers, "Authorization", f"Bearer {fill(credential, call.values)}")
    url = str(arguments["url"]).strip().partition("#")[0]  # a fragment is not sent, and parameters may not follow it
    pairs = _pairs(cast("JsonObject", arguments.get("query") or {}))
    if pairs:
        url += ("&" if "?" in url else "?") + urlencode(pairs)
    return OutboundRequest(method, url, headers, content, timeout_seconds=call.timeout_seconds, max_redirects=_REDIRECTS)


def _put(headers: dict[str, str], name: str, value: str) -> None:
    for known in [each for each in headers if each.lower() == name.lower()]:
        del headers[known]
    headers[name] = value


def _pairs(query: JsonObject) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in query.items():
        found += [(name, _scalar(each, f"query.{name}")) for each in (value if isinstance(value, list) else [value])]
    return found


def _scalar(value: Json, field: str) -> str:
    if isinstance(value, list | dict) or value is None:
        raise _UnsendableError(f"{field} must be a string, a number or a boolean.")
    text = value if isinstance(value, str) else dumps(value).decode()
    if any(mark in text for mark in "\r\n\0"):
        raise _UnsendableError(f"{field} may not hold a line break.")
    return text


def _body(response: OutboundResponse) -> Json:
    if not response.body:
        return None
    media_type = response.media_type
    if media_type == "application/json" or media_type.endswith("+json"):
        try:
            return flattened(loads(response.body))
        except ValueError:
            pass
    return response.text().replace("\0", "")
