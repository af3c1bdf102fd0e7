"""The gate of queries: a parameter that an operation does not know is refused and named, as unknown fields of bodies are."""

from collections.abc import Iterator
from typing import get_args, get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from retinue.core.errors import FieldProblem, InvalidError

_NAMES = "retinue_query_names"


class QueryUnknownError(InvalidError):
    """The query has a parameter that is not supported here."""

    code = "query_unknown"


def refuse_unknown(request: Request) -> None:
    """Demand that each parameter of the query is one of the operation's, given once unless it takes several values.

    Raises ``QueryUnknownError`` naming each that is not.
    """
    if not request.scope["query_string"]:
        return
    known, repeatable = _known(request.scope["route"])
    given = [name for name, _ in request.query_params.multi_items()]
    fields = [
        FieldProblem(name, "is not supported here", _remedy(known)) for name in dict.fromkeys(given) if name not in known
    ]
    twice = [name for name in dict.fromkeys(given) if name in known - repeatable and given.count(name) > 1]
    fields += [FieldProblem(name, "is given more than once", "Give it once.") for name in twice]
    if fields:
        first = fields[0]
        raise QueryUnknownError(f"{first.field}: {first.message}.", remedy=first.remedy, fields=tuple(fields))


def _known(route: APIRoute) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the operation's parameters, and those among them that take several values."""
    names: tuple[frozenset[str], frozenset[str]] | None = getattr(route, _NAMES, None)
    if names is None:
        fields = list(_fields(route.dependant))
        several = frozenset(name for name, annotation in fields if _is_list(annotation))
        names = frozenset(name for name, _ in fields), several
        setattr(route, _NAMES, names)
    return names


def _is_list(annotation: object) -> bool:
    return any(get_origin(each) is list for each in (annotation, *get_args(annotation)))


def _fields(dependant: Dependant) -> Iterator[tuple[str, object]]:
    for each in dependant.query_params:
        yield each.alias, each.field_info.annotation
    for inner in dependant.dependencies:
        yield from _fields(inner)


def _remedy(known: frozenset[str]) -> str:
    return (
        f"Leave it out; this operation takes {', '.join(sorted(known))}." if known else "Leave it out; there are none here."
    )
