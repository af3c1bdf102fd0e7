"""The ways from node to node, and which of them may be taken in the same pass."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from retinue.engine.spec.workflow.values import START


@dataclass(frozen=True, slots=True)
class Arrow:
    """An edge as the checks see it; ``index`` None: an error's route."""

    source: str
    target: str
    index: int | None
    is_bounded: bool
    is_when: bool = False
    is_else: bool = False


def are_alternatives(one: Arrow, other: Arrow, choosing: AbstractSet[str]) -> bool:
    """Say whether of two ways from a node only one is ever taken: what else excludes are the edges with a condition."""
    if one.source != other.source or one is other:
        return False
    if one.index is None or other.index is None or one.source in choosing:
        return True
    return (one.is_else and other.is_when) or (other.is_else and one.is_when)


def nodes_together(arrows: Sequence[Arrow], choosing: AbstractSet[str]) -> dict[str, set[str]]:
    """Return for each node those that may run in the same pass; nothing when the arrows close a cycle.

    ``choosing`` are the nodes that take one of their ways. Joins are not looked at, so a pair too many may be returned.
    """
    before: dict[str, set[str]] = {START: set()}
    for arrow in arrows:
        before.setdefault(arrow.target, set()).add(arrow.source)
    try:
        place = {name: number for number, name in enumerate(TopologicalSorter(before).static_order())}
    except CycleError:  # has a finding of its own
        return {}
    ordered = sorted(arrows, key=lambda each: place[each.source])
    incoming: dict[str, int] = {}
    for number, arrow in enumerate(ordered):
        incoming[arrow.target] = incoming.get(arrow.target, 0) | 1 << number
    rows = _arrows_together(ordered, choosing)
    partners = dict.fromkeys(incoming, 0)
    for number, arrow in enumerate(ordered):
        partners[arrow.target] |= rows[number]
    return {name: {other for other in incoming if other != name and partners[name] & incoming[other]} for name in incoming}


def _arrows_together(ordered: Sequence[Arrow], choosing: AbstractSet[str]) -> list[int]:
    """Return for each arrow, as bits, those that may be taken in the same pass. Sources come in their order.

    Two are taken together when they leave one node and are no alternatives, or when the later one may follow an arrow that
    is taken together with the earlier one.
    """
    rows, entering = [0] * len(ordered), dict[str, list[int]]()
    for later, arrow in enumerate(ordered):
        row = 1 << later
        for one in entering.get(arrow.source, ()):
            row |= rows[one]
        for earlier in range(later - 1, -1, -1):
            if ordered[earlier].source != arrow.source:
                break
            bit = 1 << earlier
            row = row & ~bit if are_alternatives(ordered[earlier], arrow, choosing) else row | bit
        rows[later] = row
        rest = row & ~(1 << later)
        while rest:
            bit = rest & -rest
            rows[bit.bit_length() - 1] |= 1 << later
            rest ^= bit
        entering.setdefault(arrow.target, []).append(later)
    return rows
