"""Opening a bucket of any S3-compatible store, through obstore."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from obstore.store import S3Store

SCHEME = "s3://"
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=250), timedelta(seconds=1)
_CONNECT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is repeated, and how long one may last; None: obstore's 30 s."""

    retries: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where a bucket is: ``url`` is s3://bucket/prefix; without a key the machine's own role is used."""

    url: str
    endpoint: str
    region: str
    key_id: str
    secret: str

    @property
    def prefix(self) -> str:
        """What stands before every key; empty when nothing does."""
        return self.url.removeprefix(SCHEME).partition("/")[2]


class _Client(TypedDict, total=False):
    allow_http: bool
    connect_timeout: timedelta
    timeout: timedelta


def open_bucket(bucket: Bucket, patience: RetryPolicy) -> "S3Store":
    """Open a bucket; nothing is asked of the store yet."""
    from obstore.store import S3Store  # noqa: PLC0415 - costs 40 ms and 7 MB, which a process may never need

    options: dict[str, str] = {"region": bucket.region or "us-east-1"}
    if bucket.endpoint:
        options["endpoint"] = bucket.endpoint
    if bucket.key_id:
        options["access_key_id"] = bucket.key_id
        options["secret_access_key"] = bucket.secret
    client: _Client = {"allow_http": bucket.endpoint.startswith("http://"), "connect_timeout": _CONNECT}
    if patience.seconds is not None:
        client["timeout"] = timedelta(seconds=patience.seconds)
    return S3Store(
        bucket.url.removeprefix(SCHEME).partition("/")[0],
        prefix=bucket.prefix or None,
        config=options,  # pyright: ignore[reportArgumentType] - a TypedDict of these very names
        client_options=client,  # pyright: ignore[reportArgumentType] - as above
        retry_config={
            "max_retries": patience.retries,
            "backoff": {"init_backoff": _FIRST_PAUSE, "max_backoff": _LONGEST_PAUSE, "base": 2},
        },
    )


class Refusal(StrEnum):
    """What a store refuses, as far as an operator can mend it."""

    DENIED = "denied"
    NO_BUCKET = "no_bucket"


_DENIED_CODES, _NO_BUCKET_CODE = ("AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"), "NoSuchBucket"
_DENIED_KINDS = {"PermissionDeniedError", "UnauthenticatedError"}


def is_without_bucket(error: Exception) -> bool:
    """Whether an error says that there is no bucket, rather than no such file."""
    return _NO_BUCKET_CODE in str(error)


def refusal_of(error: Exception) -> Refusal | None:
    """Tell what the store refused; a file cannot be missing when it is written, so then it is the bucket.

    Deleting succeeds as a request and is refused for each key, so obstore has no kind for it: there the code tells.
    """
    is_denied = isinstance(error, PermissionError) or type(error).__name__ in _DENIED_KINDS
    if is_denied or any(code in str(error) for code in _DENIED_CODES):
        return Refusal.DENIED
    return Refusal.NO_BUCKET if isinstance(error, FileNotFoundError) or is_without_bucket(error) else None
