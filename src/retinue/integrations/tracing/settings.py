"""Where the operator has traces sent. Nothing is sent unless one of these names a destination."""

import re
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from retinue.core.settings import Settings
from retinue.integrations.tracing.types import Destination, Target

_PATH = "/v1/traces"
_LANGFUSE_PATH = "/api/public/otel/v1/traces"
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_OWN_HEADERS = frozenset({"content-type", "content-encoding", "content-length", "host", "transfer-encoding", "connection"})


class TracingSettings(Settings):
    """The destinations of traces, what leaves with them, and how long they are kept for a destination that is away."""

    otlp_endpoint: str = Field(
        default="",
        description="Base URL of a collector that takes OTLP over HTTP; `/v1/traces` is appended. Empty: none.",
    )
    otlp_headers: SecretStr = Field(
        default=SecretStr(""),
        description="Headers for the collector, as `name=value,name=value`; values may be percent-encoded.",
    )
    otlp_content: bool = Field(
        default=False,
        description="Whether inputs, outputs, error messages and tags leave with the traces of organizations that allow it.",
    )
    langfuse_url: str = Field(default="", description="URL of a Langfuse server that takes traces. Empty: none.")
    langfuse_public_key: str = Field(
        default="", validate_default=True, description="Public key of the Langfuse project, such as `pk-lf-…`."
    )
    langfuse_secret_key: SecretStr = Field(
        default=SecretStr(""), validate_default=True, description="Secret key of the Langfuse project, such as `sk-lf-…`."
    )
    trace_link: str = Field(
        default="",
        description="URL at which people look at a trace, such as `http://phoenix:6006/redirects/traces/{trace_id}`.",
    )
    trace_buffer_hours: int = Field(
        default=24, ge=1, le=168, description="Hours that ended runs are kept for a destination that does not answer."
    )
    trace_buffer_runs: int = Field(
        default=100_000,
        ge=100,
        le=10_000_000,
        description="Ended runs kept for a destination at most; the oldest are dropped.",
    )

    @field_validator("otlp_endpoint", "langfuse_url")
    @classmethod
    def _check_url(cls, url: str) -> str:
        if url:
            _require_base_url(url)
        return url.rstrip("/")

    @field_validator("trace_link")
    @classmethod
    def _check_link(cls, link: str) -> str:
        if not link:
            return link
        parts = urlsplit(link.replace("{trace_id}", "0"))
        if (
            link.count("{trace_id}") != 1
            or parts.scheme not in {"http", "https"}
            or not parts.hostname
            or "@" in parts.netloc
        ):
            raise ValueError("this is no URL with {trace_id} in it, such as https://langfuse.example.com/trace/{trace_id}")
        return link

    @field_validator("otlp_headers")
    @classmethod
    def _check_headers(cls, headers: SecretStr) -> SecretStr:
        _read_headers(headers.get_secret_value())
        return headers

    @field_validator("langfuse_public_key", "langfuse_secret_key")
    @classmethod
    def _check_key(cls, key: str | SecretStr, info: ValidationInfo) -> str | SecretStr:
        text = key.get_secret_value() if isinstance(key, SecretStr) else key
        url = info.data.get("langfuse_url", "")
        if url and not text:
            raise ValueError("Langfuse requires it; create keys in the project's settings there")
        if text and not url:
            raise ValueError("it needs RETINUE_LANGFUSE_URL, the server's URL")
        if not text.isascii() or not text.isprintable() or ":" in text:
            raise ValueError("a key consists of printable ASCII characters without a colon")
        return key

    @property
    def targets(self) -> tuple[Target, ...]:
        """The destinations that are set."""
        found: list[Target] = []
        if self.otlp_endpoint:
            endpoint = self.otlp_endpoint
            url = endpoint if endpoint.endswith(_PATH) else endpoint + _PATH
            found.append(Target(Destination.OTLP, url, _read_headers(self.otlp_headers.get_secret_value())))
        if self.langfuse_url:
            pair = f"{self.langfuse_public_key}:{self.langfuse_secret_key.get_secret_value()}"
            headers = {"Authorization": f"Basic {b64encode(pair.encode()).decode()}", "x-langfuse-ingestion-version": "4"}
            found.append(Target(Destination.LANGFUSE, self.langfuse_url + _LANGFUSE_PATH, headers))
        return tuple(found)


def _require_base_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("this is no URL such as https://collector.example.com:4318")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("the URL may have no user, query and fragment")
    if parts.port == 0 or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("this is no URL such as https://collector.example.com:4318")


def _read_headers(text: str) -> Mapping[str, str]:
    """Read ``name=value,name=value`` as OpenTelemetry's OTEL_EXPORTER_OTLP_HEADERS is read; errors never show a value."""
    found: dict[str, str] = {}
    for number, part in enumerate(filter(str.strip, text.split(",")), 1):
        name, mark, value = (each.strip() for each in part.partition("="))
        decoded = unquote(value)
        if not mark or not _HEADER_NAME.fullmatch(name):
            raise ValueError(f"entry {number} is not name=value")
        if name.lower() in _OWN_HEADERS:
            raise ValueError(f"{name} is set for you; leave it out")
        if not decoded.isascii() or not decoded.isprintable():
            raise ValueError(f"the value of {name} has characters that no header may have")
        found[name] = decoded
    return found
