"""A plan as it is shown at the terminal: what is created, changed field by field, and deleted."""

import json
from collections import Counter
from collections.abc import Sequence
from difflib import unified_diff
from typing import Any

_MARKS = {"create": "+", "change": "~", "delete": "-"}
_WIDEST = 100
_MOST_LINES = 40


def summary(plan: Any) -> str:
    """Count what a plan does."""
    counts = Counter(each["action"] for each in plan["changes"])
    done = {"create": "created", "change": "changed", "delete": "deleted", "unchanged": "unchanged"}
    if not plan["is_applied"]:
        done = {"create": "to create", "change": "to change", "delete": "to delete", "unchanged": "unchanged"}
    return ", ".join(f"{counts[action]} {word}" for action, word in done.items() if counts[action]) or "nothing"


def plan_lines(plan: Any) -> list[str]:
    """Write a plan as lines of text."""
    shown = [each for each in plan["changes"] if each["action"] != "unchanged"]
    if not shown:
        return [f"No changes. {len(plan['changes'])} unchanged."]
    lines: list[str] = []
    for each in shown:
        place = f"  ({each['file']})" if each["file"] else ""
        lines.append(f"{_MARKS[each['action']]} {each['action']} {each['kind']} {each['name']}{place}")
        lines += [line for field in each["fields"] for line in _field_lines(field, is_new=each["action"] == "create")]
    lines += ["", f"Plan: {summary(plan)}."]
    lines += [f"Secret to set: {each['kind']} {each['name']}, {each['field']}." for each in plan["missing_secrets"]]
    return lines


def _field_lines(field: Any, *, is_new: bool) -> list[str]:
    name, before, after = field["field"], field["before"], field["after"]
    if is_new:
        return [f"    {name}: {_short(after)}"]
    if isinstance(before, str) and isinstance(after, str) and ("\n" in before or "\n" in after):
        return [f"    {name}:", *_text_lines(before, after)]
    return [f"    {name}: {_short(before)} → {_short(after)}"]


def _text_lines(before: str, after: str) -> list[str]:
    found = list(unified_diff(before.splitlines(), after.splitlines(), n=1, lineterm=""))[2:]
    lines = [f"      {line}" for line in found if not line.startswith("@@")]
    if not lines:
        return ["      (the last line break differs)"]
    return lines if len(lines) <= _MOST_LINES else [*lines[:_MOST_LINES], f"      … {len(lines) - _MOST_LINES} more lines"]


def _short(value: Any) -> str:
    if value is None:
        return "—"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"


def problem_lines(problems: Sequence[Any]) -> list[str]:
    """Write problems as compilers do: file, line, column, what is wrong, and what to do."""
    lines: list[str] = []
    for each in problems:
        place = f"{each['file']}:{each['line']}:{each['column']}: " if each["file"] else ""
        field = f"{each['field']} " if each["field"] else ""
        remedy = f" {each['remedy']}" if each["remedy"] else ""
        lines.append(f"{place}{field}{each['message'].rstrip('.')}.{remedy}")
    return lines
