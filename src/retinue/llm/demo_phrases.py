"""What people naturally type, as arguments of tools: "17 times 24", "15% of 80", "the time in Tokyo". Pure."""

import re
from functools import cache
from zoneinfo import available_timezones

_SMALL = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()  # noqa: SIM905
_TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
}
_NUMBERS = {word: number for number, word in enumerate(_SMALL)} | _TENS | {"dozen": 12, "thousand": 1000}
_WORD = re.compile(rf"\b(?:a\s+(?=hundred|thousand|dozen))?({'|'.join(_NUMBERS)})\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_N = r"(-?\d+(?:\.\d+)?)"
_PHRASES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), becomes)
    for pattern, becomes in (
        (rf"{_N}\s*(?:%|per\s?cent|percent)\s+(?:of|from)\s+\$?{_N}", r"\1 / 100 * \2"),
        (rf"\b(?:divide|split)\s+\$?{_N}\s+(?:by|among|between|into)\s+{_N}", r"\1 / \2"),
        (rf"\b(?:multiply)\s+{_N}\s+(?:by|with)\s+{_N}", r"\1 * \2"),
        (rf"\b(?:subtract)\s+{_N}\s+from\s+{_N}", r"\2 - \1"),
        (rf"\b(?:add|sum of)\s+{_N}\s+(?:and|to)\s+{_N}", r"\1 + \2"),
        (rf"\b(?:product of)\s+{_N}\s+and\s+{_N}", r"\1 * \2"),
        (rf"\b(?:square\s+root|root|sqrt)\s+of\s+{_N}", r"sqrt(\1)"),
        (rf"{_N}\s+squared\b", r"\1 ^ 2"),
        (rf"{_N}\s+cubed\b", r"\1 ^ 3"),
        (r"(?<=[\d)])\s*(?:to\s+the\s+power\s+of)\s*(?=[\d(])", " ^ "),
        (r"(?<=[\d)])\s*(?:times|multiplied\s+by|[x×·])\s*(?=[\d(-])", " * "),  # noqa: RUF001 - signs of multiplication
        (r"(?<=[\d)])\s*(?:plus)\s*(?=[\d(-])", " + "),
        (r"(?<=[\d)])\s*(?:minus|less|[−–])\s*(?=[\d(])", " - "),  # noqa: RUF001 - signs of subtraction
        (r"(?<=[\d)])\s*(?:divided\s+by|over|÷)\s*(?=[\d(-])", " / "),
    )
)
_EXPRESSION = re.compile(r"-?\(*\d[\d\s.+*/%^()-]*[+*/%^-]\s*\(*\d[\d.)]*")
_ROOT = re.compile(r"sqrt\(-?\d+(?:\.\d+)?\)")

_PLACES = {
    "barcelona": "Europe/Madrid",
    "beijing": "Asia/Shanghai",
    "boston": "America/New_York",
    "california": "America/Los_Angeles",
    "china": "Asia/Shanghai",
    "delhi": "Asia/Kolkata",
    "france": "Europe/Paris",
    "frankfurt": "Europe/Berlin",
    "geneva": "Europe/Zurich",
    "germany": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "india": "Asia/Kolkata",
    "italy": "Europe/Rome",
    "miami": "America/New_York",
    "milan": "Europe/Rome",
    "mumbai": "Asia/Kolkata",
    "munich": "Europe/Berlin",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "spain": "Europe/Madrid",
    "switzerland": "Europe/Zurich",
    "washington": "America/New_York",
}


def expression_in(prompt: str) -> str | None:
    """Return the calculation that a prompt asks for, with words as signs and digits; None when there is none."""
    text = _THOUSANDS.sub("", _WORD.sub(lambda found: str(_NUMBERS[found[1].lower()]), prompt))
    for pattern, becomes in _PHRASES:
        text = pattern.sub(becomes, text)
    found = _EXPRESSION.search(text) or _ROOT.search(text)
    return None if found is None else found[0].strip()


def zone_in(prompt: str) -> str | None:
    """Return the time zone of a place that a prompt names, the longest name first; None when it names none."""
    words = re.sub(r"[^a-z/_+-]+", " ", prompt.lower()).replace("_", " ")
    padded = f" {words} "
    return next((zone for place, zone in _zones() if f" {place} " in padded), None)


@cache
def _zones() -> tuple[tuple[str, str], ...]:
    places = {name.lower().replace("_", " "): name for name in available_timezones() if "/" in name}
    cities = {place.rpartition("/")[2]: zone for place, zone in sorted(places.items()) if not place.startswith("etc/")}
    known = cities | places | _PLACES | {"utc": "UTC", "gmt": "UTC"}
    return tuple(sorted(known.items(), key=lambda each: -len(each[0])))
