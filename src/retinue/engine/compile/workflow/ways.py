"""The ways through a workflow's graph, and what a node's end means for the nodes behind it.

LangGraph alone runs a node twice when two branches of unequal length lead to it, and never when it waits for a branch that
was not taken. Here every way carries a token instead, *live* or *skipped*: a node with one way into it is entered when its
token is live, and passes a skip on; a node with several decides when it has seen enough of them.

Inside a circle in which branches race to a node that works at the first of them, a token also names the round that it is of:
what comes late counts for no later round.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

from retinue.engine.spec.workflow.nodes import AnyNode, Body, Edge, ErrorRoute, NoteNode, Working
from retinue.engine.spec.workflow.values import END, START

BACK: Final = "back"
FIRED: Final = "fired"
DROP: Final = "drop"
ROUND: Final = "round"
AT: Final = "at"

Rounds = Mapping[str, int]
"""How often each way that closes a circle had been taken, by its index as a text; none: never."""
_NEVER: Final[Rounds] = {}


@dataclass(frozen=True, slots=True)
class Way:
    """A way from a node to the next: an edge, or (``edge`` None) the route of an error."""

    index: int
    source: str
    target: str
    edge: Edge | None

    @property
    def is_back(self) -> bool:
        """Whether the way closes a circle: it is bounded, and no join waits for it."""
        return self.edge is not None and self.edge.max_visits is not None


@dataclass(frozen=True)
class Ways:
    """The ways of one graph. Made once for a version of a workflow."""

    nodes: Mapping[str, Working]
    all: tuple[Way, ...]

    @cached_property
    def out(self) -> dict[str, tuple[Way, ...]]:
        """The ways that leave each node, in the document's order."""
        return {name: tuple(way for way in self.all if way.source == name) for name in (START, *self.nodes)}

    @cached_property
    def into(self) -> dict[str, tuple[Way, ...]]:
        """The ways that a node waits for; those that close a circle are not among them."""
        return {name: tuple(way for way in self.all if way.target == name and not way.is_back) for name in self.nodes}

    @cached_property
    def joined(self) -> frozenset[str]:
        """Nodes that several ways lead to, or one that closes a circle: they look at their tokens before they work."""
        entered_again = {way.target for way in self.all if way.is_back}
        return frozenset(name for name, ways in self.into.items() if len(ways) > 1 or name in entered_again)

    @cached_property
    def circles(self) -> dict[int, frozenset[str]]:
        """For each way that closes a circle, the nodes on the circle."""
        ahead: dict[str, list[str]] = {name: [] for name in self.nodes}
        behind: dict[str, list[str]] = {name: [] for name in self.nodes}
        for way in self.all:
            if not way.is_back and way.source in self.nodes and way.target in self.nodes:
                ahead[way.source].append(way.target)
                behind[way.target].append(way.source)
        return {
            way.index: frozenset((_reach(ahead, way.target) & _reach(behind, way.source)) | {way.source, way.target})
            for way in self.all
            if way.is_back
        }

    @cached_property
    def racing(self) -> dict[str, frozenset[str]]:
        """For each node, the circles around it in which branches race to a node, by the ways that close them."""
        found: dict[str, set[str]] = {name: set() for name in self.nodes}
        for way in self.all:
            circle = self.circles.get(way.index, frozenset())
            if any(name != way.target and self._is_raced_to(name, circle) for name in circle):
                for name in circle:
                    found[name].add(str(way.index))
        return {name: frozenset(its) for name, its in found.items()}

    def _is_raced_to(self, name: str, circle: frozenset[str]) -> bool:
        return self.nodes[name].join == "any" and sum(way.source in circle for way in self.into[name]) > 1

    def shared(self, source: str, target: str, rounds: Rounds) -> dict[str, int]:
        """Return the part of a node's rounds that another node is in too."""
        around = self.racing.get(source, frozenset()) & self.racing.get(target, frozenset())
        return {circle: rounds.get(circle, 0) for circle in sorted(around)}


def _reach(following: dict[str, list[str]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for each in following[waiting.pop()]:
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def ways_of(nodes: Sequence[AnyNode], edges: Sequence[Edge]) -> Ways:
    """Return the ways of a graph that has been found valid; see ``engine.spec.workflow.reading``."""
    working = {node.id: node for node in nodes if not isinstance(node, NoteNode)}
    made = [Way(index, edge.source, edge.target, edge) for index, edge in enumerate(edges)]
    for name, node in working.items():
        if isinstance(node.on_error, ErrorRoute) and node.on_error.goto is not None:
            made.append(Way(len(made), name, node.on_error.goto, None))
    return Ways(working, tuple(made))


def ways_of_body(body: Body) -> Ways:
    """Return the ways of a map's or a loop's body; without edges its nodes follow one another."""
    if body.edges:
        return ways_of(body.nodes, body.edges)
    row = [START, *(node.id for node in body.nodes if not isinstance(node, NoteNode)), END]
    return ways_of(body.nodes, [Edge.model_validate({"from": one, "to": other}) for one, other in pairwise(row)])


Tokens = dict[str, "bool | int | list[str] | Rounds"]
"""The tokens of a joined node: by the index of a way whether it is live; under ``FIRED`` that the node has worked or was
passed over; under ``BACK`` that it is entered again; under ``ROUND`` the rounds of the circles around it. In an update
``DROP`` names what is removed first, and ``AT`` of which rounds it is."""


def rounds_in(tokens: Tokens, key: str = ROUND) -> Rounds:
    """Return the rounds that tokens, or an update of them, name."""
    found = tokens.get(key)
    return found if isinstance(found, Mapping) else _NEVER


def merge_tokens(left: Tokens, right: Tokens) -> Tokens:
    """Put an update of a joined node's tokens onto what it had, unless it is of an earlier round; reduces its channel."""
    known = rounds_in(left)
    if any(known.get(circle, 0) > count for circle, count in rounds_in(right, AT).items()):
        return left
    dropped = right.get(DROP)
    gone = frozenset(dropped) if isinstance(dropped, list) else frozenset[str]()
    kept = {key: value for key, value in left.items() if key not in gone}
    made = kept | {key: value for key, value in right.items() if key not in {DROP, AT, ROUND}}
    return made | {ROUND: {**known, **rounds_in(right)}} if ROUND in right else made


def later_rounds(left: Mapping[str, Rounds] | None, right: Mapping[str, Rounds]) -> dict[str, Rounds]:
    """Put together of which rounds nodes are entered: the later counts. The reducer of their channel."""
    merged = dict(left or {})
    for name, rounds in right.items():
        known = merged.get(name, _NEVER)
        merged[name] = {circle: max(known.get(circle, 0), rounds.get(circle, 0)) for circle in {**known, **rounds}}
    return merged


def joined_updates(first: Tokens, second: Tokens) -> Tokens:
    """Return one update that does what two do, one after the other: what the second drops, the first does not write."""
    dropped = [each for update in (first, second) if isinstance(each_list := update.get(DROP), list) for each in each_list]
    gone = second.get(DROP)
    kept = {key: value for key, value in first.items() if not isinstance(gone, list) or key not in gone}
    return {**kept, **second, **({DROP: dropped} if dropped else {})}


@dataclass(slots=True)
class Moves:
    """What follows from a node's end: the nodes that are entered, and what is written for those that join."""

    entered: list[str] = field(default_factory=list[str])
    tokens: dict[str, Tokens] = field(default_factory=dict[str, Tokens])
    taken: Way | None = None
    """The way that closes a circle, when it was taken."""
    rounds: dict[str, Rounds] = field(default_factory=dict[str, Rounds])
    """Of which rounds the nodes are entered that one way leads to."""

    def enter(self, name: str) -> None:
        """Enter a node, once."""
        if name not in self.entered:
            self.entered.append(name)

    def write(self, name: str, update: Tokens) -> None:
        """Write for a joined node, and enter it so that it looks."""
        self.tokens[name] = joined_updates(self.tokens.get(name, {}), update)
        self.enter(name)


def follow(ways: Ways, name: str, taken: Iterable[Way], rounds: Rounds = _NEVER) -> Moves:
    """Return what follows when a node ends and these ways are taken; none: the node was passed over.

    ``rounds`` are those that the node was entered in. A way that closes a circle goes alone: what else leaves the node is
    decided when the node ends again.
    """
    chosen = list(taken)
    moves = Moves()
    back = next((way for way in chosen if way.is_back), None)
    if back is not None:
        _go_back(ways, back, moves, rounds)
        return moves
    live = {way.index for way in chosen}
    waiting = [(way, way.index in live) for way in ways.out[name] if not way.is_back]
    while waiting:
        way, is_live = waiting.pop(0)
        if way.target == END:
            continue
        if way.target in ways.joined:
            at = ways.shared(name, way.target, rounds)
            moves.write(way.target, {str(way.index): is_live, **({AT: at} if at else {})})
        elif is_live:
            moves.enter(way.target)
            if any((inside := ways.shared(name, way.target, rounds)).values()):
                moves.rounds[way.target] = inside
        else:
            waiting += [(each, False) for each in ways.out[way.target] if not each.is_back]
    return moves


def _go_back(ways: Ways, back: Way, moves: Moves, rounds: Rounds) -> None:
    circle, key = ways.circles[back.index], str(back.index)
    moves.taken = back
    for name in sorted(circle & ways.joined):
        inside = [str(way.index) for way in ways.into[name] if way.source in circle]
        update: Tokens = {DROP: [*inside, FIRED]}
        if at := ways.shared(back.source, name, rounds):
            update[AT] = at
        if key in at:
            update[ROUND] = {key: at[key] + 1}
        if name == back.target:
            moves.write(name, update | {BACK: True})
        else:
            moves.tokens[name] = update
    moves.enter(back.target)


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """What a joined node does when it is entered: ``is_live`` True: it works; False: it is passed over; None: it waits."""

    is_live: bool | None
    update: Tokens


def enter(ways: Ways, name: str, tokens: Tokens) -> NodeEntry:
    """Decide by its tokens what a joined node does."""
    if tokens.get(BACK):
        return NodeEntry(is_live=True, update={DROP: [BACK], FIRED: True})
    if tokens.get(FIRED):
        return NodeEntry(is_live=None, update={})
    seen = [bool(tokens[str(way.index)]) for way in ways.into[name] if str(way.index) in tokens]
    is_complete = len(seen) == len(ways.into[name])
    if any(seen) and (is_complete or ways.nodes[name].join == "any"):
        return NodeEntry(is_live=True, update={FIRED: True})
    if is_complete and not any(seen):
        return NodeEntry(is_live=False, update={FIRED: True})
    return NodeEntry(is_live=None, update={})
