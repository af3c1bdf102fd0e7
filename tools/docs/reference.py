"""Generate ``docs/reference``: the OpenAPI document, a page of its routes, every setting, permission and metric.

python -m tools.docs.reference          write the pages
python -m tools.docs.reference --check  return 1 when a page is stale
"""

import sys
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from pydantic import BaseModel, SecretStr
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from retinue.api import create_app
from retinue.cli.client.credentials import VARIABLES as CLIENT_VARIABLES
from retinue.core.db.settings import DatabaseSettings
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.mail.settings import MailSettings
from retinue.core.outbound.addresses import OutboundSettings
from retinue.core.permissions import Role
from retinue.core.settings import CoreSettings, Settings, variable_of
from retinue.core.storage import StorageSettings
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.embedded.folder import VARIABLES as FOLDER_VARIABLES
from retinue.embedded.options import VARIABLES as UP_VARIABLES
from retinue.features import FEATURES
from retinue.llm.local.download import VARIABLES as DOWNLOAD_VARIABLES
from retinue.llm.local.hub import VARIABLES as HUB_VARIABLES
from retinue.manifests.registry import KINDS
from retinue.process import Process
from tools.docs import components

_FOLDER = Path("docs/reference")
_METHODS = ("get", "post", "put", "patch", "delete")


def _process() -> Process:
    environ = {"DATABASE_URL": "postgresql://nobody@localhost/none", "RETINUE_SECRET_KEY": Fernet.generate_key().decode()}
    return Process(environ)


def _openapi_text(document: dict[str, Any]) -> str:
    import orjson  # noqa: PLC0415 - the product's own writer makes no indentation

    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _routes_page(document: dict[str, Any]) -> str:
    lines = ["# HTTP API", "", "Generated from the code; the whole contract is in [openapi.json](openapi.json).", ""]
    groups: dict[str, list[str]] = {}
    for path, operations in sorted(document["paths"].items()):
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                tag = (operation.get("tags") or ["system"])[0]
                summary = (operation.get("description") or operation.get("summary") or "").strip().split("\n")[0]
                groups.setdefault(tag, []).append(f"| `{method.upper()} {path}` | {summary.replace('|', chr(92) + '|')} |")
    for tag in sorted(groups):
        lines += [f"## {tag}", "", "| route | what it does |", "|---|---|", *groups[tag], ""]
    return "\n".join(lines)


def _default_of(kind: type[Settings], name: str) -> str:
    field = kind.model_fields[name]
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    if isinstance(value, SecretStr) or value in ("", None):
        return "empty"
    return f"`{value}`"


_OUTSIDE_PACKAGES = {
    "retinue up": UP_VARIABLES | FOLDER_VARIABLES,
    "The client's commands": CLIENT_VARIABLES,
    "retinue models install": DOWNLOAD_VARIABLES | HUB_VARIABLES,
}


def _settings_page() -> str:
    lines = [
        "# Configuration",
        "",
        "Generated from the code. Every setting is an environment variable; `NAME_FILE` names a file that holds the value",
        "instead, so that a secret need not stand in the environment. A bad value stops the start with a sentence.",
        "",
    ]
    packages = [
        ("core", CoreSettings),
        ("database", DatabaseSettings),
        ("dispatch", DispatchSettings),
        ("outgoing requests", OutboundSettings),
        ("storage", StorageSettings),
        ("e-mail", MailSettings),
        ("metrics", TelemetrySettings),
        *((feature.name, kind) for feature in FEATURES for kind in feature.settings),
    ]
    for package, kind in packages:
        lines += [f"## {package}", "", "| variable | default | meaning |", "|---|---|---|"]
        for name, field in kind.model_fields.items():
            variable = variable_of(name, field.alias)
            lines.append(f"| `{variable}` | {_default_of(kind, name)} | {field.description or ''} |")
        lines.append("")
    for title, variables in _OUTSIDE_PACKAGES.items():
        lines += [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {f'`{text}`' if text else 'empty'} | {meaning} |" for name, (text, meaning) in variables.items()
        ]
        lines.append("")
    return "\n".join(lines)


def _permissions_page() -> str:
    roles = [role.value for role in Role]
    lines = ["# Permissions", "", "Generated from the code. A key's scopes are permissions, cut by its creator's role.", ""]
    lines += ["| permission | " + " | ".join(roles) + " |", "|---" * (len(roles) + 1) + "|"]
    table = {name: held for feature in FEATURES for name, held in feature.permissions.items()}
    for name in sorted(table):
        lines.append(f"| `{name}` | " + " | ".join("yes" if role in table[name] else "" for role in roles) + " |")
    return "\n".join([*lines, ""])


def _metrics_page(process: Process) -> str:
    lines = [
        "# Metrics",
        "",
        "Generated from the code. What every API and worker tells on `/metrics`; see [../metrics.md](../metrics.md).",
        "",
    ]
    lines += ["| metric | type | labels | meaning |", "|---|---|---|---|"]
    for metric in process.resources.telemetry.describe():
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.name}` | {metric.type} | {labels} | {metric.text} |")
    return "\n".join([*lines, ""])


def _manifest_schema() -> str:
    import orjson  # noqa: PLC0415 - as above

    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(kind.model, "validation") for kind in KINDS]
    _, schema = models_json_schema(models, ref_template="#/$defs/{model}")
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A document of retinue apply",
        "oneOf": [{"$ref": f"#/$defs/{kind.model.__name__}"} for kind in KINDS],
        "$defs": schema["$defs"],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def pages() -> dict[str, str]:
    """Write every page's text, by file name."""
    process = _process()
    document = create_app(process).openapi()
    return {
        "openapi.json": _openapi_text(document),
        "api.md": _routes_page(document),
        "configuration.md": _settings_page(),
        "permissions.md": _permissions_page(),
        "metrics.md": _metrics_page(process),
        "manifest.schema.json": _manifest_schema(),
        "licences.md": components.page(),
    }


def main() -> int:
    """Write the pages, or with ``--check`` name the stale ones."""
    stale = {name: text for name, text in pages().items() if not _is_current(name, text)}
    if "--check" in sys.argv:
        for name in stale:
            print(f"docs/reference/{name} is stale: run 'make docs'")
        return 1 if stale else 0
    _FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in stale.items():
        (_FOLDER / name).write_text(text, encoding="utf-8")
        print(f"wrote docs/reference/{name}")
    return 0


def _is_current(name: str, text: str) -> bool:
    path = _FOLDER / name
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
