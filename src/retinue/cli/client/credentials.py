"""Where the client is signed in: one file that only its owner can read, or two variables for programs.

``RETINUE_URL`` and ``RETINUE_API_KEY`` stand in for the file, which is ``retinue/credentials.json`` in the configuration
folder of the XDG base directory specification.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from retinue.cli.client.errors import NOT_SIGNED_IN, ClientError

DEFAULT_URL = "http://127.0.0.1:8600"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An installation and the right to use it: an API key, or a session with its CSRF token."""

    url: str
    api_key: str | None = None
    session: str | None = None
    csrf_token: str | None = None


def path_of(environ: Mapping[str, str]) -> Path:
    """Return where the credentials are kept."""
    base = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "~")).expanduser() / ".config")
    return Path(base) / "retinue" / "credentials.json"


def save(path: Path, credentials: Credentials) -> None:
    """Write the credentials so that nobody else can read them, not even for a moment. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(asdict(credentials), option=orjson.OPT_INDENT_2))
    partial.replace(path)


def load(environ: Mapping[str, str]) -> Credentials:
    """Read the credentials. Raises ``ClientError`` when one is not signed in anywhere."""
    key = environ.get("RETINUE_API_KEY")
    if key:
        return Credentials((environ.get("RETINUE_URL") or DEFAULT_URL).rstrip("/"), api_key=key)
    path = path_of(environ)
    try:
        return Credentials(**orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        raise ClientError("You are not signed in. Run 'retinue login', or set RETINUE_API_KEY.", NOT_SIGNED_IN) from None
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}. Run 'retinue login' again.", NOT_SIGNED_IN) from None
    except (ValueError, TypeError):
        raise ClientError(f"{path} is damaged. Run 'retinue login' again.", NOT_SIGNED_IN) from None
