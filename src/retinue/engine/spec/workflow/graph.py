"""The graph of a workflow: what cannot be reached, does not end, or writes at the same time."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations, islice, pairwise

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.workflow.arrows import Arrow, nodes_together
from retinue.engine.spec.workflow.findings import Finding, nearest, objects, pointer, text
from retinue.engine.spec.workflow.values import END, START

_CHOOSING = frozenset({"condition", "switch"})
_CONTAINERS = frozenset({"map", "loop"})
_MOST_PAIRS = 20
"""How many pairs of nodes are named for a key of the state that they may write at the same time."""


@dataclass(slots=True)
class Graph:
    """A graph of the document: nodes by their ids, and edges between nodes that exist."""

    place: tuple[str | int, ...]
    nodes: dict[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    paths: dict[str, str] = field(default_factory=dict[str, str])
    edges: list[tuple[int, JsonObject]] = field(default_factory=list[tuple[int, JsonObject]])
    arrows: list[Arrow] = field(default_factory=list[Arrow])
    is_torn: bool = False
    """Whether an edge is missing here because an end of it is unknown."""

    def out(self, name: str) -> list[tuple[int, JsonObject]]:
        """Return the edges that leave a node."""
        return [(index, edge) for index, edge in self.edges if edge.get("from") == name]

    def following(self, *, without: Arrow | None = None, forward: bool = False) -> dict[str, list[str]]:
        """Return which nodes follow which; ``forward`` leaves out the bounded edges, which close cycles."""
        found: dict[str, list[str]] = {START: [], END: [], **{name: [] for name in self.nodes}}
        for arrow in self.arrows:
            if arrow is not without and not (forward and arrow.is_bounded):
                found[arrow.source].append(arrow.target)
        return found


def findings(document: JsonObject) -> list[Finding]:
    """Return the findings of a document's graph and of the graphs inside its maps and loops."""
    state = document.get("state")
    reducers = (
        {key: text(each.get("reducer")) or "replace" for key, each in state.items() if isinstance(each, dict)}
        if isinstance(state, dict)
        else {}
    )
    found: list[Finding] = []
    for place, graph in graphs(document):
        made, problems = _built(place, graph)
        found += problems
        found += _edge_findings(made)
        found += _ways(made)
        found += _cycles(made)
        found += _writers(made, reducers)
    return found


def graphs(graph: JsonObject, place: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], JsonObject]]:
    """Give the document's graph and, at any depth, the bodies of its maps and loops, each with its place."""
    yield place, graph
    for index, node in objects(graph.get("nodes")):
        body = node.get("body")
        if node.get("type") in _CONTAINERS and isinstance(body, dict):
            yield from graphs(body, (*place, "nodes", index, "body"))


def edges_of(graph: JsonObject, *, is_body: bool) -> list[tuple[int, JsonObject]]:
    """Return the edges of a graph; a body without edges is a row of its nodes."""
    given = objects(graph.get("edges"))
    if given or not is_body:
        return given
    row = [START, *(text(node.get("id")) for _, node in objects(graph.get("nodes")) if node.get("type") != "note"), END]
    return [(-1, {"from": source, "to": target}) for source, target in pairwise(row)]


def _built(place: tuple[str | int, ...], graph: JsonObject) -> tuple[Graph, list[Finding]]:
    made, found = Graph(place), list[Finding]()
    for index, node in objects(graph.get("nodes")):
        name, path = text(node.get("id")), pointer(*place, "nodes", index, "id")
        if name in made.nodes:
            found.append(
                Finding(
                    path,
                    "duplicate_id",
                    f"Another node is called {name}.",
                    node=name,
                    suggestion="Give each node an id of its own.",
                )
            )
        elif name and node.get("type") != "note":
            made.nodes[name], made.paths[name] = node, pointer(*place, "nodes", index)
    for index, edge in edges_of(graph, is_body=bool(place)):
        source, problem = _end(made, index, edge, "from")
        target, other = _end(made, index, edge, "to")
        found += [each for each in (problem, other) if each is not None]
        if source and target:
            made.edges.append((index, edge | {"from": source, "to": target}))
            is_else, is_when = edge.get("else") is True, edge.get("when") is not None
            made.arrows.append(Arrow(source, target, index, edge.get("max_visits") is not None, is_when, is_else))
        else:
            made.is_torn = True
    for name, node in made.nodes.items():
        route = node.get("on_error")
        target = text(route.get("goto")) if isinstance(route, dict) else ""
        if target and target not in made.nodes:
            path, message = f"{made.paths[name]}/on_error/goto", f"No node is called {target[:80]}."
            found.append(Finding(path, "unknown_node", message, node=name, suggestion=nearest(target, made.nodes)))
            target = "".join(get_close_matches(target, made.nodes, n=1))
        if target:
            made.arrows.append(Arrow(name, target, None, is_bounded=False))
    return made, found


def _end(graph: Graph, index: int, edge: JsonObject, end: str) -> tuple[str, Finding | None]:
    """Return the node at an end of an edge; for an unknown one the name most like it, so that one typo gives one finding."""
    name, path, allowed = text(edge.get(end)), pointer(*graph.place, "edges", index, end), START if end == "from" else END
    if name in graph.nodes or name == allowed:
        return name, None
    if name in {START, END}:
        return "", Finding(path, "wrong_end", f"No edge leads {end} {name}.", suggestion=f"Name a node, or {allowed}.")
    meant = get_close_matches(name, graph.nodes, n=1)
    message = f"No node is called {name[:80]}."
    return meant[0] if meant else "", Finding(path, "unknown_node", message, suggestion=nearest(name, graph.nodes))


def _edge_findings(graph: Graph) -> Iterator[Finding]:
    for name, node in graph.nodes.items():
        edges, kind = graph.out(name), node.get("type")
        otherwise = [index for index, edge in edges if edge.get("else") is True]
        for index in otherwise[1:]:
            yield Finding(
                pointer(*graph.place, "edges", index, "else"),
                "second_else",
                f"Another edge of {name} is its else.",
                node=name,
            )
        if kind in _CHOOSING and not otherwise:
            message = f"{name} has no edge for the case that nothing else fits."
            yield Finding(graph.paths[name], "missing_else", message, node=name, suggestion='Add an edge with "else": true.')
        for index, edge in edges:
            yield from _condition_findings(graph, name, kind, index, edge)


def _condition_findings(graph: Graph, name: str, kind: Json, index: int, edge: JsonObject) -> Iterator[Finding]:
    path = pointer(*graph.place, "edges", index)
    if kind == "switch" and edge.get("when") is not None:
        yield Finding(
            f"{path}/when",
            "wrong_condition",
            "The edges of a switch have a case.",
            node=name,
            suggestion="Use case, or a condition node.",
        )
    if kind != "switch" and edge.get("case") is not None:
        yield Finding(
            f"{path}/case", "wrong_condition", "Only the edges of a switch have a case.", node=name, suggestion="Use when."
        )
    is_conditional = edge.get("when") is not None or edge.get("case") is not None
    if edge.get("else") is True and is_conditional:
        yield Finding(f"{path}/else", "wrong_condition", "An edge that is else has no condition.", node=name)
    if kind in _CHOOSING and not is_conditional and edge.get("else") is not True:
        yield Finding(
            path,
            "missing_condition",
            f"This edge of {name} does not say when it is taken.",
            node=name,
            suggestion="Add when, case or else.",
        )


def _ways(graph: Graph) -> Iterator[Finding]:
    if graph.is_torn:
        return
    following = graph.following()
    if not following[START]:
        yield Finding(
            pointer(*graph.place, "edges"),
            "no_start",
            "No edge leads from START.",
            suggestion=f'Add one: {{"from": "START", "to": "{next(iter(graph.nodes), "…")}"}}.',
        )
        return
    reached = reachable(following, START)
    for name in graph.nodes:
        if name not in reached:
            yield Finding(
                graph.paths[name],
                "unreachable",
                f"No way leads from START to {name}.",
                node=name,
                suggestion="Add an edge to it, or remove it.",
            )
        elif not following[name]:
            message = f"The way ends at {name} without an edge."
            yield Finding(
                graph.paths[name], "dead_end", message, severity="warning", node=name, suggestion='Add an edge to "END".'
            )


def reachable(following: dict[str, list[str]], start: str) -> set[str]:
    """Return the nodes that can be reached from a node."""
    found, waiting = set[str](), [start]
    while waiting:
        for each in following[waiting.pop()]:
            if each not in found:
                found.add(each)
                waiting.append(each)
    return found


def _cycles(graph: Graph) -> Iterator[Finding]:
    forward = graph.following(forward=True)
    reach = {name: reachable(forward, name) for name in graph.nodes}
    circle = [name for name in graph.nodes if name in reach[name]]
    for members in _groups(circle, reach):
        inside = [
            arrow
            for arrow in graph.arrows
            if arrow.source in members and arrow.target in members and arrow.index is not None
        ]
        path = pointer(*graph.place, "edges", inside[-1].index or 0) if inside else graph.paths[members[0]]
        message = f"The nodes {', '.join(members)} follow one another in a circle without a bound."
        yield Finding(
            path,
            "unbounded_cycle",
            message,
            node=members[0],
            suggestion="Set max_visits on the edge that closes the circle.",
        )
    yield from _early_exits(graph)
    everywhere = graph.following()
    for arrow in graph.arrows:
        if not arrow.is_bounded or arrow.target == END:
            continue
        path = pointer(*graph.place, "edges", arrow.index or 0, "max_visits")
        if arrow.source != arrow.target and arrow.source not in reachable(everywhere, arrow.target):
            yield Finding(
                path, "needless_bound", "This edge closes no circle.", severity="warning", suggestion="Remove max_visits."
            )
        elif graph.nodes[arrow.target].get("join") != "any" and _is_joined(graph, arrow.target):
            message = f"{arrow.target} is entered again by this edge, and waits for all of its edges."
            yield Finding(
                f"{graph.paths[arrow.target]}",
                "join_any_needed",
                message,
                node=arrow.target,
                suggestion='Set its join to "any".',
            )


def _early_exits(graph: Graph) -> Iterator[Finding]:
    """Find ways that leave a circle elsewhere than where it is decided to go round again, towards a node that joins ways.

    Such a node gets a token for each round, of which only the first can count.
    """
    forward = graph.following(forward=True)
    reach = {name: reachable(forward, name) | {name} for name in graph.nodes}
    entries = Counter(arrow.target for arrow in graph.arrows if not arrow.is_bounded)
    joined = {name for name in graph.nodes if entries[name] > 1}
    told = set[Arrow]()
    for back in (arrow for arrow in graph.arrows if arrow.is_bounded and arrow.target in graph.nodes):
        if back.source not in graph.nodes or back.source not in reach[back.target]:
            continue
        circle = {name for name in graph.nodes if name in reach[back.target] and back.source in reach[name]}
        outside = joined - circle
        for arrow in graph.arrows:
            if arrow in told:
                continue
            is_exit = arrow.source in circle and arrow.source != back.source and arrow.target in graph.nodes
            if is_exit and arrow.target not in circle and not outside.isdisjoint(reach[arrow.target]):
                told.add(arrow)
                error_route = f"{graph.paths[arrow.source]}/on_error/goto"
                yield Finding(
                    error_route if arrow.index is None else pointer(*graph.place, "edges", arrow.index),
                    "leaves_circle",
                    f"This way leaves the circle from {back.target} to {back.source} before its end, so that a node"
                    " behind it receives a token each round.",
                    node=arrow.source,
                    suggestion=f"Leave the circle from {back.source}, where it is decided to go round again.",
                )


def _is_joined(graph: Graph, name: str) -> bool:
    return sum(arrow.target == name for arrow in graph.arrows) > 1


def _groups(circle: list[str], reach: dict[str, set[str]]) -> list[list[str]]:
    groups: list[list[str]] = []
    for name in circle:
        for group in groups:
            if name in reach[group[0]] and group[0] in reach[name]:
                group.append(name)
                break
        else:
            groups.append([name])
    return groups


def _writers(graph: Graph, reducers: dict[str, str]) -> Iterator[Finding]:
    """Find nodes that may write a key of the state at the same time, where the later would silently replace the earlier."""
    writers: dict[str, list[str]] = {}
    reached = reachable(graph.following(), START)
    for name, node in graph.nodes.items():
        if name not in reached:
            continue
        for key in written(node):
            if reducers.get(key) == "replace":
                writers.setdefault(key, []).append(name)
    contested = {key: names for key, names in writers.items() if len(names) > 1}
    if not contested:
        return
    forward = graph.following(forward=True)
    reach = {name: reachable(forward, name) for name in graph.nodes}
    meeting = _meeting(graph)
    for key, names in contested.items():
        pairs = (
            (first, second)
            for first, second in combinations(names, 2)
            if second in meeting.get(first, ()) and second not in reach[first] and first not in reach[second]
        )
        for first, second in islice(pairs, _MOST_PAIRS):
            message = f"{first} and {second} may write state['{key}'] at the same time, and one would replace the other."
            yield Finding(
                graph.paths[second],
                "parallel_writers",
                message,
                node=second,
                suggestion="Give the key another reducer, or order the two.",
            )


def written(node: JsonObject) -> Iterable[str]:
    """Return the keys of the state that a node writes."""
    parts = (node.get("output"), node.get("set"))
    return [key for part in parts if isinstance(part, dict) for key in part]


def _meeting(graph: Graph) -> dict[str, set[str]]:
    """Return for each node those that may run in the same pass, bounded edges left out; nothing while there is a cycle."""
    reached = reachable(graph.following(forward=True), START) | {START}
    arrows = [each for each in graph.arrows if not each.is_bounded and each.source in reached]
    return nodes_together(arrows, {name for name in graph.nodes if _chooses(graph, name)})


def _chooses(graph: Graph, name: str) -> bool:
    return name in graph.nodes and graph.nodes[name].get("type") in _CHOOSING
