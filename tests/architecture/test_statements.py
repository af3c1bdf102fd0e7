"""Hand-written SQL is checked against the schema: every constant of every repository is prepared, without running it."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import psycopg
import pytest

import retinue
from tests.conftest import Postgres

_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_NAMED = re.compile(r"%\((\w+)\)[sbt]")
_POSITIONAL = re.compile(r"%[sbt]")


def _repositories() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(retinue.__path__, "retinue."):
        if module.name.rsplit(".", 1)[-1].startswith("repository"):
            yield importlib.import_module(module.name)


def _statements() -> Iterator[tuple[str, str]]:
    for module in _repositories():
        for name, value in vars(module).items():
            if isinstance(value, str) and value.lstrip().upper().startswith(_VERBS):
                yield f"{module.__name__}.{name}", value


def _numbered(statement: str) -> str:
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return f"${names.setdefault(match[1], len(names) + 1)}"

    text = _NAMED.sub(number, statement)
    count = iter(range(1, 1000))
    return _POSITIONAL.sub(lambda _: f"${next(count)}", text).replace("%%", "%")


@pytest.mark.parametrize(("name", "statement"), list(_statements()))
def test_statement_fits_the_schema(postgres: Postgres, name: str, statement: str) -> None:
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(f"PREPARE checked AS {_numbered(statement)}".encode())
