"""Secrets of an agent: whatever is said, and however it is cut into pieces, no secret of it passes."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from retinue.engine.redaction import MARK, SHORTEST, Redactor, Stream

_LETTERS = "ab "
"""Few, so that secrets overlap each other and themselves, and so that much looks like the beginning of one."""

_secrets = st.lists(st.text(_LETTERS, min_size=SHORTEST, max_size=12), min_size=1, max_size=3, unique=True)


@st.composite
def _said(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Secrets, and a text in pieces that is full of them, of parts of them, and of other things."""
    secrets = draw(_secrets)
    whole = st.sampled_from(sorted(secrets))
    part = whole.flatmap(lambda secret: st.integers(1, len(secret) - 1).map(lambda end: secret[:end]))
    text = "".join(draw(st.lists(st.one_of(whole, part, st.text(_LETTERS + "xyz", max_size=4)), max_size=8)))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    places = [0, *cuts, len(text)]
    return secrets, [text[start:end] for start, end in itertools.pairwise(places)]


@given(_said())
def test_a_stream_gives_what_the_whole_text_gives_however_it_is_cut(said: tuple[list[str], list[str]]) -> None:
    secrets, pieces = said
    redactor, passed = Redactor(secrets), list[str]()
    stream = Stream(redactor, lambda _, text: passed.append(text))

    for piece in pieces:
        stream.take("text", piece)
    stream.end()

    assert "".join(passed) == redactor.text("".join(pieces))


@given(_said())
def test_what_is_passed_on_never_holds_a_secret_at_any_moment(said: tuple[list[str], list[str]]) -> None:
    secrets, pieces = said
    redactor, passed = Redactor(secrets), list[str]()
    stream = Stream(redactor, lambda _, text: passed.append(text))

    for piece in pieces:
        stream.take("text", piece)
        plain = "".join(passed).replace(MARK, "\0")
        assert not any(secret in plain for secret in secrets)


@given(_secrets, st.text("xyz", max_size=5))
def test_kinds_of_text_are_streams_of_their_own(secrets: list[str], other: str) -> None:
    redactor, passed = Redactor(secrets), dict[str, str]()
    secret = min(secrets)

    def sink(kind: str, text: str) -> None:
        passed[kind] = passed.get(kind, "") + text

    stream = Stream(redactor, sink)
    for letter in secret:
        stream.take("text", letter)
        stream.take("reasoning", other)
    stream.end()

    assert passed["text"] == redactor.text(secret)
    assert passed.get("reasoning", "") == other * len(secret)


def test_a_secret_that_is_part_of_another_leaves_nothing_of_the_longer() -> None:
    redactor = Redactor(["abcdef", "abcdefghi"])

    assert redactor.text("abcdefghi abcdef") == f"{MARK} {MARK}"


def test_short_values_are_not_looked_for() -> None:
    assert Redactor.of(["12345"]) is None


def test_documents_lose_their_secrets_in_keys_and_depths() -> None:
    redactor = Redactor(["abcdef"])

    assert redactor.document({"xabcdef": [{"y": "abcdef!"}, 1, None]}) == {f"x{MARK}": [{"y": f"{MARK}!"}, 1, None]}
    assert redactor.content(b"-abcdef-") == f"-{MARK}-".encode()
