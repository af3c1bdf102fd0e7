"""A workflow as a program for LangGraph alone: readable, without an import of ours, and with the same state at its end.

What plain LangGraph cannot say (nodes that wait for ways which may never be taken, ways back with a bound) is a class in the
program itself. What a program cannot do by itself is listed as gaps.
"""

from dataclasses import dataclass, field
from typing import Final

from retinue.engine.compile.workflow.ways import Ways as Graph
from retinue.engine.compile.workflow.ways import ways_of, ways_of_body
from retinue.engine.export import helpers
from retinue.engine.export.bodies import functions_of_loop, functions_of_map
from retinue.engine.export.names import Names, bare, names_in, tidied
from retinue.engine.export.nodes import Gap, Setting, Ways, function_of
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import ErrorRoute, LoopNode, MapNode, Working
from retinue.engine.spec.workflow.values import END, START

_LEFT_OUT: Final = ("retry", "timeout", "idle_timeout", "cache")


@dataclass(frozen=True, slots=True)
class Program:
    """A Python module, and what it does not do."""

    source: str
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class _Parts:
    functions: list[str] = field(default_factory=list[str])
    graphs: list[str] = field(default_factory=list[str])
    used: set[str] = field(default_factory=set[str])
    gaps: list[Gap] = field(default_factory=list[Gap])


def python_program(workflow: Workflow, version: int | None = None) -> Program:
    """Return a workflow as a program. The workflow is valid; see ``engine.spec.workflow.reading``."""
    names, parts = Names((*workflow.state, "graph")), _Parts()
    _write_graph(workflow, ways_of(workflow.nodes, workflow.edges), _Around((), "", is_loop=False), (names, parts), "GRAPH")
    output = _output(workflow, parts)
    if "run" in parts.used or "variables" in parts.used:
        parts.gaps.append(Gap("", "RUN and VARIABLES at the top are yours to fill in."))
    limits = workflow.limits
    if limits.max_cost_usd is not None or limits.timeout_seconds != type(limits)().timeout_seconds:
        parts.gaps.append(Gap("/limits", "cost and time are not limited."))
    head = _head(workflow, version, parts)
    return Program("\n".join([*head, *parts.functions, *parts.graphs, *output]) + "\n", tuple(parts.gaps))


@dataclass(frozen=True, slots=True)
class _Around:
    path: tuple[str, ...]
    prefix: str
    is_loop: bool


def _write_graph(workflow: Workflow, graph: Graph, around: _Around, told: tuple[Names, _Parts], called: str) -> None:
    """Write the functions and the graph of a workflow or of a body, those of bodies within it first."""
    names, parts = told
    functions = {name: names.new(f"{around.prefix}{name}") for name in graph.nodes}
    targets = frozenset(
        node.on_error.goto for node in graph.nodes.values() if isinstance(node.on_error, ErrorRoute) and node.on_error.goto
    )
    flow = f"{called}_FLOW" if graph.joined else None
    path = "".join(f"{each}/" for each in around.path)
    setting = Setting(
        names=functions,
        fields=workflow.state,
        path=path,
        flow=flow,
        is_body=bool(around.path),
        is_loop=around.is_loop,
        error_targets=targets,
        used=parts.used,
        gaps=parts.gaps,
    )
    lines = ["builder = StateGraph(State)"]
    for name, node in graph.nodes.items():
        _note_gaps(parts, path, node)
        ways = Ways(tuple(way.edge for way in graph.out[name] if way.edge is not None))
        body = f"{called}_{functions[name].upper()}"
        if isinstance(node, MapNode | LoopNode) and not node.disabled:
            inner = _Around((*around.path, name), f"{around.prefix}{name}_", isinstance(node, LoopNode))
            _write_graph(workflow, ways_of_body(node.body), inner, told, body)
        lines += _write_node(setting, node, ways, parts, body)
    lines += _beginning(graph, flow)
    if flow is not None:
        parts.used.add("flow")
        parts.functions += ["", "", *_flow(graph, flow)]
    parts.graphs += ["", *([""] if called == "GRAPH" else []), *lines, f"{called} = builder.compile()"]


def _write_node(setting: Setting, node: Working, ways: Ways, parts: _Parts, body: str) -> list[str]:
    """Write a node's functions; return the lines that put it into its graph."""
    name, function = node.id, setting.names[node.id]
    parts.functions += ["", ""]
    if isinstance(node, MapNode) and not node.disabled:
        parts.functions += tidied(functions_of_map(setting, node, ways, body))
        return [
            f"builder.add_node({name!r}, {function})",
            f"builder.add_node({name + '.item'!r}, {function}_item)",
            f"builder.add_node({name + '.end'!r}, {function}_end)",
            f"builder.add_edge({name + '.item'!r}, {name + '.end'!r})",
        ]
    if isinstance(node, LoopNode) and not node.disabled:
        parts.functions += tidied(functions_of_loop(setting, node, ways, body))
        return [
            f"builder.add_node({name!r}, {function})",
            f"builder.add_node({name + '.round'!r}, {function}_round)",
        ]
    parts.functions += tidied(function_of(setting, node, ways))
    return [f"builder.add_node({name!r}, {function})"]


def _beginning(graph: Graph, flow: str | None) -> list[str]:
    first = list(dict.fromkeys(way.target for way in graph.out[START] if way.target != END))
    if flow is not None:
        begin = f"lambda given: {flow}.leave('START', given, {first!r})"
        return [f"builder.add_node('_begin', {begin})", "builder.add_edge(START, '_begin')"]
    return [f"builder.add_edge(START, {name!r})" for name in first]


def _flow(graph: Graph, name: str) -> list[str]:
    ways = {
        source: list(dict.fromkeys(way.target for way in graph.out[source] if way.target != END))
        for source in (START, *graph.nodes)
    }
    bounds = {(way.source, way.target): way.edge.max_visits for way in graph.all if way.is_back and way.edge is not None}
    first = sorted(each for each, node in graph.nodes.items() if node.join == "any")
    lines = [f"    {source!r}: {targets!r}," for source, targets in ways.items()]
    told = f"{{{', '.join(map(repr, first))}}}" if first else "set()"
    return [
        f"{name} = Flow(",
        "    {",
        *(f"    {line}" for line in lines),
        "    },",
        f"    {bounds!r},",
        f"    {told},",
        ")",
    ]


def _note_gaps(parts: _Parts, path: str, node: Working) -> None:
    for each in _LEFT_OUT:
        if getattr(node, each) is not None:
            parts.gaps.append(
                Gap(f"{path}{node.id}/{each}", f"{each} is left out; LangGraph's add_node has one of its own.")
            )
    if node.pinned is not None:
        parts.gaps.append(Gap(f"{path}{node.id}/pinned", "the pinned result is left out."))


def _head(workflow: Workflow, version: int | None, parts: _Parts) -> list[str]:
    used, of = parts.used, "" if version is None else f", version {version}"
    title = " ".join(f"{workflow.name}{of}. {workflow.description}".split()).replace("\\", "\\\\").replace('"', "'")
    lines = [f'"""{title[:400]}', "", "A program for LangGraph alone: run(input) returns the output.", '"""', ""]
    if "json" in used or "text(" in "".join(parts.functions) or _reducers(workflow) & {"union"}:
        lines.append("import json")
    if "wait" in used:
        lines += ["import time", "from datetime import UTC, datetime, timedelta"]
    lines += ["from typing import Annotated, Any, TypedDict", ""]
    if "init_chat_model" in used:
        lines.append("from langchain.chat_models import init_chat_model")
    if "GraphBubbleUp" in used:
        lines.append("from langgraph.errors import GraphBubbleUp")
    end = "END, " if " END" in "\n".join(parts.functions).replace("[END]", " END") else ""
    lines.append(f"from langgraph.graph import {end}START, StateGraph")
    types = ["Command", *(["Send"] if "Send" in used else []), *(["interrupt"] if "interrupt" in used else [])]
    lines += [f"from langgraph.types import {', '.join(types)}", ""]
    for each in ("run", "variables"):
        if each in used:
            lines.append(f"{each.upper()}: dict[str, Any] = {{}}")
    lines.append(f"EMPTY: dict[str, Any] = { {key: each.default for key, each in workflow.state.items()}!r}")
    lines += _helpers(workflow, parts)
    return [*lines, *_state(workflow, parts), *_stubs(parts)]


def _reducers(workflow: Workflow) -> set[str]:
    return {helpers.REDUCER_NAMES.get(each.reducer, each.reducer) for each in workflow.state.values()}


def _helpers(workflow: Workflow, parts: _Parts) -> list[str]:
    """Return the helpers that the program uses, and the reducers of its state by key."""
    source, wanted = "\n".join(parts.functions), list[str]()
    by_name = {helpers.REDUCER_NAMES.get(name, name): text for name, text in helpers.REDUCERS.items()}
    wanted += [by_name[name] for name in sorted(_reducers(workflow))]
    for is_used, text in (
        (True, helpers.VIEW),
        ("after" in parts.used, helpers.AFTER),
        ("text(" in source, helpers.TEXT),
        ("collect" in parts.used, helpers.COLLECT),
        (True, helpers.LATER),
        ("inside" in parts.used, helpers.INSIDE),
        ("wait" in parts.used, helpers.WAIT),
        ("flow" in parts.used, helpers.FLOW),
    ):
        if is_used:
            wanted.append(text)
    lines = [line for text in wanted for line in ["", *text.rstrip("\n").split("\n")]]
    if "after" in parts.used:
        told = ", ".join(f"{key!r}: {_reducer(each.reducer)}" for key, each in workflow.state.items())
        lines += ["", "", f"REDUCERS: dict[str, Any] = {{{told}}}"]
    return lines


def _reducer(name: str) -> str:
    return helpers.REDUCER_NAMES.get(name, name)


def _state(workflow: Workflow, parts: _Parts) -> list[str]:
    """Return the type of the state: its keys, and what the graph keeps for itself."""
    channels = {key: f"Annotated[Any, {_reducer(each.reducer)}]" for key, each in workflow.state.items()}
    channels |= dict.fromkeys(("_input", "_item", "_index", "_last"), "Annotated[Any, later]")
    if "flow" in parts.used:
        channels["_flow"] = "Annotated[Any, merge_flow]"
    merged = "Annotated[Any, lambda old, new: {**(old or {}), **new}]"
    channels |= {"_visits": merged, "_errors": merged}
    channels["_written"] = "Annotated[Any, lambda old, new: [*(old or []), *new]]"
    for each in sorted(parts.used):
        kind, _, name = each.partition(":")
        if kind == "items":
            channels[name] = "Annotated[Any, collect]"
        elif kind == "rounds":
            channels[name] = "Annotated[Any, later]"
    if "flow" not in parts.used:
        channels["_flow"] = "Annotated[Any, later]"
    return [
        "",
        "",
        "State = TypedDict(",
        '    "State",',
        "    {",
        *(f"        {key!r}: {told}," for key, told in channels.items()),
        "    },",
        "    total=False,",
        ")",
    ]


def _stubs(parts: _Parts) -> list[str]:
    lines = list[str]()
    for each in sorted(parts.used):
        kind, _, rest = each.partition(":")
        name, _, what = rest.partition(":")
        if kind == "stub":
            message = f"Call the {what} here and return its result."
            lines += ["", "", f"def call_{name}(given: Any) -> Any:", f'    """Stands for the {what} of a node."""']
            lines.append(f"    raise NotImplementedError({message!r})")
    return lines


def _output(workflow: Workflow, parts: _Parts) -> list[str]:
    """Return the function that runs the program: it takes the config of a graph with a checkpointer, too."""
    steps = workflow.limits.max_steps * 3 + 50
    lines = ["", "", "def run(given: dict[str, Any], graph: Any = None, **config: Any) -> Any:"]
    lines += ['    """Run the workflow on an input and return its output."""']
    begun = "{key: value for key, value in EMPTY.items() if value is not None}"
    lines.append(f"    begun = {{**{begun}, '_input': given, '_flow': {{}}, '_visits': {{}}, '_errors': {{}}}}")
    lines.append(f"    done = (graph or GRAPH).invoke(begun, {{'recursion_limit': {steps}, **config}})")
    if not workflow.output:
        lines.append("    return view(done)")
    else:
        names = names_in(*workflow.output.values())
        lines += ["    state = view(done)"] if "state" in names else []
        lines += ["    input = given"] if "input" in names else []
        for each in ("run", "variables"):
            if each in names:
                parts.used.add(each)
                lines.append(f"    {each} = {each.upper()}")
        lines.append("    return {" + ", ".join(f"{key!r}: {bare(text)}" for key, text in workflow.output.items()) + "}")
    return lines
