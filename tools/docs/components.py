"""What the product is made of in addition to its own code: the locked packages of server and console, with their licences.

The server's packages are those of ``requirements.lock``, the console's those of ``web/package-lock.json`` that reach a
browser. Licences are SPDX expressions (https://spdx.org/licenses): a package's own statement, or ``_STATED`` where it has
none in that form.

    python -m tools.docs.components FILE      write a software bill of materials (CycloneDX 1.6, JSON)
"""

import importlib.metadata
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from retinue import __version__

SERVER_LOCK = Path("requirements.lock")
CONSOLE_LOCK = Path("web/package-lock.json")
PERMISSIVE = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CNRI-Python", "ISC", "MIT", "MIT-0", "PSF-2.0", "Unlicense"}
)
EXCEPTIONS = {
    "LGPL-3.0-only": "psycopg, the driver of PostgreSQL, is an unchanged library that an operator can replace.",
    "MPL-2.0": "Of files of certifi and orjson, which are used unchanged.",
    "OFL-1.1": "The console's typeface, which may be shipped with software.",
}
"""Licences that are not permissive, and why the packages are used all the same."""
_LOCKED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
_BY_CLASSIFIER = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
}
_BY_TEXT = {"3-Clause BSD License": "BSD-3-Clause", "MIT License": "MIT"}
_STATED = {
    "async-timeout": "Apache-2.0",
    "colorama": "BSD-3-Clause",
    "httpx2-jsfetch": "BSD-3-Clause",
    "pyasn1-modules": "BSD-2-Clause",
    "pywin32": "PSF-2.0",
    "uvloop": "MIT OR Apache-2.0",
}
"""Of packages that other systems or versions of Python install, and of those whose metadata are vague."""


@dataclass(frozen=True, slots=True)
class Component:
    """A package: ``kind`` is server or console, ``licence`` an SPDX expression."""

    kind: Literal["server", "console"]
    name: str
    version: str
    licence: str

    @property
    def terms(self) -> frozenset[str]:
        """The licences that the expression names."""
        return frozenset(re.split(r" AND | OR ", self.licence.replace("(", "").replace(")", "")))


def components() -> list[Component]:
    """Return every locked component. Raises ``LookupError`` for one without a known licence."""
    return [*_of_server(), *_of_console()]


def _of_server() -> Iterator[Component]:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", SERVER_LOCK.read_text(encoding="utf-8"))
    for block in blocks:
        found = _LOCKED.match(block)
        if found is not None:
            name = found["name"]
            yield Component("server", name, found["version"], _licence_of(name))


def _licence_of(name: str) -> str:
    if name in _STATED:
        return _STATED[name]
    try:
        metadata = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError as error:
        raise LookupError(f"{name} is not installed here: put its licence into _STATED.") from error
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    text = str(metadata.json.get("license", "")).strip().split("\n")[0]
    if text in PERMISSIVE | EXCEPTIONS.keys() or " OR " in text:
        return text
    classified = [each.rpartition(" :: ")[2] for each in metadata.get_all("Classifier") or () if each.startswith("License")]
    known = [_BY_CLASSIFIER[each] for each in classified if each in _BY_CLASSIFIER] or [_BY_TEXT.get(text, "")]
    if not all(known):
        raise LookupError(f"{name} states its licence as {text!r} and {classified}: put it into _STATED.")
    return " AND ".join(known)


def _of_console() -> Iterator[Component]:
    locked = json.loads(CONSOLE_LOCK.read_text(encoding="utf-8"))["packages"]
    for path, package in sorted(locked.items()):
        if path and not package.get("dev") and not package.get("devOptional"):
            name = path.rpartition("node_modules/")[2]
            yield Component("console", name, package["version"], package["license"])


def page() -> str:
    """Return the page ``licences.md``."""
    lines = ["# Licences", "", "Generated from the locks. Retinue itself is under Apache-2.0.", ""]
    lines += ["Not permissive, and used all the same:", ""]
    lines += [f"- {licence}: {reason}" for licence, reason in EXCEPTIONS.items()]
    for kind, title in (("server", "Server"), ("console", "Console, as browsers receive it")):
        lines += ["", f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
        rows = {(each.name, each.version, each.licence) for each in components() if each.kind == kind}
        lines += [f"| {name} | {version} | {licence} |" for name, version, licence in sorted(rows)]
    return "\n".join(lines) + "\n"


def bill_of_materials(version: str) -> str:
    """Return a software bill of materials of a version of the product: CycloneDX 1.6 (https://cyclonedx.org), as JSON."""
    root = {"type": "application", "bom-ref": "retinue", "name": "retinue", "version": version}
    parts = {_purl(each): each for each in components()}
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": root | {"licenses": [{"expression": "Apache-2.0"}]}},
        "components": [
            {
                "type": "library",
                "bom-ref": purl,
                "name": each.name,
                "version": each.version,
                "purl": purl,
                "licenses": [{"expression": each.licence}],
            }
            for purl, each in sorted(parts.items())
        ],
        "dependencies": [{"ref": "retinue", "dependsOn": sorted(parts)}],
    }
    return json.dumps(document, indent=2) + "\n"


def _purl(component: Component) -> str:
    kind = "pypi" if component.kind == "server" else "npm"
    return f"pkg:{kind}/{component.name.replace('@', '%40')}@{component.version}"


def main() -> None:
    """Write the bill of materials of this version to the file that is named."""
    file = Path(sys.argv[1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(bill_of_materials(__version__), encoding="utf-8")
    print(f"wrote {file}")


if __name__ == "__main__":
    main()
