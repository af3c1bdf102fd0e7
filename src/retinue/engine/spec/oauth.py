"""Credentials by OAuth 2 (RFC 6749) as they are given: who issues tokens, to whom, and for which scopes."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from retinue.core.strict import StrictTypes

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749, section 3.3."""
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")


def _endpoint(text: str) -> str:
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        raise ValueError("is not a URL") from None
    if _CONTROL.search(text):
        raise ValueError("may not hold a space, a control character or a backslash")
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("must begin with https:// or http:// and name a host")
    if "@" in parts.netloc:
        raise ValueError("may not hold a user name or password")
    if parts.fragment:
        raise ValueError("may not hold a fragment (#)")
    return text


def _scope(text: str) -> str:
    if not _SCOPE.fullmatch(text):
        raise ValueError(f"{text!r} is not a scope; give each scope by itself")
    return text


Endpoint = Annotated[str, Field(max_length=2000), AfterValidator(_endpoint)]
Scope = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_scope)]
Owner = Literal["organization", "user"]


class _Part(StrictTypes, BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class OAuthCredentials(_Part):
    """How an ``api`` tool is given access tokens. ``client_secret`` may be a {{variable}} of the organization.

    ``owner``: one grant for the organization, or one for each member, used in the runs that this member starts.
    ``auth_method``: how the client authenticates at the token endpoint. None: basic with a secret, none without.
    """

    type: Literal["oauth2"]
    grant: Literal["client_credentials", "authorization_code"]
    token_url: Endpoint
    authorize_url: Endpoint | None = None
    revoke_url: Endpoint | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    auth_method: Literal["basic", "post", "none"] | None = None
    scopes: Annotated[list[Scope], Field(max_length=100)] = []
    owner: Owner = "organization"
    audience: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    resource: Endpoint | None = None

    @model_validator(mode="after")
    def _check_grant(self) -> "OAuthCredentials":
        if self.grant == "authorization_code" and self.authorize_url is None:
            raise ValueError("authorize_url is needed for the grant authorization_code")
        if self.grant == "client_credentials" and self.owner == "user":
            raise ValueError("owner must be organization for the grant client_credentials, in which no person takes part")
        if self.grant == "client_credentials" and self.client_secret is None:
            raise ValueError("client_secret is needed for the grant client_credentials")
        if self.auth_method in {"basic", "post"} and self.client_secret is None:
            raise ValueError(f"client_secret is needed for the auth_method {self.auth_method}")
        return self


class McpOAuthCredentials(_Part):
    """How a session with an MCP server is given access tokens: the server names its authorization server itself.

    Without ``client_id`` the client is registered there (RFC 7591). Without ``scopes`` those are asked for that the server
    names.
    """

    type: Literal["oauth"]
    owner: Owner = "organization"
    client_id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    client_secret: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    scopes: Annotated[list[Scope], Field(max_length=100)] = []

    @model_validator(mode="after")
    def _check_client(self) -> "McpOAuthCredentials":
        if self.client_secret is not None and self.client_id is None:
            raise ValueError("client_secret needs a client_id")
        return self


def host_of(url: str) -> str:
    """Return the host and port of a URL, as a person is shown them."""
    return urlsplit(url).netloc
