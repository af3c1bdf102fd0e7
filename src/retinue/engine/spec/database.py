"""The specification of a tool that queries a database: what is saved is validated by the model that a call is made from."""

import re
import ssl
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from retinue.core.strict import StrictTypes

Engine = Literal["postgresql", "mariadb", "mysql", "sqlite"]
DEFAULT_PORTS = {"postgresql": 5432, "mariadb": 3306, "mysql": 3306}

_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}|\{\{\s*[A-Za-z_][A-Za-z0-9_]*\s*\}\}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_SERVER: JsonDict = {"x-when": {"engine": ["postgresql", "mariadb", "mysql"]}}
_FILE: JsonDict = {"x-when": {"engine": ["sqlite"]}}
_TLS: JsonDict = {"x-when": {"engine": ["postgresql", "mariadb", "mysql"], "tls": ["verify"]}}
_FIXED: JsonDict = {"x-long": True}


def _host(text: str) -> str:
    if not _HOST.fullmatch(text):
        raise ValueError("is not a host name, an address or a {{variable}}")
    return text


def _no_control(text: str) -> str:
    if any(ord(character) < ord(" ") for character in text):
        raise ValueError("may not hold a control character")
    return text


def _plain_statement(text: str) -> str:
    if "{{" in text:
        raise ValueError("may not hold {{variables}}: values are bound, never put into the text")
    return text


def _certificate(text: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=text)
    except (ssl.SSLError, ValueError):
        raise ValueError("is not a certificate in PEM format (-----BEGIN CERTIFICATE-----)") from None
    return text


def _argument(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of an argument")
    return text


class DatabaseConfiguration(StrictTypes, BaseModel):
    """The configuration of a tool of type ``database``. Fields of another engine than the one named are refused.

    Without ``statement`` the model writes statements itself; with it, the model gives only the arguments that
    ``parameters`` names, in the order of the statement's placeholders ($1 for PostgreSQL, ? for the others).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    engine: Annotated[Engine, Field(title="Database", description="MySQL uses the driver of MariaDB and is not tested.")]
    host: Annotated[
        str | None, Field(title="Host", json_schema_extra=_SERVER), AfterValidator(lambda text: text and _host(text))
    ] = None
    port: Annotated[
        int | None,
        Field(ge=1, le=65_535, title="Port", description="Leave blank for 5432 or 3306.", json_schema_extra=_SERVER),
    ] = None
    database: Annotated[
        str | None,
        Field(min_length=1, max_length=200, title="Database name", json_schema_extra=_SERVER),
        AfterValidator(lambda text: text and _no_control(text)),
    ] = None
    tls: Annotated[
        Literal["verify", "require", "off"],
        Field(
            title="TLS",
            description="Verify: encrypted; certificate and name of the server are checked. Require: encrypted, not "
            "checked. Off: not encrypted.",
            json_schema_extra=_SERVER,
        ),
    ] = "verify"
    ca_certificate: Annotated[
        str | None,
        Field(
            max_length=60_000,
            title="CA certificate",
            description="PEM. Leave blank for the system's authorities.",
            json_schema_extra={**_TLS, "x-long": True},
        ),
        AfterValidator(lambda text: text and _certificate(text)),
    ] = None
    path: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=1000,
            title="Database file",
            description="Absolute path below a folder of RETINUE_TOOL_FOLDERS.",
            json_schema_extra=_FILE,
        ),
        AfterValidator(lambda text: text and _no_control(text)),
    ] = None
    allow_writes: Annotated[
        bool, Field(title="Allow writes", description="Makes the tool dangerous: a call is never repeated automatically.")
    ] = False
    max_rows: Annotated[int, Field(ge=1, le=10_000, title="Maximum rows")] = 200
    statement: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=20_000,
            title="Fixed statement",
            description="Leave blank to let the model write statements. Placeholders: $1 for PostgreSQL, ? for the others.",
            json_schema_extra=_FIXED,
        ),
        AfterValidator(lambda text: text and _plain_statement(text)),
    ] = None
    parameters: Annotated[
        list[Annotated[str, AfterValidator(_argument)]],
        Field(
            max_length=50,
            title="Arguments",
            description="Arguments that the model provides, in the order of the placeholders.",
        ),
    ] = []

    @model_validator(mode="after")
    def _check_place(self) -> "DatabaseConfiguration":
        given = self.model_fields_set
        if self.engine == "sqlite":
            foreign = sorted(
                name for name in ("host", "port", "database", "ca_certificate") if getattr(self, name) is not None
            )
            if foreign or ("tls" in given and self.tls == "require"):
                raise ValueError(f"{', '.join(foreign) or 'tls'}: a file of SQLite has none; remove it")
            if self.path is None:
                raise ValueError("path is needed: the database file")
            return self
        if self.path is not None:
            raise ValueError(f"path: {self.engine} is reached by host and database; remove it")
        if self.host is None or self.database is None:
            raise ValueError("host and database are needed")
        return self

    @model_validator(mode="after")
    def _check_statement(self) -> "DatabaseConfiguration":
        if self.parameters and self.statement is None:
            raise ValueError("parameters are those of a fixed statement; give the statement, or remove them")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError("parameters: each argument is named once; use $1 twice in the statement")
        return self

    @property
    def effective_port(self) -> int:
        """The port to call."""
        return self.port or DEFAULT_PORTS.get(self.engine, 0)


class PasswordCredentials(StrictTypes, BaseModel):
    """How a tool signs in to a server. Texts may use {{variables}} of the calling agent, secret ones too."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Literal["password"] = "password"
    username: Annotated[str, Field(min_length=1, max_length=200, title="Username")]
    password: Annotated[str, Field(max_length=10_000, title="Password", json_schema_extra={"x-secret": True})]
