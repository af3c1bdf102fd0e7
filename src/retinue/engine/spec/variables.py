"""Variables in texts and documents: ``{{name}}`` stands for a value. Pure; who holds the values is told elsewhere."""

import re
from collections.abc import Iterator, Mapping

from retinue.core.json import Json

NAME = r"[a-zA-Z_][a-zA-Z0-9_]*"
_PLACEHOLDER = re.compile(r"\{\{\s*(" + NAME + r")\s*\}\}")


def names_in(document: Json) -> frozenset[str]:
    """Return the names of all variables that a text, or the texts of a document (not its keys), mention."""
    return frozenset(name for text in _texts(document) for name in _PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of ``{{name}}``. A name that is not among them stays; a value is not looked into again."""
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)


def fill_document(document: Json, values: Mapping[str, str]) -> Json:
    """Put values into every text of a document, as ``fill`` does; keys stay as they are."""
    if isinstance(document, str):
        return fill(document, values)
    if isinstance(document, list):
        return [fill_document(item, values) for item in document]
    if isinstance(document, dict):
        return {key: fill_document(item, values) for key, item in document.items()}
    return document


def _texts(document: Json) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for item in document:
            yield from _texts(item)
    elif isinstance(document, dict):
        for item in document.values():
            yield from _texts(item)
