"""Checking a document against the format of its kind: every wrong field is named, with its place and a remedy."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from retinue.core.errors import FieldProblem
from retinue.core.validation import words_of
from retinue.manifests.models import NOT_IN_A_FILE
from retinue.manifests.types import Document, FileProblem, Path

ModelT = TypeVar("ModelT", bound=BaseModel)

_MOST_PROBLEMS = 50
_RENAMED: dict[str, str] = {
    "provider_id": "A file names the provider: provider: its name.",
    "credentials": "Credentials do not belong in a file. Set has_credentials: true, and set them on the tool.",
    "template_id": "A file holds the whole agent; copy what the template gives, or export an agent made from it.",
    "id": "A file names a resource by kind and name.",
}


def problem_at(document: Document, path: Path, message: str, remedy: str | None) -> FileProblem:
    """Return the problem of a field of a document."""
    position = document.position_of(path)
    return FileProblem(document.file, position.line, position.column, ".".join(map(str, path)), message, remedy)


def problems_at(document: Document, fields: Iterable[FieldProblem]) -> list[FileProblem]:
    """Return the problems that an operation found, at the places of their fields."""
    return [problem_at(document, path_of(document, each.field), each.message, each.remedy) for each in fields]


def path_of(document: Document, field: str) -> Path:
    """Return the path that a field's name stands for: ``config.tools.0.name`` or a part of it that the document has."""
    parts = field.replace("provider_id", "provider").split(".")
    path: Path = ()
    for part in parts:
        longer: Path = (*path, int(part) if part.isdigit() else part)
        if longer not in document.positions:
            return longer
        path = longer
    return path


def parse(document: Document, model: type[ModelT]) -> tuple[ModelT | None, list[FileProblem]]:
    """Return a document as a model; without one, what is wrong with it."""
    try:
        return model.model_validate(document.value), []
    except ValidationError as error:
        found = error.errors(include_url=False)[:_MOST_PROBLEMS]
        return None, [_problem(document, model, each) for each in found]


def _problem(document: Document, model: type[BaseModel], error: ErrorDetails) -> FileProblem:
    path: Path = tuple(error["loc"])
    kind, context = error["type"], error.get("ctx", {})
    message, remedy = words_of(error)
    if kind == "extra_forbidden":
        return problem_at(document, path, "is not a known field", _suggestion(str(path[-1]), _fields_at(model, path[:-1])))
    if kind in ("enum", "literal_error"):
        remedy = f"Use one of: {str(context.get('expected', '')).replace(' or ', ', ')}."
        message = f"is {_quoted(error['input'])}, which is not supported"
    elif kind == "string_pattern_mismatch":
        message = f"is {_quoted(error['input'])}, which has a wrong form: it {message}"
        remedy = _description(model, path)
    elif message == NOT_IN_A_FILE:
        remedy = (
            "Remove the value, apply, and set it in the console or with PATCH /api/v1/agents/{id}/variables/{variable_id}."
        )
    return problem_at(document, path, message[:1].lower() + message[1:], remedy)


def _quoted(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"  # noqa: PLR2004 - enough to recognize it


def suggestion(given: str, known: Sequence[str]) -> str:
    """Return the remedy for a word that is none of the known ones."""
    close = get_close_matches(given, known, n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else f"Use one of: {', '.join(known)}."


def _suggestion(given: str, known: Sequence[str]) -> str:
    if given in _RENAMED:
        return _RENAMED[given]
    close = get_close_matches(given, known, n=1, cutoff=0.6)
    return f"Did you mean {close[0]}?" if close else f"Remove it. Known fields: {', '.join(known)}."


def _fields_at(model: type[BaseModel], path: Path) -> list[str]:
    found = _model_at(model, path)
    return list(found.model_fields) if found else []


def _description(model: type[BaseModel], path: Path) -> str | None:
    parent = _model_at(model, path[:-1])
    field = parent.model_fields.get(str(path[-1])) if parent else None
    return field.description if field else None


def _model_at(model: type[BaseModel], path: Path) -> type[BaseModel] | None:
    """Return the model that describes the mapping at a path."""
    found: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int):
            continue
        field = found.model_fields.get(part) if found else None
        found = next(iter(_models_in(field.annotation)), None) if field else None
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:  # noqa: ANN401 - an annotation
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_in(part)]
