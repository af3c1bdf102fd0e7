"""Keeping an agent's secrets out of everything that is recorded or streamed of its runs.

A secret is never told to a model by the platform, but a model may learn one all the same: a person types it, or a called
service hands out what another was sent. So each exact occurrence in what models and tools say is replaced, and goes no
further, to other tools neither. An agent without secret variables has no redactor and pays nothing.
"""

import re
from collections.abc import Iterable

from retinue.core.json import Json
from retinue.engine.ports import NOTICE, DeltaSink

MARK = "[secret]"
SHORTEST = 6
"""A shorter secret is not looked for: it would be found in everything."""


class Redactor:
    """Replaces secrets by a mark; of secrets that overlap, the one that begins first, then the longer."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Take the secrets, at least one, each of at least ``SHORTEST`` characters."""
        self.secrets = tuple(sorted(set(secrets), key=len, reverse=True))
        self._pattern = re.compile("|".join(map(re.escape, self.secrets)))

    @classmethod
    def of(cls, values: Iterable[str]) -> "Redactor | None":
        """Return a redactor of the values that are long enough, or None when there are none."""
        secrets = [value for value in values if len(value) >= SHORTEST]
        return cls(secrets) if secrets else None

    def text(self, text: str) -> str:
        """Return a text without secrets."""
        return self._pattern.sub(MARK, text)

    def document(self, document: Json) -> Json:
        """Return a document without secrets, in its keys either."""
        if isinstance(document, str):
            return self.text(document)
        if isinstance(document, list):
            return [self.document(item) for item in document]
        if isinstance(document, dict):
            return {self.text(key): self.document(item) for key, item in document.items()}
        return document

    def content(self, content: bytes) -> bytes:
        """Return the content of a file without secrets."""
        for secret in self.secrets:
            content = content.replace(secret.encode(), MARK.encode())
        return content

    def first(self, text: str) -> tuple[int, int] | None:
        """Return where the first secret of a text begins and ends."""
        match = self._pattern.search(text)
        return None if match is None else match.span()


class Stream:
    """A text that comes in pieces, without secrets: what may be the beginning of one is held back until it is known."""

    def __init__(self, redactor: Redactor, sink: DeltaSink) -> None:
        """Take where the clean pieces go, each with its kind."""
        self._redactor = redactor
        self._sink = sink
        self._held: dict[str, str] = {}

    def take(self, kind: str, chunk: str) -> None:
        """Take a piece; pass on all that is known to be no secret. See ``engine.ports.DeltaSink``."""
        if kind == NOTICE:
            self._sink(kind, self._redactor.text(chunk))
            return
        text, passed = self._held.get(kind, "") + chunk, ""
        while True:
            found, doubtful = self._redactor.first(text), _doubtful_from(text, self._redactor.secrets)
            if found is None or found[0] >= doubtful:
                break
            passed += text[: found[0]] + MARK
            text = text[found[1] :]
        self._held[kind] = text[doubtful:]
        passed += text[:doubtful]
        if passed:
            self._sink(kind, passed)

    def end(self) -> None:
        """Pass on what was held back: nothing more comes."""
        held, self._held = self._held, {}
        for kind, text in held.items():
            if text:
                self._sink(kind, self._redactor.text(text))


def _doubtful_from(text: str, secrets: tuple[str, ...]) -> int:
    """Return from where on a text might be the beginning of a secret; its length when it cannot be."""
    earliest = len(text)
    for secret in secrets:
        place = text.find(secret[0], max(0, len(text) - len(secret) + 1))
        while 0 <= place < earliest:
            if secret.startswith(text[place:]):
                earliest = place
            place = text.find(secret[0], place + 1)
    return earliest
