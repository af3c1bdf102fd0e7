"""The modules of types: one a tag for what it alone uses, and common ones; each imports only earlier ones."""

import re
from collections.abc import Iterator

from tools.client.document import Document, refs_of, snake
from tools.client.typing_of import definition

_HEAD = '"""{what}. Generated from the OpenAPI document by ``python -m tools.client``."""\n\n'
_LINES = 330
_COMMON = "common"
_TYPING = ("Any", "Literal", "NotRequired", "TypeAlias", "TypedDict")


def place_types(document: Document) -> dict[str, list[str]]:
    """Return the schemas by module, in the order in which they are defined."""
    users: dict[str, set[str]] = {}
    for tag in document.tags:
        operations = document.of_tag(tag)
        for name in document.reached(*([each.body, list(each.answers.values()), list(each.query)] for each in operations)):
            users.setdefault(name, set()).add(tag)
    homes: dict[str, list[str]] = {}
    for name in _ordered(document, sorted(users)):
        home = snake(next(iter(users[name]))) if len(users[name]) == 1 else _COMMON
        homes.setdefault(home, []).append(name)
    return {module: names for home, all_names in homes.items() for module, names in _parts(document, home, all_names)}


def type_files(document: Document, homes: dict[str, list[str]]) -> dict[str, str]:
    """Return the texts of the modules of types."""
    files = {f"types/{module}.py": _module(document, module, names, homes) for module, names in homes.items()}
    stars = "".join(f"from retinue.client.types.{module} import *\n" for module in sorted(homes))
    files["types/__init__.py"] = _HEAD.format(what="Documents that the API takes and gives") + stars
    return files


def imports_of(names: set[str], homes: dict[str, list[str]]) -> str:
    """Return the statements that import types."""
    lines: list[str] = []
    for module, defined in sorted(homes.items()):
        needed = sorted(names & set(defined))
        if needed:
            lines.append(f"from retinue.client.types.{module} import {', '.join(needed)}\n")
    return "".join(lines)


def standard_imports(text: str, typing: tuple[str, ...] = _TYPING) -> str:
    """Return the statements that import what a text uses of the standard library."""
    lines = [
        f"from {module} import {', '.join(used)}\n"
        for module, names in (("datetime", ("datetime",)), ("typing", typing), ("uuid", ("UUID",)))
        if (used := [name for name in names if re.search(rf"\b{name}\b", text)])
    ]
    return "".join(lines)


def _module(document: Document, module: str, names: list[str], homes: dict[str, list[str]]) -> str:
    needed = {ref for name in names for ref in refs_of(document.schemas[name])} - set(names)
    body = "\n\n".join(definition(document, name) for name in names)
    what = "Documents that several parts of the API share" if module.startswith(_COMMON) else f"Documents of {module}"
    head = _HEAD.format(what=what) + "from __future__ import annotations\n\n"
    exported = "__all__ = [" + ", ".join(f'"{name}"' for name in sorted(names)) + "]\n\n"
    return f"{head}{standard_imports(body)}\n{imports_of(needed, homes)}\n{exported}{body}"


def _ordered(document: Document, names: list[str]) -> list[str]:
    """Return schemas so that each comes after those which it needs, but for circles."""
    done: dict[str, None] = {}
    begun: set[str] = set()

    def visit(name: str) -> None:
        if name in begun:
            return
        begun.add(name)
        for each in sorted(set(refs_of(document.schemas[name]))):
            if each in names:
                visit(each)
        done[name] = None

    for name in names:
        visit(name)
    return list(done)


def _parts(document: Document, home: str, names: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Cut what does not fit into one file."""
    part, count, number = list[str](), 0, 1
    for name in names:
        lines = definition(document, name).count("\n") + 3 + len(name) // 60
        if part and count + lines > _LINES:
            yield (home if number == 1 else f"{home}_{number}"), part
            part, count, number = [], 0, number + 1
        part.append(name)
        count += lines
    yield (home if number == 1 else f"{home}_{number}"), part
