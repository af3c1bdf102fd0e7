"""Writing JSON as YAML that means the same to readers of YAML 1.1 and of YAML 1.2."""

import re
from collections.abc import Sequence
from typing import Any

import yaml

from retinue.core.json import JsonObject

_WIDTH = 120
_COMMENT_WIDTH = 110
_OTHER_BREAKS = "\r\x85\u2028\u2029"
"""Line breaks of YAML 1.1 but not of 1.2, and the one that reading normalizes: written escaped."""


class _Dumper(yaml.SafeDumper):
    """Quotes what either version would not read as text; writes texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401 - PyYAML's
        """Write a value that occurs twice, twice."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's
        """Indent lists below their key."""
        del indentless
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    if any(each in text for each in _OTHER_BREAKS):
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)  # pyright: ignore[reportUnknownMemberType] - untyped


# What the core schema of YAML 1.2 reads as a number and YAML 1.1 does not: 1e3, 0o17, 08.
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+")
_Dumper.add_representer(str, _text)
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789"))  # pyright: ignore[reportUnknownMemberType] - as above


def write(document: JsonObject, comments: Sequence[str] = ()) -> str:
    """Write a document, its fields in their order, below its comments."""
    text = yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False)
    lines = [f"# {line}" for comment in comments for line in _wrapped(comment)]
    return "".join(f"{line}\n" for line in lines) + text


def _wrapped(comment: str) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in " ".join(comment.split()).split(" "):
        if line and len(line) + 1 + len(word) > _COMMENT_WIDTH:
            lines.append(line)
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines
