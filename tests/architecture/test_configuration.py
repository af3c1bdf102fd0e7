"""``docs/reference/configuration.md`` lists every variable of the environment that the code reads, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_PAGE = Path("docs/reference/configuration.md")
_INTERNAL = {
    "RETINUE_READY_FD": "the supervisor tells its children by it where to report",
    "RETINUE_APP_PASSWORD": "the launcher hands it to psql, so that it is on no command line",
    "RETINUE_TEST_HOOKS": "tests only",
    "RETINUE_CRASH_AFTER_COMMIT": "tests only, with RETINUE_TEST_HOOKS=on",
}
_ENVIRONMENTS = {"environ", "environment", "env"}


def _name_of(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _read(tree: ast.AST) -> Iterator[str]:
    """Yield the variables that are read: ``environ.get("X")``, ``environ.pop("X")``, ``environ["X"]``."""
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Subscript) and _name_of(node.value) in _ENVIRONMENTS:
            key = node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"get", "pop", "getenv"}
            and _name_of(node.func.value) in _ENVIRONMENTS
            and node.args
        ):
            key = node.args[0]
        if isinstance(key, ast.Constant) and isinstance(key.value, str) and key.value.isupper():
            yield key.value


def _documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z0-9_]+)` \|", _PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_variable_that_is_read_is_documented() -> None:
    read = {
        name for file in Path("src/retinue").rglob("*.py") for name in _read(ast.parse(file.read_text(encoding="utf-8")))
    }

    assert "RETINUE_API_KEY" in read  # the search finds something
    missing = {name for name in read - _documented() - _INTERNAL.keys() if name.removesuffix("_FILE") not in _documented()}
    assert missing == set(), "declare them in a package's settings.py, or in VARIABLES of the module that reads them"


def test_every_variable_is_documented_once() -> None:
    names = re.findall(r"^\| `([A-Z0-9_]+)` \|", _PAGE.read_text(encoding="utf-8"), re.MULTILINE)

    assert sorted(names) == sorted(set(names))


def test_every_documented_variable_is_in_the_code() -> None:
    text = "\n".join(file.read_text(encoding="utf-8") for file in Path("src/retinue").rglob("*.py"))
    fields = {name.upper() for name in re.findall(r"^    (\w+): ", text, re.MULTILINE)}

    assert {
        name for name in _documented() if f'"{name}"' not in text and name.removeprefix("RETINUE_") not in fields
    } == set()
