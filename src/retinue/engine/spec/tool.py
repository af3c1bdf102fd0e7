"""The specification of a tool that calls an HTTP API: what is saved is validated by the same model that a call is made from.

In templates ``{name}`` stands for an argument the model gives, ``{{name}}`` for a variable of the agent that calls.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from retinue.core.json import Json
from retinue.core.strict import StrictTypes

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
READING = frozenset({"GET", "HEAD"})

PLACEHOLDER = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}|\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
"""Group 1: a variable's name; group 2: an argument's name."""

_ORIGIN = re.compile(r"(?:https?://[^/?#]+|\{\{\s*\w+\s*\}\})", re.IGNORECASE)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
_STATUS = re.compile(r"[1-5](?:[0-9]{2}|xx)")
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CLOSED_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "host",
        "connection",
        "content-length",
        "transfer-encoding",
        "upgrade",
    }
    | {"accept-encoding", "expect", "keep-alive", "proxy-connection", "te", "trailer"}
)
_TEMPLATE_CHARACTERS = 8000

Template = Annotated[str, Field(max_length=_TEMPLATE_CHARACTERS)]


def origin_of(url: str) -> str:
    """Return the part of a URL template that says whom is called: scheme and host, or the variable in their place."""
    match = _ORIGIN.match(url)
    return match[0].lower() if match else ""


def check_url(text: str) -> str:
    """Demand a URL template whose host no argument can choose, without a password. Raises ``ValueError``."""
    origin = _ORIGIN.match(text)
    if origin is None:
        raise ValueError("must begin with https://, http:// or a {{variable}}")
    if any(match[2] for match in PLACEHOLDER.finditer(origin[0])):
        raise ValueError("may not take the host from an argument")
    if origin[0].startswith("{{") and text[origin.end() :][:1] not in {"", "/", "?"}:
        raise ValueError("needs a / or ? behind the variable: it gives the whole host")
    if "@" in re.split(r"[/?#]", text[origin.end() :], maxsplit=1)[0] or "@" in origin[0]:
        raise ValueError("may not hold a user name or password; give it as a credential")
    first = next((match.start() for match in PLACEHOLDER.finditer(text) if match[2]), len(text))
    if first < len(text) and not any(mark in text[origin.end() : first] for mark in "/?"):
        raise ValueError("needs a / or ? between the host and the first {argument}")
    if "#" in text:
        raise ValueError("may not hold a fragment (#)")
    return text


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a header")
    return name


def _free_header(name: str) -> str:
    if name.lower() in _CLOSED_HEADERS:
        raise ValueError(f"{name} cannot be set here; what signs in belongs in credentials")
    return _header(name)


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError("is not a JSON pointer such as /data/items")
    return text


def _status(text: str) -> str:
    if not _STATUS.fullmatch(text):
        raise ValueError(f"{text!r} is not a status such as 404 or 4xx")
    return text


HeaderName = Annotated[str, Field(max_length=200), AfterValidator(_free_header)]


class _Part(StrictTypes, BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ApiResponse(_Part):
    """What of the answer the model is shown: the value a JSON pointer (RFC 6901) selects, at most so many characters."""

    select: Annotated[str, Field(max_length=500), AfterValidator(_pointer)] = ""
    max_chars: Annotated[int, Field(ge=100, le=200_000)] = 20_000


class ApiConfiguration(_Part):
    """The configuration of a tool of type ``api``: one call, described by templates.

    An entry of ``query`` or ``headers`` whose argument is not given is left out. A text of ``body`` that is one
    placeholder takes the argument's own JSON value. ``errors`` maps a status (404, 4xx) to what the model is told.
    """

    method: Method = "GET"
    url: Annotated[str, Field(min_length=1, max_length=_TEMPLATE_CHARACTERS), AfterValidator(check_url)]
    query: Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], Template], Field(max_length=100)] = {}
    headers: Annotated[dict[HeaderName, Template], Field(max_length=50)] = {}
    body: Json = None
    body_type: Literal["json", "form", "text"] = "json"
    idempotency_header: HeaderName | None = "Idempotency-Key"
    response: ApiResponse = ApiResponse()
    errors: Annotated[
        dict[Annotated[str, AfterValidator(_status)], Annotated[str, Field(min_length=1, max_length=1000)]],
        Field(max_length=50),
    ] = {}

    @model_validator(mode="after")
    def _check_body(self) -> "ApiConfiguration":
        if self.body is not None and self.method in READING:
            raise ValueError(f"a {self.method} call has no body")
        if self.body is not None and self.body_type == "text" and not isinstance(self.body, str):
            raise ValueError("a body of type text must be a text")
        if self.body is not None and self.body_type == "form" and not isinstance(self.body, dict):
            raise ValueError("a body of type form must be an object")
        return self


class BearerCredentials(_Part):
    """A token sent as ``Authorization: Bearer``."""

    type: Literal["bearer"]
    token: Annotated[str, Field(min_length=1, max_length=10_000)]


class ApiKeyCredentials(_Part):
    """A key sent in a header or in the query."""

    type: Literal["api_key"]
    location: Literal["header", "query"] = Field(default="header", alias="in")
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_header)]
    value: Annotated[str, Field(min_length=1, max_length=10_000)]


class BasicCredentials(_Part):
    """A user name and password sent as ``Authorization: Basic``."""

    type: Literal["basic"]
    username: Annotated[str, Field(max_length=1000)]
    password: Annotated[str, Field(max_length=10_000)]


class ApiCredentials(_Part):
    """How an ``api`` tool signs in. Texts may use {{variables}} of the calling agent, secret ones too."""

    credentials: Annotated[BearerCredentials | ApiKeyCredentials | BasicCredentials, Field(discriminator="type")]


def arguments_in(document: Json) -> frozenset[str]:
    """Return the names of all arguments that a template, or the texts of a document (not its keys), mention."""
    if isinstance(document, str):
        return frozenset(match[2] for match in PLACEHOLDER.finditer(document) if match[2])
    if isinstance(document, list):
        return frozenset[str]().union(*(arguments_in(item) for item in document))
    if isinstance(document, dict):
        return frozenset[str]().union(*(arguments_in(item) for item in document.values()))
    return frozenset()
