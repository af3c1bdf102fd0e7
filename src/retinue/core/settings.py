"""Settings: read once at the entry point, handed down as values.

A package declares a frozen Pydantic model; a field ``public_url`` is read from ``RETINUE_PUBLIC_URL`` or, when that is not
set, from the file named by ``RETINUE_PUBLIC_URL_FILE``. A field may name another variable by its alias.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.validation import words_of

_NO_ADDRESS = "this is no address of a website, such as https://agents.example.com"
_ADDRESS = re.compile(r"[^\s\x00-\x1f\x7f?#\\<>\"`{|}^]+")
_USUAL_PORTS = {"http": 80, "https": 443}
_NO_URL = "this is no URL of PostgreSQL, such as postgresql://owner:password@host:5432/retinue"


class SettingsError(InvalidError):
    """The settings are not valid."""

    code = "settings_invalid"


class Settings(BaseModel):
    """The base of every package's settings: frozen, unknown values refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


SettingsT = TypeVar("SettingsT", bound=Settings)


def variable_of(name: str, alias: str | None) -> str:
    """Name the environment variable of a field: its alias, else ``RETINUE_`` and the field's name in capitals."""
    return alias or f"RETINUE_{name.upper()}"


def load(kind: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Read one package's settings. Raises ``SettingsError`` that names the variable and what is wrong with it."""
    values: dict[str, str] = {}
    for name, field in kind.model_fields.items():
        variable = variable_of(name, field.alias)
        if variable in environ:
            values[name] = environ[variable]
        elif f"{variable}_FILE" in environ:
            values[name] = _content(f"{variable}_FILE", environ[f"{variable}_FILE"])
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        problems = tuple(
            FieldProblem(
                variable_of(str(item["loc"][0]), kind.model_fields[str(item["loc"][0])].alias), words_of(item).message
            )
            for item in error.errors()
        )
        sentence = "; ".join(f"{problem.field}: {problem.message}" for problem in problems)
        raise SettingsError(sentence, fields=problems) from None


def _content(variable: str, file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable} names {file}, which cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{variable} names {file}, which is no text in UTF-8") from None


def environment() -> Mapping[str, str]:
    """Return the process's environment. Only entry points call this."""
    return os.environ


class CoreSettings(Settings):
    """What every process of Retinue needs."""

    database_url: str = Field(
        default="",
        alias="DATABASE_URL",
        description="PostgreSQL URL of the owner of the schema; used to migrate. Empty: the embedded server.",
    )
    app_database_url: str = Field(
        default="",
        description="PostgreSQL URL of the role that serves requests (retinue_app). Empty: DATABASE_URL with that role set.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="Keys that encrypt secrets, comma-separated, newest first (Fernet keys: 32 bytes in URL-safe base64).",
    )
    public_url: str = Field(default="http://127.0.0.1:8600", description="Where browsers reach the console.")
    data_dir: Path = Field(default=Path(".retinue"), description="Folder for artifacts, models and the embedded server.")
    redis_url: str = Field(default="", alias="REDIS_URL", description="Redis or Valkey; empty: PostgreSQL serves its parts.")
    log_level: str = Field(default="info", description="debug, info, warning or error.")
    log_format: str = Field(default="text", description="text or json.")
    body_seconds: float = Field(
        default=30,
        ge=1,
        le=600,
        description="Seconds for which an API waits for the body of a request, and one more for each 16 KiB of it.",
    )
    pool_size: int = Field(default=10, ge=1, le=200, description="Database connections of this process, at most.")

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, url: str) -> str:
        return require_web_address(url)

    @field_validator("redis_url")
    @classmethod
    def _is_redis(cls, url: str) -> str:
        if url and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("this is no URL of Redis or Valkey, such as redis://:password@host:6379/0")
        try:
            _ = urlsplit(url).port
        except ValueError:
            raise ValueError("this is no URL of Redis or Valkey, such as redis://:password@host:6379/0") from None
        return url

    @field_validator("database_url", "app_database_url")
    @classmethod
    def _is_postgresql(cls, url: str) -> str:
        return require_postgresql(url)


def require_web_address(url: str) -> str:
    """Refuse what is no address that paths can be put after, in a validator; return it as browsers write it.

    The origin of a request is compared with it: in lower case, names in ASCII, no usual port. No slash is at its end.
    """
    try:
        parts = urlsplit(url)
        port, name = parts.port, parts.hostname or ""
        host = f"[{name}]" if ":" in name else name.encode("idna").decode()
    except ValueError:  # UnicodeError, for a name that is none, is one
        raise ValueError(_NO_ADDRESS) from None
    if parts.scheme not in _USUAL_PORTS or not host or port == 0 or "@" in parts.netloc or not _ADDRESS.fullmatch(url):
        raise ValueError(_NO_ADDRESS)
    shown_port = "" if port in {None, _USUAL_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{shown_port}{parts.path.rstrip('/')}"


def require_postgresql(url: str) -> str:
    """Refuse what is no PostgreSQL URL, in a validator; the text never repeats it, as it holds a password."""
    if url and not url.startswith(("postgresql://", "postgres://")):
        raise ValueError(_NO_URL)
    try:
        _ = None if "," in url else urlsplit(url).port  # several hosts, each with its port, are no URL to the library
    except ValueError:
        raise ValueError(_NO_URL) from None
    return url
