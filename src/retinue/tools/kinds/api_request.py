"""The HTTP request of a call: templates and parameters filled with arguments, credentials added."""

import base64
from dataclasses import replace
from urllib.parse import quote, urlencode

from yarl import URL

from retinue.core.json import Json, JsonObject, dumps
from retinue.core.outbound.addresses import parse_url
from retinue.core.outbound.client import OutboundRequest
from retinue.engine.spec.tool import (
    PLACEHOLDER,
    READING,
    ApiConfiguration,
    ApiCredentials,
    ApiParameter,
    BasicCredentials,
    BearerCredentials,
    OAuthCredentials,
    arguments_in,
)
from retinue.engine.spec.variables import fill_document
from retinue.tools.kinds import styles
from retinue.tools.kinds.api_body import body_of
from retinue.tools.kinds.argument_error import ArgumentError
from retinue.tools.kinds.fixed_arguments import arguments_of
from retinue.tools.kinds.templates import fill_text
from retinue.tools.ports import KindCall

_REDIRECTS = 3
_EXPLODED = frozenset({"form", "deepObject"})


class _Head:
    """Headers, query and cookies of a request, as they are gathered."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {"Accept": "application/json, text/*;q=0.9, */*;q=0.5"}
        self.query: list[str] = []
        self.cookies: list[str] = []

    def put_header(self, name: str, value: str) -> None:
        """Set a header, whatever capitals its name was set with before. Raises ``ArgumentError`` for a line break."""
        if any(mark in value for mark in "\r\n\0"):
            raise ArgumentError(f"The value for the header {name} may not hold a line break.")
        for known in [each for each in self.headers if each.lower() == name.lower()]:
            del self.headers[known]
        self.headers[name] = value

    def has_header(self, name: str) -> bool:
        return any(each.lower() == name.lower() for each in self.headers)


async def request_of(call: KindCall, configuration: ApiConfiguration) -> OutboundRequest:
    """Return the request of a call. Raises ``ArgumentError`` for an argument that cannot be sent."""
    arguments = arguments_of(call.arguments, call.settings)
    head = _Head()
    _fill_templates(head, call, configuration, arguments)
    for parameter in configuration.parameters:
        value = arguments.get(parameter.argument)
        if value is not None:
            _add_parameter(head, parameter, value)
    if configuration.method not in READING and configuration.idempotency_header:
        head.put_header(configuration.idempotency_header, call.idempotency_key)
    if call.credentials is not None:
        _sign(call, head)
    body = await body_of(call, configuration, arguments)
    if body is not None and (configuration.body_type == "multipart" or not head.has_header("Content-Type")):
        head.put_header("Content-Type", body.content_type)
    url = _url(call, configuration, arguments)
    if head.query:
        url += ("&" if "?" in url else "?") + "&".join(head.query)
    return OutboundRequest(
        configuration.method,
        url,
        head.headers,
        None if body is None else body.content,
        timeout_seconds=call.timeout_seconds,
        max_redirects=_REDIRECTS,
        cookie="; ".join(head.cookies) or None,
        is_exact=True,
        allowed_hosts=call.allowed_hosts,
    )


def bearing(request: OutboundRequest, token: str) -> OutboundRequest:
    """Return the request with an access token, which it must not carry on to another origin."""
    headers = {name: value for name, value in request.headers.items() if name.lower() != "authorization"}
    return replace(request, headers={**headers, "Authorization": f"Bearer {token}"})


def _fill_templates(head: _Head, call: KindCall, configuration: ApiConfiguration, arguments: JsonObject) -> None:
    for name, template in configuration.query.items():
        text = fill_text(template, arguments, call.values)
        if text is not None:
            head.query.append(urlencode({name: text}, quote_via=quote))
    for name, template in configuration.headers.items():
        text = fill_text(template, arguments, call.values)
        if text is not None:
            head.put_header(name, text)


def _add_parameter(head: _Head, parameter: ApiParameter, value: Json) -> None:
    if parameter.location == "header":
        text = _content(parameter, value)
        head.put_header(
            parameter.name, text if text is not None else styles.in_header(value, explode=bool(parameter.explode))
        )
    elif parameter.location == "query":
        encode = styles.reserved_kept if parameter.allow_reserved else styles.percent_encoded
        head.query += [pair.written(encode, styles.percent_encoded) for pair in _pairs(parameter, value)]
    elif parameter.location == "cookie":
        head.cookies += [pair.written(styles.percent_encoded, str) for pair in _pairs(parameter, value)]


def _pairs(parameter: ApiParameter, value: Json) -> list[styles.Pair]:
    text = _content(parameter, value)
    if text is not None:
        return [styles.Pair(parameter.name, (text,))]
    style = parameter.style or "form"
    explode = parameter.explode if parameter.explode is not None else style in _EXPLODED
    return styles.pairs(parameter.name, value, style, explode=explode)


def _content(parameter: ApiParameter, value: Json) -> str | None:
    """Return the value written in the parameter's media type; None when it has a style instead."""
    if parameter.content_type is None:
        return None
    is_json = parameter.content_type.partition(";")[0].strip().endswith("json")
    return dumps(value).decode() if is_json else styles.scalar(value)


def _url(call: KindCall, configuration: ApiConfiguration, arguments: JsonObject) -> str:
    template = configuration.url
    styled = {each.argument: each for each in configuration.parameters if each.location == "path"}
    needed = arguments_in(template)
    missing = needed - {name for name in needed if arguments.get(name) is not None}
    if missing:
        raise ArgumentError(f"The argument {', '.join(sorted(missing))} is needed.")
    plain = {name: _segment(name, arguments[name], styled.get(name)) for name in needed}

    def put(values: dict[str, str]) -> str:
        return PLACEHOLDER.sub(lambda match: call.values.get(match[1], match[0]) if match[1] else values[match[2]], template)

    url = put(plain)
    if _origin(url) != _origin(put(dict.fromkeys(plain, "x"))):
        raise ArgumentError("An argument may not change the host that is called.")
    return url


def _origin(url: str) -> URL:
    return parse_url(url).origin()


def _segment(name: str, value: Json, parameter: ApiParameter | None) -> str:
    if parameter is None:
        text = styles.percent_encoded(styles.scalar(value))
    else:
        content = _content(parameter, value)
        if content is not None:
            text = styles.percent_encoded(content)
        else:
            style = parameter.style or "simple"
            text = styles.in_path(parameter.name, value, style, explode=bool(parameter.explode))
    if text in {"", ".", ".."}:
        raise ArgumentError(f"The argument {name} may not be {text!r} in an address.")
    return text


def _sign(call: KindCall, head: _Head) -> None:
    document: JsonObject = {"credentials": fill_document(call.credentials, call.values)}
    credentials = ApiCredentials.model_validate(document).credentials
    if isinstance(credentials, BearerCredentials):
        head.put_header("Authorization", f"Bearer {credentials.token}")
    elif isinstance(credentials, BasicCredentials):
        pair = f"{credentials.username}:{credentials.password}"
        head.put_header("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    elif isinstance(credentials, OAuthCredentials):
        return  # its access token is added to the request as it is sent
    elif credentials.location == "header":
        head.put_header(credentials.name, credentials.value)
    elif credentials.location == "query":
        head.query.append(urlencode({credentials.name: credentials.value}, quote_via=quote))
    else:
        head.cookies.append(f"{credentials.name}={quote(credentials.value, safe='')}")
