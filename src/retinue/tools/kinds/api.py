"""The kind ``api``: one call of an HTTP API, made from templates, arguments and credentials."""

import base64
from typing import cast
from urllib.parse import quote, urlencode

from pydantic import ValidationError
from yarl import URL

from retinue.core.errors import FieldProblem
from retinue.core.http.addresses import OutboundRefusedError, parse_url
from retinue.core.http.outbound import OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.nesting import flattened
from retinue.engine.ports import ToolResult
from retinue.engine.spec.tool import (
    PLACEHOLDER,
    READING,
    ApiConfiguration,
    ApiCredentials,
    ApiKeyCredentials,
    BasicCredentials,
    BearerCredentials,
    arguments_in,
    origin_of,
)
from retinue.engine.spec.variables import fill_document
from retinue.tools.errors import ToolInvalidError
from retinue.tools.kinds.documents import field_problems, problems_of
from retinue.tools.kinds.fixed_arguments import arguments_of, settings_problems, shown_parameters
from retinue.tools.kinds.templates import ABSENT, Filling, fill_body, fill_text, read_pointer
from retinue.tools.ports import KindCall
from retinue.tools.types import Effect, ToolDraft

_EXCERPT = 2000
_HTTP_ERROR = 400
_EFFECTS = {"GET": Effect.READ_ONLY, "HEAD": Effect.READ_ONLY, "PUT": Effect.IDEMPOTENT, "DELETE": Effect.IDEMPOTENT}


class _ArgumentError(ValueError):
    """An argument cannot be put where it belongs; the text is for the model."""


class Api:
    """One call of an HTTP API."""

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration, and derive the schema from its placeholders and the effect from its method."""
        try:
            configuration = ApiConfiguration.model_validate(draft.configuration)
        except ValidationError as error:
            raise ToolInvalidError.of(*field_problems(error.errors(include_url=False), "configuration")) from None
        schema = draft.parameters_schema or _derived_schema(configuration)
        problems = _placeholder_problems(configuration, cast("JsonObject", schema.get("properties", {})))
        if problems:
            raise ToolInvalidError.of(*problems)
        return ToolDraft(
            draft.name,
            draft.description,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json")),
            schema,
            draft.effect or _EFFECTS.get(configuration.method, Effect.DANGEROUS),
        )

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials: bearer, api_key or basic."""
        problems = problems_of(ApiCredentials, {"credentials": credentials}, "")
        return tuple(FieldProblem(each.field.removeprefix("."), each.message, each.remedy) for each in problems)

    def destination(self, configuration: JsonObject) -> str:
        """Return scheme and host."""
        return origin_of(str(configuration.get("url", "")))

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings: ``arguments`` fixes arguments, which the model then cannot give."""
        names = arguments_in([configuration.get(part) for part in ("url", "query", "headers", "body")])
        return settings_problems(settings, names, "api")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema without the arguments that the settings fix."""
        return shown_parameters(schema, settings)

    async def invoke(self, call: KindCall) -> ToolResult:
        """Make the call; refusals, failures and error statuses are told to the model."""
        configuration = ApiConfiguration.model_validate(call.configuration)
        try:
            request = _request(call, configuration)
            response = await call.outbound.send(request)
        except _ArgumentError as error:
            return ToolResult(str(error), is_error=True)
        except OutboundRefusedError as error:
            return ToolResult(error.detail, is_error=True)
        except OutboundFailedError as error:
            is_unknown = error.may_have_arrived and call.effect != Effect.READ_ONLY
            return ToolResult(_failure(error, is_unknown=is_unknown), is_error=True, is_unknown=is_unknown)
        return _result(configuration, response)


def _failure(error: OutboundFailedError, *, is_unknown: bool) -> str:
    return f"{error.detail} Whether the call took effect is not known." if is_unknown else error.detail


def _derived_schema(configuration: ApiConfiguration) -> JsonObject:
    places = [configuration.url, dict(configuration.query), dict(configuration.headers), configuration.body]
    names = sorted(arguments_in(cast("Json", places)))
    needed = arguments_in(configuration.url.partition("?")[0])
    schema: JsonObject = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "additionalProperties": False,
    }
    if needed:
        schema["required"] = cast("Json", sorted(needed))
    return schema


def _placeholder_problems(configuration: ApiConfiguration, declared: JsonObject) -> tuple[FieldProblem, ...]:
    places: dict[str, Json] = {"url": configuration.url}
    places |= {f"query.{name}": text for name, text in configuration.query.items()}
    places |= {f"headers.{name}": text for name, text in configuration.headers.items()}
    return tuple(
        FieldProblem(
            f"configuration.{place}",
            f"uses the argument {name}, which is not in parameters_schema",
            "Add it to parameters_schema.properties.",
        )
        for place, text in places.items()
        for name in sorted(arguments_in(text) - declared.keys())
    )


def _request(call: KindCall, configuration: ApiConfiguration) -> OutboundRequest:
    arguments = arguments_of(call.arguments, call.settings)
    headers = _headers(call, configuration, arguments)
    query = _filled(configuration.query, call, arguments)
    if call.credentials is not None:
        _sign(call, headers, query)
    body = _body(call, configuration, arguments, headers)
    url = _url(call, configuration.url, arguments)
    if query:
        url += ("&" if "?" in url else "?") + urlencode(query, quote_via=quote)
    return OutboundRequest(configuration.method, url, headers, body, timeout_seconds=call.timeout_seconds, max_redirects=3)


def _filled(templates: dict[str, str], call: KindCall, arguments: JsonObject) -> dict[str, str]:
    filled = {name: fill_text(template, arguments, call.values) for name, template in templates.items()}
    return {name: text for name, text in filled.items() if text is not None}


def _headers(call: KindCall, configuration: ApiConfiguration, arguments: JsonObject) -> dict[str, str]:
    headers = {"Accept": "application/json, text/*;q=0.9, */*;q=0.5"} | _filled(configuration.headers, call, arguments)
    for name, value in headers.items():
        if any(mark in value for mark in "\r\n\0"):
            raise _ArgumentError(f"The value for the header {name} may not hold a line break.")
    if configuration.method not in READING and configuration.idempotency_header:
        headers[configuration.idempotency_header] = call.idempotency_key
    return headers


def _url(call: KindCall, template: str, arguments: JsonObject) -> str:
    plain = {name: _segment(name, value) for name, value in arguments.items() if name in arguments_in(template)}
    missing = arguments_in(template) - plain.keys()
    if missing:
        raise _ArgumentError(f"The argument {', '.join(sorted(missing))} is needed.")

    def put(values: dict[str, str]) -> str:
        return PLACEHOLDER.sub(lambda match: call.values.get(match[1], match[0]) if match[1] else values[match[2]], template)

    url = put(plain)
    if _origin(url) != _origin(put(dict.fromkeys(plain, "x"))):
        raise _ArgumentError("An argument may not change the host that is called.")
    return url


def _origin(url: str) -> URL:
    return parse_url(url).origin()


def _segment(name: str, value: Json) -> str:
    text = value if isinstance(value, str) else dumps(value).decode()
    if text in {"", ".", ".."}:
        raise _ArgumentError(f"The argument {name} may not be {text!r} in an address.")
    return quote(text, safe="")


def _sign(call: KindCall, headers: dict[str, str], query: dict[str, str]) -> None:
    document: JsonObject = {"credentials": fill_document(call.credentials, call.values)}
    credentials = ApiCredentials.model_validate(document).credentials
    if isinstance(credentials, BearerCredentials):
        headers["Authorization"] = f"Bearer {credentials.token}"
    elif isinstance(credentials, BasicCredentials):
        pair = f"{credentials.username}:{credentials.password}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        _put_key(credentials, headers, query)


def _put_key(credentials: ApiKeyCredentials, headers: dict[str, str], query: dict[str, str]) -> None:
    target = headers if credentials.location == "header" else query
    target[credentials.name] = credentials.value


def _body(call: KindCall, configuration: ApiConfiguration, arguments: JsonObject, headers: dict[str, str]) -> bytes | None:
    if configuration.body is None:
        return None
    filled = fill_body(configuration.body, Filling(arguments, call.values, call.declared | arguments.keys()))
    if filled is ABSENT:
        return None
    if configuration.body_type == "json":
        headers.setdefault("Content-Type", "application/json")
        return dumps(filled)
    if configuration.body_type == "text":
        headers.setdefault("Content-Type", "text/plain; charset=utf-8")
        return str(filled).encode()
    headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    fields = cast("JsonObject", filled)
    return urlencode(
        {name: each if isinstance(each, str) else dumps(each).decode() for name, each in fields.items()}
    ).encode()


def _result(configuration: ApiConfiguration, response: OutboundResponse) -> ToolResult:
    text = response.text()
    if response.status >= _HTTP_ERROR:
        known = configuration.errors.get(str(response.status)) or configuration.errors.get(f"{response.status // 100}xx")
        retry = response.headers.get("retry-after")
        parts = [f"The API answered with status {response.status}.", known, f"It asks to wait {retry} s." if retry else None]
        return ToolResult(" ".join(each for each in (*parts, text[:_EXCERPT].strip()) if each), is_error=True)
    if not response.body:
        return ToolResult(f"The call succeeded with status {response.status}; the answer is empty.")
    value = _value(response, text)
    if value is ABSENT:
        size = len(response.body)
        return ToolResult(f"The call succeeded; the answer is {response.media_type} ({size} bytes), not text.")
    selected = read_pointer(cast("Json", value), configuration.response.select)
    if selected is ABSENT:
        return ToolResult(f"The answer has nothing at {configuration.response.select}: {text[:_EXCERPT]}", is_error=True)
    return ToolResult(_cut(flattened(cast("Json", selected)), configuration.response.max_chars))


def _value(response: OutboundResponse, text: str) -> object:
    media_type = response.media_type
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if is_json or (not media_type and text[:1] in {"{", "["}):
        try:
            return loads(response.body)
        except ValueError:
            return text
    if not media_type or media_type.startswith("text/") or media_type.endswith(("xml", "yaml", "csv", "javascript")):
        return text.replace("\0", "")
    return ABSENT


def _cut(value: Json, max_chars: int) -> Json:
    text = value if isinstance(value, str) else dumps(value).decode()
    if len(text) <= max_chars:
        return value
    return f"{text[:max_chars]}… (cut: {len(text)} characters, {max_chars} shown)"
