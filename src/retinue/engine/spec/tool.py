"""The specification of a tool that calls an HTTP API: what is saved is validated by the same model that a call is made from.

In templates ``{name}`` stands for an argument the model gives, ``{{name}}`` for a variable of the agent that calls.
"""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from retinue.core.json import Json
from retinue.core.strict import StrictTypes
from retinue.core.validation import form
from retinue.engine.spec.oauth import OAuthCredentials

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
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+*-]+/[A-Za-z0-9!#$&^_.+*-]+(?:\s*;\s*[A-Za-z0-9_-]+=[^\r\n\0;]+)*")
_COOKIE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEMPLATE_CHARACTERS = 8000
_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}

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


def _media_type(text: str) -> str:
    if not _MEDIA_TYPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a media type such as application/json")
    return text


def _media_types(text: str) -> str:
    for each in text.split(","):
        _media_type(each.strip())
    return text


HeaderName = Annotated[str, Field(max_length=200), AfterValidator(_free_header)]
MediaType = Annotated[str, Field(max_length=200), AfterValidator(_media_type)]
Location = Literal["path", "query", "header", "cookie"]
Style = Literal["simple", "label", "matrix", "form", "spaceDelimited", "pipeDelimited", "deepObject"]


class _Part(StrictTypes, BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class ApiResponse(_Part):
    """What of the answer the model is shown: the value a JSON pointer (RFC 6901) selects, at most so many characters."""

    select: Annotated[str, Field(max_length=500), AfterValidator(_pointer)] = ""
    max_chars: Annotated[int, Field(ge=100, le=200_000)] = 20_000


class ApiParameter(_Part):
    """An argument sent as a parameter in one of OpenAPI's styles; it is omitted when the argument is not given.

    ``style`` and ``explode`` are OpenAPI's defaults when they are None: form and exploded in the query and in cookies,
    simple and not exploded in paths and headers. With ``content_type`` the value is written as JSON or plain text instead.
    A parameter of the path replaces the placeholder ``{argument}`` of the URL.
    """

    argument: Annotated[
        str,
        Field(
            min_length=1,
            max_length=64,
            pattern=form(
                r"^[A-Za-z_][A-Za-z0-9_.-]*$",
                "may contain letters, digits, '_', '.' and '-', and must begin with a letter or '_'",
            ),
        ),
    ]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    location: Location = Field(alias="in")
    style: Style | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    content_type: MediaType | None = None

    @model_validator(mode="after")
    def _check_place(self) -> "ApiParameter":
        known = _STYLES[self.location]
        if self.style is not None and self.style not in known:
            raise ValueError(f"the style {self.style} is not one of {', '.join(known)}, which {self.location} takes")
        if self.location == "header":
            _free_header(self.name)
        if self.location == "cookie" and not _COOKIE.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is not the name of a cookie")
        return self


class ApiEncoding(_Part):
    """How one field of a form or multipart body is written. ``is_file``: its argument is a file, or a list of files."""

    style: Literal["form", "spaceDelimited", "pipeDelimited", "deepObject"] | None = None
    explode: bool | None = None
    allow_reserved: bool = False
    content_type: Annotated[str, Field(max_length=500), AfterValidator(_media_types)] | None = None
    is_file: bool = False


class ApiSource(_Part):
    """The operation of an OpenAPI document that a tool was imported from, so that a later import finds it.

    ``digest`` identifies what was imported; ``prefix`` is the name prefix it was imported with.
    """

    title: Annotated[str, Field(max_length=300)]
    prefix: Annotated[str, Field(max_length=32)] = ""
    operation: Annotated[str, Field(max_length=2000)]
    digest: Annotated[str, Field(max_length=64)]


class ApiConfiguration(_Part):
    """The configuration of a tool of type ``api``: one call, described by templates.

    An entry of ``query`` or ``headers`` whose argument is not given is left out; ``parameters`` are arguments sent in
    OpenAPI's styles. A text of ``body`` that is one placeholder takes the argument's own JSON value; ``encoding`` says how
    the fields of a form or multipart body are written. ``errors`` maps a status (404, 4xx) to what the model is told.
    """

    method: Method = "GET"
    url: Annotated[str, Field(min_length=1, max_length=_TEMPLATE_CHARACTERS), AfterValidator(check_url)]
    query: Annotated[dict[Annotated[str, Field(min_length=1, max_length=200)], Template], Field(max_length=100)] = {}
    headers: Annotated[dict[HeaderName, Template], Field(max_length=50)] = {}
    parameters: Annotated[list[ApiParameter], Field(max_length=200)] = []
    body: Json = None
    body_type: Literal["json", "form", "multipart", "text", "binary"] = "json"
    content_type: MediaType | None = None
    encoding: Annotated[dict[str, ApiEncoding], Field(max_length=200)] = {}
    idempotency_header: HeaderName | None = "Idempotency-Key"
    response: ApiResponse = ApiResponse()
    errors: Annotated[
        dict[Annotated[str, AfterValidator(_status)], Annotated[str, Field(min_length=1, max_length=1000)]],
        Field(max_length=50),
    ] = {}
    source: ApiSource | None = None

    @model_validator(mode="after")
    def _check_body(self) -> "ApiConfiguration":
        if self.body is None:
            return self
        if self.method == "HEAD":
            raise ValueError("a HEAD call has no body")
        is_argument = isinstance(self.body, str) and PLACEHOLDER.fullmatch(self.body) is not None
        if self.body_type == "text" and not isinstance(self.body, str):
            raise ValueError("a body of type text must be a text")
        if self.body_type in {"form", "multipart"} and not (isinstance(self.body, dict) or is_argument):
            raise ValueError(f"a body of type {self.body_type} must be an object, or one {{argument}}")
        if self.body_type == "binary" and not is_argument:
            raise ValueError("a body of type binary must be one {argument}, which takes a file")
        return self


class BearerCredentials(_Part):
    """A token sent as ``Authorization: Bearer``."""

    type: Literal["bearer"]
    token: Annotated[str, Field(min_length=1, max_length=10_000)]


class ApiKeyCredentials(_Part):
    """A key sent in a header, in the query or as a cookie."""

    type: Literal["api_key"]
    location: Literal["header", "query", "cookie"] = Field(default="header", alias="in")
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_header)]
    value: Annotated[str, Field(min_length=1, max_length=10_000)]


class BasicCredentials(_Part):
    """A user name and password sent as ``Authorization: Basic``."""

    type: Literal["basic"]
    username: Annotated[str, Field(max_length=1000)]
    password: Annotated[str, Field(max_length=10_000)]


class ApiCredentials(_Part):
    """How an ``api`` tool signs in. Texts may use {{variables}} of the calling agent, secret ones too."""

    credentials: Annotated[
        BearerCredentials | ApiKeyCredentials | BasicCredentials | OAuthCredentials, Field(discriminator="type")
    ]


def arguments_in(document: Json) -> frozenset[str]:
    """Return the names of all arguments that a template, or the texts of a document (not its keys), mention."""
    if isinstance(document, str):
        return frozenset(match[2] for match in PLACEHOLDER.finditer(document) if match[2])
    if isinstance(document, list):
        return frozenset[str]().union(*(arguments_in(item) for item in document))
    if isinstance(document, dict):
        return frozenset[str]().union(*(arguments_in(item) for item in document.values()))
    return frozenset()
