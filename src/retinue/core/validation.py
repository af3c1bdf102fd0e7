"""What Pydantic refuses, in the words of this product: what is expected, what was given instead, and the remedy.

Pydantic's own sentences ("Input should be a valid string") speak of Python, and of regular expressions. Every package that
reads a document by a model takes its messages from here. What our validators raise as ``ValueError`` is passed on as it is.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from pydantic_core import ErrorDetails

from retinue.core.errors import FieldProblem


class Words(NamedTuple):
    """A sentence about a field without its name ("must be a string, not a number"), and what to do."""

    message: str
    remedy: str | None = None


_KINDS = {
    "a string": "string_type string_unicode bytes_type bytes_invalid_encoding",
    "a whole number": "int_type int_parsing int_from_float",
    "a number": (
        "float_type float_parsing decimal_type decimal_parsing fraction_type fraction_parsing complex_type "
        "complex_str_parsing"
    ),
    "true or false": "bool_type bool_parsing",
    "a list": "list_type tuple_type set_type frozen_set_type deque_type iterable_type iteration_error",
    "an object": (
        "dict_type model_type model_attributes_type dataclass_type dataclass_exact_type mapping_type frozen_dict_type "
        "ordered_dict_type counter_type named_tuple_type arguments_type get_attribute_error no_such_attribute"
    ),
    "a date in the format of RFC 3339, such as 2026-01-31T12:00:00Z": (
        "date_type datetime_type datetime_parsing datetime_object_invalid datetime_from_date_parsing"
    ),
    "a date such as 2026-01-31": "date_parsing date_from_datetime_parsing date_from_datetime_inexact",
    "a time of the day such as 12:00:00": "time_type time_parsing",
    "a duration such as PT2M30S": "time_delta_type time_delta_parsing",
    "a URL such as https://example.com": "url_type url_parsing url_syntax_violation",
    "a UUID such as 6f1c1f0e-8a4b-4c5e-9d2a-3b7e5f60a1c2": "uuid_type uuid_parsing uuid_version",
    "null": "none_required",
}
"""What is expected, and the types of the errors that report something else."""

_EXPECTED = {kind: expected for expected, kinds in _KINDS.items() for kind in kinds.split()}

MISSING = "is missing"
"""What is said of a field that is required and not given."""

_ADD = "Add this field."
_FIELD = "Remove this field; it is not supported here."
_SENTENCES: dict[str, tuple[str, str]] = {
    "missing": (MISSING, _ADD),
    "extra_forbidden": ("is not a known field", _FIELD),
    "null": ("may not be null", "Leave it out to keep what it is."),
    "json_invalid": ("is not valid JSON", "Send a well-formed JSON document in UTF-8."),
    "json_type": ("is not valid JSON", "Send a well-formed JSON document in UTF-8."),
    "invalid_key": ("has a key that is not a string", "Write every key as a string."),
    "greater_than": ("must be greater than {gt}", "Choose a value greater than {gt}."),
    "greater_than_equal": ("must be at least {ge}", "Choose {ge} or more."),
    "less_than": ("must be less than {lt}", "Choose a value less than {lt}."),
    "less_than_equal": ("must be at most {le}", "Choose {le} or less."),
    "multiple_of": ("must be a multiple of {multiple_of}", "Choose a multiple of {multiple_of}."),
    "finite_number": ("must be a finite number", "Choose a finite number."),
    "int_parsing_size": ("is too large", "Choose a smaller number."),
    "decimal_max_digits": ("may have at most {max_digits} digits", "Choose a number of fewer digits."),
    "decimal_max_places": ("may have at most {decimal_places} decimal places", "Round the number."),
    "decimal_whole_digits": ("may have at most {whole_digits} digits before the decimal point", "Choose a smaller number."),
    "bytes_too_short": ("must have at least {min_length} bytes", "Send at least {min_length} bytes."),
    "bytes_too_long": ("may have at most {max_length} bytes", "Send at most {max_length} bytes."),
    "string_not_ascii": ("may contain ASCII characters only", "Remove the other characters."),
    "url_too_long": ("may have at most {max_length} characters", "Shorten it to {max_length} characters."),
    "url_scheme": ("must be a URL that begins with {expected_schemes}", "Write a URL that begins with {expected_schemes}."),
    "enum": ("must be {expected}", "Choose one of these values."),
    "literal_error": ("must be {expected}", "Choose one of these values."),
    "union_tag_invalid": ("must be one of {expected_tags}", "Choose one of these values."),
    "union_tag_not_found": (MISSING, _ADD),
    "date_past": ("must be in the past", "Choose an earlier date."),
    "date_future": ("must be in the future", "Choose a later date."),
    "datetime_past": ("must be in the past", "Choose an earlier date."),
    "datetime_future": ("must be in the future", "Choose a later date."),
    "timezone_naive": ("must have no time zone", "Remove the time zone."),
    "timezone_aware": ("must have a time zone", "Add the time zone, such as Z or +02:00."),
    "timezone_offset": ("must have another time zone", "Change the time zone."),
    "set_item_not_hashable": ("may not contain lists or objects", "Remove the lists and objects."),
    "recursion_depth_exceeded": ("is nested too deeply", "Nest it less deeply."),
    "recursion_loop": ("is nested in itself", "Remove the reference to itself."),
    "frozen_field": ("cannot be changed", "Leave it as it is."),
    "frozen_instance": ("cannot be changed", "Leave it as it is."),
    "missing_argument": (MISSING, _ADD),
    "missing_keyword_only_argument": (MISSING, _ADD),
    "missing_positional_only_argument": (MISSING, _ADD),
    "unexpected_keyword_argument": ("is not a known field", _FIELD),
    "unexpected_positional_argument": ("is not a known field", _FIELD),
    "multiple_argument_values": ("is given more than once", "Give it once."),
}
_STRING = "a string"
_JSON: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bool,), "a boolean"),
    ((int, float, Decimal), "a number"),
    ((str,), _STRING),
    ((list, tuple), "a list"),
    ((dict,), "an object"),
)
_NO_TEXTS = frozenset({"a whole number", "a number", "true or false", "a list", "an object", "null"})
_OF_PARSING = frozenset({"int_parsing", "float_parsing", "bool_parsing", "decimal_parsing", "fraction_parsing"})
"""Refuse a text that has the right kind, as in a query, but cannot be read."""

_FORMS: dict[str, str] = {}


def form(pattern: str, words: str) -> str:
    """Return a pattern, and remember in which words a text that does not match is refused: "may contain letters, …"."""
    assert _FORMS.setdefault(pattern, words) == words, f"{pattern} has other words elsewhere"  # noqa: S101 - when it is imported
    return pattern


def words_of(error: ErrorDetails | Mapping[str, Any]) -> Words:
    """Return what to report of an error that Pydantic found."""
    kind: str = error["type"]
    context: Mapping[str, Any] = error.get("ctx") or {}
    if kind in _EXPECTED:
        return _of_kind(kind, error.get("input"))
    if kind in _SENTENCES:
        message, remedy = (each.format_map(_Shown(context)) for each in _SENTENCES[kind])
        return Words(message, remedy)
    if kind in _SPECIAL:
        return _SPECIAL[kind](context)
    return Words("is not valid")


def field_problems(errors: Sequence[ErrorDetails], prefix: str = "") -> tuple[FieldProblem, ...]:
    """Turn Pydantic's errors into problems of fields, each as ``prefix.path.to.field``."""
    start = (prefix,) if prefix else ()
    return tuple(FieldProblem(".".join((*start, *map(str, each["loc"]))), *words_of(each)) for each in errors)


def _of_kind(kind: str, given: object) -> Words:
    expected = _EXPECTED[kind]
    if expected == "a whole number" and isinstance(given, float):
        return Words("must be a whole number, without a decimal point", "Round it, and leave the decimal point out.")
    found = _named(given)
    is_other = found and found != expected and (found != _STRING or expected in _NO_TEXTS) and kind not in _OF_PARSING
    return Words(f"must be {expected}{f', not {found}' if is_other else ''}", f"Change it to {expected}.")


def _named(given: object) -> str:
    """Return the JSON type of a value, with its article; nothing for what JSON does not have."""
    if given is None:
        return "null"
    for kinds, name in _JSON:
        if isinstance(given, kinds):
            return name
    return ""


def _too_short(context: Mapping[str, Any]) -> Words:
    least = _counted(context["min_length"], context)
    return Words(
        "may not be empty" if context["min_length"] == 1 else f"must have at least {least}", f"Give at least {least}."
    )


def _too_long(context: Mapping[str, Any]) -> Words:
    most = _counted(context["max_length"], context)
    return Words(f"may have at most {most}", f"Shorten it to {most}.")


def _counted(count: int, context: Mapping[str, Any]) -> str:
    """Return a length with its unit: only what consists of parts names its type."""
    unit = {None: "character", "Dictionary": "field"}.get(context.get("field_type"), "item")
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _unmatched(context: Mapping[str, Any]) -> Words:
    return Words(_FORMS.get(str(context.get("pattern")), "has a wrong form"))


def _own(context: Mapping[str, Any]) -> Words:
    """Return what a validator of ours says."""
    return Words(str(context.get("error", "is not valid")))


_SPECIAL = {
    "value_error": _own,
    "string_pattern_mismatch": _unmatched,
    "too_short": _too_short,
    "string_too_short": _too_short,
    "too_long": _too_long,
    "string_too_long": _too_long,
}


class _Shown(dict[str, str]):
    """What Pydantic tells of an error, as sentences show it."""

    def __init__(self, context: Mapping[str, Any]) -> None:
        super().__init__({name: _shown(value) for name, value in context.items()})

    def __missing__(self, name: str) -> str:
        return name


def _shown(value: object) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
