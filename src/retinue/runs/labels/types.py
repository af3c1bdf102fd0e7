"""Tags and metadata of runs: values, their limits, and how a list is filtered by them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

_KEY = re.compile(r"[^:=\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _tag(tag: str) -> str:
    if _CONTROL.search(tag):
        raise ValueError("a tag may not contain line breaks or other control characters")
    return tag


def _unique(tags: list[str]) -> list[str]:
    return list(dict.fromkeys(tags))


def _key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("a key of the metadata may not contain ':', '=' or control characters")
    return key


RunTag = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), AfterValidator(_tag)]
Tags = Annotated[
    list[RunTag],
    Field(max_length=20, description="Up to 20 tags of up to 64 characters each; duplicates are removed."),
    AfterValidator(_unique),
]
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(_key)]
MetadataValue = Annotated[str, StringConstraints(max_length=512)]
Metadata = Annotated[
    dict[MetadataKey, MetadataValue],
    Field(
        max_length=50,
        description="Up to 50 entries of your own. Keys have up to 64 characters, without `:` and `=`; values are strings "
        "of up to 512 characters.",
    ),
]


@dataclass(frozen=True, slots=True)
class Labels:
    """The tags and the metadata of a run."""

    tags: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_empty(self) -> bool:
        """Whether there are neither tags nor metadata."""
        return not self.tags and not self.metadata

    def changed(self, tags: list[str] | None, metadata: dict[str, str] | None) -> "Labels":
        """Return these labels with other tags or metadata; None leaves either as it is."""
        return Labels(self.tags if tags is None else tuple(tags), self.metadata if metadata is None else metadata)

    def rows(self) -> list[str]:
        """Return the labels as ``run_labels.label`` has them."""
        return [f"tag:{tag}" for tag in self.tags] + [f"metadata:{key}:{value}" for key, value in self.metadata.items()]


NO_LABELS = Labels()
