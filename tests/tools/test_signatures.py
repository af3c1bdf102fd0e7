"""Signatures of snippets that were written to break what reads them."""

import pytest

from retinue.tools.kinds.signatures import SignatureError, read_signature

_DEEP = [
    "def main(a: " + "int|" * 700 + "int): pass",
    "def main(a: " + "int|" * 9000 + "int): pass",
    "def main(a=" + "-" * 30_000 + "1): pass",
    "x = " + "(" * 15_000 + "1" + ")" * 15_000,
    "x = " + "a." * 15_000 + "a",
]


@pytest.mark.parametrize("source", _DEEP, ids=range(len(_DEEP)))
def test_deep_source_is_refused(source: str) -> None:
    with pytest.raises(SignatureError):
        read_signature(source)


def test_types_become_json_schema() -> None:
    source = (
        "async def main(a: list[int], b: dict[str, float] | None = None, c: Optional[str] = 'x',\n"
        "               *, d: 'bool', e=1, f: Foo):\n"
        "    '''Do it.'''\n"
    )
    signature = read_signature(source)

    assert (signature.is_async, signature.description) == (True, "Do it.")
    assert signature.schema == {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": {"type": "integer"}},
            "b": {
                "anyOf": [{"type": "object", "additionalProperties": {"type": "number"}}, {"type": "null"}],
                "default": None,
            },
            "c": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": "x"},
            "d": {"type": "boolean"},
            "e": {"default": 1},
            "f": {},
        },
        "additionalProperties": False,
        "required": ["a", "d", "f"],
    }
