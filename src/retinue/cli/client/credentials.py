"""Where the client is signed in: one file that only its owner can read, or two variables for programs.

``RETINUE_URL`` and ``RETINUE_API_KEY`` replace the file, which is ``retinue/credentials.json`` in the configuration
folder of the XDG base directory specification.
"""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from retinue.cli.client.errors import NOT_SIGNED_IN, ClientError

DEFAULT_URL = "http://127.0.0.1:8600"
VARIABLES = {
    "RETINUE_URL": (DEFAULT_URL, "Installation that the client's commands talk to; takes precedence over `retinue login`."),
    "RETINUE_API_KEY": ("", "API key of the client's commands; takes precedence over `retinue login`."),
    "XDG_CONFIG_HOME": ("", "Folder of retinue/credentials.json, where `retinue login` saves. Empty: .config of your home."),
    "HOME": ("", "Your home folder, for the same."),
    "NO_COLOR": ("", "Any value: output without colors."),
}
"""What the client's commands read from the environment, with its default and meaning."""


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
    """Read the credentials. Raises ``ClientError`` when you are not signed in, or not where RETINUE_URL says."""
    key, url = environ.get("RETINUE_API_KEY"), environ.get("RETINUE_URL", "").rstrip("/")
    if key:
        return Credentials(url or DEFAULT_URL, api_key=key)
    path = path_of(environ)
    try:
        saved = Credentials(**orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        raise ClientError("You are not signed in. Run 'retinue login', or set RETINUE_API_KEY.", NOT_SIGNED_IN) from None
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}. Run 'retinue login' again.", NOT_SIGNED_IN) from None
    except (ValueError, TypeError):
        raise ClientError(f"{path} is damaged. Run 'retinue login' again.", NOT_SIGNED_IN) from None
    if url and url != saved.url:
        told = f"You are signed in at {saved.url}, and RETINUE_URL is {url}."
        raise ClientError(f"{told} Run 'retinue login {url}', or set RETINUE_API_KEY.", NOT_SIGNED_IN)
    return saved
