"""The options that `retinue up` reads from its environment and passes to the processes it starts."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from retinue.embedded.errors import StartError
from retinue.embedded.folder import DataFolder, default_path

VARIABLES = {
    "RETINUE_HOST": ("127.0.0.1", "Address to listen on; 0.0.0.0 for all interfaces."),
    "RETINUE_PORT": ("8600", "Port of the API and the console, 1 to 65535."),
    "RETINUE_POSTGRES_PORT": ("0", "TCP port of the embedded server on 127.0.0.1; 0: the last one used, or any."),
    "RETINUE_LOCAL_MODEL": ("smollm2-135m", "Local model that the first start of `retinue up` fetches; off: none."),
    "RETINUE_STOP_SECONDS": ("30", "Seconds that API, worker and database each get to end in, 0 to 3600."),
    "PG_BIN_DIR": ("", "Folder of the PostgreSQL programs for the embedded server. Empty: the wheel's, else the system's."),
}
"""What only `retinue up` reads beside the settings of the packages, with its default and meaning."""
HIGHEST_PORT = 65535
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - recognized, never chosen by us
SECRET_KEY_FILE = "secret.key"  # noqa: S105 - the name of a file
_DECLARED_ELSEWHERE = {"RETINUE_WORKER_PORT": "0"}
"""What the settings of metrics declare and `retinue up` reads as well, with its default."""


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for; `database_url` is empty when the embedded server is to be used."""

    data_dir: Path
    host: str
    port: int
    public_url: str
    database_url: str
    postgres_port: int
    local_model: str
    stop_seconds: float
    worker_host: str
    worker_port: int


def read_options(environ: Mapping[str, str]) -> Options:
    """Read the options of `retinue up`. Raises StartError that names the variable whose value cannot be used."""
    host = _text(environ, "RETINUE_HOST")
    port = _number(environ, "RETINUE_PORT", HIGHEST_PORT, lowest=1)
    shown_host = "localhost" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return Options(
        data_dir=default_path(environ),
        host=host,
        port=port,
        public_url=_value(environ, "RETINUE_PUBLIC_URL").rstrip("/") or f"http://{shown_host}:{port}",
        database_url=_value(environ, "DATABASE_URL"),
        postgres_port=_number(environ, "RETINUE_POSTGRES_PORT", HIGHEST_PORT),
        local_model=_text(environ, "RETINUE_LOCAL_MODEL"),
        stop_seconds=float(_number(environ, "RETINUE_STOP_SECONDS", 3600)),
        worker_host=environ.get("RETINUE_WORKER_HOST") or "127.0.0.1",
        worker_port=_number(environ, "RETINUE_WORKER_PORT", HIGHEST_PORT),
    )


def environment_of_children(
    environ: Mapping[str, str], options: Options, folder: DataFolder, *, owner_url: str, app_url: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the environment of the processes that serve, and that of `retinue migrate`, which alone knows the owner's.

    With a database of the operator's own and no RETINUE_APP_DATABASE_URL both have DATABASE_URL: there is nothing else to
    serve with, and the serving processes take the powerless role when they connect.
    """
    shared = {name: value for name, value in environ.items() if name not in {"DATABASE_URL", "DATABASE_URL_FILE"}}
    shared |= {
        "RETINUE_DATA_DIR": str(folder.path),
        "RETINUE_PUBLIC_URL": options.public_url,
        "PYTHONUNBUFFERED": "1",
    }
    if not (environ.get("RETINUE_SECRET_KEY") or environ.get("RETINUE_SECRET_KEY_FILE")):
        folder.secret(SECRET_KEY_FILE)
        shared["RETINUE_SECRET_KEY_FILE"] = str(folder.path / SECRET_KEY_FILE)
    serving = dict(shared)
    if app_url:
        serving["RETINUE_APP_DATABASE_URL"] = app_url
    elif not (environ.get("RETINUE_APP_DATABASE_URL") or environ.get("RETINUE_APP_DATABASE_URL_FILE")):
        serving["DATABASE_URL"] = owner_url
    return serving, shared | {"DATABASE_URL": owner_url}


def environment_of_template(environ: Mapping[str, str], folder: DataFolder) -> dict[str, str]:
    """Return the environment in which API and worker are imported; what is secret in theirs each of them is given itself."""
    public = {name: value for name, value in environ.items() if not name.startswith(("DATABASE_", "RETINUE_"))}
    return public | {"RETINUE_DATA_DIR": str(folder.path), "PYTHONUNBUFFERED": "1"}


def _value(environ: Mapping[str, str], name: str) -> str:
    """Return what a variable holds, or the file that ``NAME_FILE`` names; empty without both."""
    file = environ.get(f"{name}_FILE")
    if environ.get(name) or not file:
        return environ.get(name, "")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StartError(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.", "Correct it.") from None


def _text(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or _DECLARED_ELSEWHERE.get(name) or VARIABLES[name][0]


def _number(environ: Mapping[str, str], name: str, highest: int, *, lowest: int = 0) -> int:
    text = _text(environ, name)
    if text.isascii() and text.isdigit() and lowest <= int(text) <= highest:
        return int(text)
    problem = f"{name} is {text!r}, which is not a whole number from {lowest} to {highest}."
    raise StartError(problem, f"Correct it, or unset {name}.")
