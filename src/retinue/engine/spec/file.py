"""The specification of a tool that works with files: what is saved is validated by the model that a call is made from."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from retinue.core.strict import StrictTypes

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ENDPOINT = re.compile(r"https?://[A-Za-z0-9_.:\[\]-]{1,300}/?")
_FOLDER: JsonDict = {"x-when": {"store": ["folder"]}}
_S3: JsonDict = {"x-when": {"store": ["s3"]}}


def _bucket(text: str) -> str:
    if not _BUCKET.fullmatch(text) or ".." in text:
        raise ValueError("is not the name of a bucket: small letters, digits, . and -")
    return text


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError("is not a region such as eu-central-1")
    return text


def _endpoint(text: str) -> str:
    if not _ENDPOINT.fullmatch(text):
        raise ValueError("must be scheme, host and port only, such as https://s3.example.com:9000")
    return text.rstrip("/")


def check_path(text: str) -> str:
    """Demand a relative path of plain names. Raises ``ValueError`` for one that leads elsewhere or hides something."""
    if text.startswith("/"):
        raise ValueError("must be relative: it begins with a slash")
    if any(ord(character) < ord(" ") or character in "\\\x7f" for character in text):
        raise ValueError("holds a control character or a backslash")
    if any(part in {"", ".", ".."} for part in text.split("/")):
        raise ValueError("holds an empty part, . or ..")
    return text


class FileConfiguration(StrictTypes, BaseModel):
    """The configuration of a tool of type ``file``: a folder of the installation, or a bucket of an S3-compatible store."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    store: Annotated[Literal["folder", "s3"], Field(title="Store")]
    path: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=1000,
            title="Folder",
            description="Absolute path below a folder of RETINUE_TOOL_FOLDERS.",
            json_schema_extra=_FOLDER,
        ),
    ] = None
    bucket: Annotated[
        str | None, Field(title="Bucket", json_schema_extra=_S3), AfterValidator(lambda text: text and _bucket(text))
    ] = None
    prefix: Annotated[
        str,
        Field(max_length=500, title="Prefix", description="Leave blank for the whole bucket.", json_schema_extra=_S3),
        AfterValidator(lambda text: text and check_path(text)),
    ] = ""
    endpoint: Annotated[
        str | None,
        Field(
            title="Endpoint",
            description="Leave blank for Amazon S3 of the region.",
            json_schema_extra=_S3,
        ),
        AfterValidator(lambda text: text and _endpoint(text)),
    ] = None
    region: Annotated[str, Field(title="Region", json_schema_extra=_S3), AfterValidator(_region)] = "us-east-1"
    allow_writes: Annotated[
        bool, Field(title="Allow writes", description="Files are written whole, so a repeated call has the same effect.")
    ] = False
    max_file_bytes: Annotated[
        int, Field(ge=1, le=33_554_432, title="Maximum file size", description="In bytes; larger files are not read.")
    ] = 8_388_608
    max_entries: Annotated[
        int, Field(ge=1, le=10_000, title="Maximum entries", description="Of a list, and matches of a search.")
    ] = 500

    @model_validator(mode="after")
    def _check_store(self) -> "FileConfiguration":
        if self.store == "folder":
            foreign = [name for name in ("bucket", "endpoint") if getattr(self, name) is not None] + ["prefix"] * bool(
                self.prefix
            )
            if foreign:
                raise ValueError(f"{', '.join(foreign)}: a folder has none; remove it")
            if self.path is None:
                raise ValueError("path is needed: the folder")
            return self
        if self.path is not None:
            raise ValueError("path: a bucket has a prefix instead; remove it")
        if self.bucket is None:
            raise ValueError("bucket is needed")
        return self

    @property
    def effective_endpoint(self) -> str:
        """The address that requests go to."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"


class AccessKeyCredentials(StrictTypes, BaseModel):
    """How a tool signs in to an object store. Texts may use {{variables}} of the calling agent, secret ones too."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    type: Literal["access_key"] = "access_key"
    access_key_id: Annotated[str, Field(min_length=1, max_length=300, title="Access key ID")]
    secret_access_key: Annotated[
        str, Field(min_length=1, max_length=1000, title="Secret access key", json_schema_extra={"x-secret": True})
    ]
