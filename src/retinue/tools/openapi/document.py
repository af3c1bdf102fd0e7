"""A document: its text parsed within limits, its version, and what its references point to."""

import re
from typing import Final
from urllib.parse import unquote, urljoin

import orjson

from retinue.core.json import INTEGER_DIGITS, IntegerTooLongError, Json, JsonObject, loads
from retinue.core.nesting import is_deeper
from retinue.tools.openapi.problems import DocumentError, OperationError
from retinue.tools.openapi.yaml_reader import MAX_DEPTH, read_yaml

_HOPS: Final = 20
_SHOWN: Final = 200
_VERSION: Final = re.compile(r"3\.[01](?:\.\d+)?(?:-\w+)?")


def object_of(value: Json) -> JsonObject:
    """Return the value when it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def list_of(value: Json) -> list[Json]:
    """Return the value when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text_of(value: Json, most: int) -> str:
    """Return the value as one text of at most so many characters; empty for anything that is not a text or number."""
    return str(value).replace("\0", "").strip()[:most] if isinstance(value, str | int | float) else ""


def parse_document(text: str) -> JsonObject:
    """Read a document, JSON or YAML 1.2. Raises ``DocumentError`` that names what is wrong and where."""
    document = _parsed(text.removeprefix("\ufeff"))
    if not isinstance(document, dict):
        raise DocumentError("is not an object")
    if is_deeper(document, MAX_DEPTH):
        raise DocumentError(f"is nested more than {MAX_DEPTH} levels deep", "Nest it less deeply.")
    _check_version(document)
    return document


def _parsed(text: str) -> Json:
    try:
        return loads(text)
    except IntegerTooLongError:
        message = f"has a number of more than {INTEGER_DIGITS:,} digits"
        raise DocumentError(message, "Write a shorter number, or a string in quotes.") from None
    except orjson.JSONDecodeError as error:
        if text.lstrip()[:1] == "{" and ('"openapi"' in text[:2000] or '"swagger"' in text[:2000]):
            # What follows is as good as certainly JSON, and its error is the one that helps.
            try:
                return read_yaml(text)
            except DocumentError:
                place = f"line {error.lineno}, column {error.colno}"
                raise DocumentError(f"is not JSON: {error.msg} at {place}") from None
    except UnicodeError:
        raise DocumentError("holds characters that are not valid Unicode", "Save it as UTF-8.") from None
    return read_yaml(text)


def _check_version(document: JsonObject) -> None:
    swagger = document.get("swagger")
    if swagger is not None:
        if str(swagger) not in {"2.0", "2"}:
            raise DocumentError(f"has the Swagger version {text_of(swagger, 40)}", "Convert it to OpenAPI 3.0 or 3.1.")
        return
    version = document.get("openapi")
    if not isinstance(version, str | float) or not _VERSION.fullmatch(str(version)):
        shown = f"has the OpenAPI version {text_of(version, 40)}" if version else "has no field openapi or swagger"
        raise DocumentError(f"{shown}; 3.0, 3.1 and Swagger 2.0 are supported")


class References:
    """What the references of one document point to."""

    def __init__(self, document: JsonObject, source_url: str | None) -> None:
        """Take the document, and its own URL, by which it may refer to itself."""
        self.document = document
        self.is_30 = not str(document.get("openapi", "3.0")).startswith("3.1")
        self._source_url = source_url
        self._found: dict[str, Json] = {}

    def follow(self, value: Json) -> Json:
        """Return what a value refers to, or the value itself; fields beside ``$ref`` replace those of the target in 3.1.

        Raises ``OperationError`` for a target that is not there, in another document, or refers to itself.
        """
        beside: list[JsonObject] = []
        for _ in range(_HOPS):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not isinstance(value, dict) or not isinstance(reference, str):
                return self._joined(value, beside)
            beside.append(value)
            value = self.at(reference)
        raise OperationError(f"its reference {_clip(beside[-1].get('$ref'))} refers to itself")

    def _joined(self, value: Json, beside: list[JsonObject]) -> Json:
        if not beside or self.is_30 or not isinstance(value, dict) or not any(len(each) > 1 for each in beside):
            return value
        joined = dict(value)
        for each in reversed(beside):
            joined |= {name: field for name, field in each.items() if name != "$ref"}
        return joined

    def at(self, reference: str) -> Json:
        """Return what a reference points to. Raises ``OperationError`` when it is not there or in another document."""
        if reference not in self._found:
            self._found[reference] = self._at(reference)
        return self._found[reference]

    def _at(self, reference: str) -> Json:
        address, _, pointer = reference.partition("#")
        if address and (
            self._source_url is None or urljoin(self._source_url, address) != self._source_url.partition("#")[0]
        ):
            raise OperationError(f"it refers to another document ({_clip(reference)}); bundle the documents into one")
        place: Json = self.document
        for part in pointer.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(place, dict) and key in place:
                place = place[key]
            elif isinstance(place, list) and key.isdecimal() and int(key) < len(place):
                place = place[int(key)]
            else:
                raise OperationError(f"it refers to {_clip(reference)}, which is not there")
        if pointer and not pointer.startswith("/"):
            raise OperationError(f"it refers to the anchor {_clip(reference)}; only JSON pointers are followed")
        return place


def _clip(reference: Json) -> str:
    return text_of(reference, _SHOWN)
