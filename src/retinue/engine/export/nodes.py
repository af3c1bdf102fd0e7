"""The function of each node in an exported program."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from retinue.core.json import Json
from retinue.engine.compile.workflow.templates import given_of
from retinue.engine.export.names import bare, enclosed, filled, indented, names_in
from retinue.engine.spec.workflow.document import StateField
from retinue.engine.spec.workflow.nodes import (
    ApprovalNode,
    CodeNode,
    ConditionNode,
    Edge,
    ErrorRoute,
    ModelNode,
    QuestionNode,
    SwitchNode,
    TransformNode,
    WaitForEventNode,
    WaitUntilNode,
    Working,
)
from retinue.engine.spec.workflow.values import END, seconds_of

_LINE: Final = 100


@dataclass(frozen=True, slots=True)
class Gap:
    """What of a workflow an exported program does not do by itself, and why."""

    path: str
    message: str


@dataclass(slots=True)
class Setting:
    """What the functions of one graph share; ``flow`` names its ``Flow``, if any; ``used`` is what the program needs."""

    names: Mapping[str, str]
    fields: Mapping[str, StateField]
    path: str
    flow: str | None
    is_body: bool
    is_loop: bool
    error_targets: frozenset[str]
    used: set[str] = field(default_factory=set[str])
    gaps: list[Gap] = field(default_factory=list[Gap])


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways that leave a node: its edges, and where its errors lead."""

    edges: tuple[Edge, ...]

    @property
    def is_plain(self) -> bool:
        """Whether all of them are always taken."""
        return all(edge.when is None and not edge.otherwise and edge.case is None for edge in self.edges)


def function_of(setting: Setting, node: Working, ways: Ways) -> list[str]:
    """Return a node as a function that returns what it writes and where it leads."""
    lines = beginning(setting, node, expressions_of(node, ways))
    lines += indented(_worked(setting, node))
    return [*lines, *indented(ending(setting, node, ways))]


def beginning(setting: Setting, node: Working, expressions: list[str]) -> list[str]:
    """Return the head of a node's function: whether it is its turn, and what its expressions see."""
    lines = [f"def {setting.names[node.id]}(given: State) -> Any:", f"    {docstring(node)}"]
    if setting.flow is not None:
        lines += [f"    if (turn := {setting.flow}.enter({node.id!r}, given)) is not None:", "        return turn"]
    lines += indented(seen(setting, expressions, result=node.id))
    if node.when is not None:
        lines += [f"    if not {enclosed(node.when)}:", f"        return {leave(setting, node.id, '[]', None)}"]
    return lines


def seen(setting: Setting, expressions: list[str], *, result: str | None = None) -> list[str]:
    """Return the lines that give expressions the names that they read."""
    names, lines = names_in(*expressions), list[str]()
    if "state" in names:
        setting.used.add("view")
        lines.append("state = view(given)")
    for each in ("input", "item", "index"):
        if each in names and (each == "input" or setting.is_body):
            lines.append(f"{each} = given.get('_{each}')")
    for each in ("run", "variables"):
        if each in names:
            setting.used.add(each)
            lines.append(f"{each} = {each.upper()}")
    if result is not None and "result" in names and result in setting.error_targets:
        lines.append(f"result = given.get('_errors', {{}}).get({result!r})")
    return lines


def docstring(node: Working) -> str:
    """Return the docstring of a node in one line."""
    words = node.description or node.name or f"{node.id}, {getattr(node, 'type', '')}"
    first = " ".join(words.split())[:_LINE].rstrip().replace("\\", "\\\\")  # doubled last, so that no half of a pair is left
    return f'"""{first.replace(chr(34) * 3, chr(39) * 3).rstrip(chr(34))}"""'


def expressions_of(node: Working, ways: Ways) -> list[str]:
    """Return the expressions of a node and of the edges that leave it."""
    found = [*node.output.values(), *(edge.when for edge in ways.edges if edge.when is not None)]
    found += [each for each in (node.when, getattr(node, "on", None), getattr(node, "at", None)) if each is not None]
    found += list(_templated(given_of(node)))
    for each in ("over", "until", "correlation", "where", "code"):
        text = getattr(node, each, None)
        if isinstance(text, str):
            found.append(text)
    if isinstance(node, TransformNode):
        found += node.set.values()
    return found


def _templated(value: Json) -> Iterator[str]:
    yield filled(value)


def _worked(setting: Setting, node: Working) -> list[str]:
    """Return the lines that do a node's work: they leave ``result``, and ``update``, what is written."""
    if node.disabled:
        return ["result = None", *written(node)]
    work = [*_work(setting, node), *written(node)]
    route = node.on_error
    if route == "fail":
        return work
    setting.used.add("GraphBubbleUp")
    lines = ["try:", *indented(work), "except GraphBubbleUp:", "    raise", "except Exception as error:"]
    if isinstance(route, ErrorRoute) and route.goto is not None:
        told = "{'code': type(error).__name__, 'message': str(error), 'node': " + repr(node.id) + "}"
        update = f"{{'_errors': {{{route.goto!r}: {told}}}}}"
        return [*lines, f"    return {leave(setting, node.id, repr([route.goto]), update)}"]
    lines += ["    del error", f"    result = {route.value if isinstance(route, ErrorRoute) else None!r}"]
    if isinstance(route, ErrorRoute):
        return [*lines, *indented(written(node, is_object=isinstance(route.value, dict)))]
    return [*lines, "    update = {}"]


def written(node: Working, *, is_object: bool = True) -> list[str]:
    """Return the line that computes what a node writes."""
    made = [f"{key!r}: {bare(text)}" for key, text in node.output.items()]
    start = "**result" if isinstance(node, TransformNode) and not node.disabled and is_object else ""
    parts = [each for each in (start, *made) if each]
    return [f"update: dict[str, Any] = {{{', '.join(parts)}}}"]


def _work(setting: Setting, node: Working) -> list[str]:  # noqa: PLR0911 - one line a type of node
    path = setting.path + node.id
    if isinstance(node, ConditionNode):
        return ["result = None"]
    if isinstance(node, SwitchNode):
        return [f"result = {bare(node.on)}"]
    if isinstance(node, TransformNode):
        return ["result = {" + ", ".join(f"{key!r}: {bare(text)}" for key, text in node.set.items()) + "}"]
    if isinstance(node, CodeNode):
        return _code(node)
    if isinstance(node, ApprovalNode | QuestionNode):
        return _asking(setting, node, path)
    if isinstance(node, WaitUntilNode | WaitForEventNode):
        return _waiting(setting, node, path)
    given = given_of(node)
    if isinstance(node, ModelNode):
        setting.used.add("init_chat_model")
        model = node.model.name or "MODEL"
        setting.gaps.append(Gap(path, f"calls the model {model} by init_chat_model; its provider and key are set up there."))
        return [
            f"messages = {filled(given['messages'])}",
            "sent = [(each['role'], each['text']) for each in messages]",
            f"result = init_chat_model({model!r}).invoke(sent).text",
        ]
    kind = str(getattr(node, "type", ""))
    setting.gaps.append(Gap(path, f"is a function for you to fill in: call_{setting.names[node.id]}."))
    setting.used.add(f"stub:{setting.names[node.id]}:{kind}")
    value = given["input"] if kind != "http" else {key: each for key, each in given.items() if key != "input"}
    return [f"result = call_{setting.names[node.id]}({filled(value)})"]


def _code(node: CodeNode) -> list[str]:
    """Return a code node's lines; the value of its last expression is kept. Texts of several lines are written again."""
    tree = ast.parse(node.code)
    last = tree.body[-1] if tree.body else None
    lines = ["result = None"]
    if not isinstance(last, ast.Expr):
        return [*lines, *ast.unparse(tree).split("\n")] if tree.body else lines
    before = ast.unparse(ast.Module(tree.body[:-1], [])) if len(tree.body) > 1 else ""
    return (
        [*before.split("\n"), f"result = {ast.unparse(last.value)}"] if before else [f"result = {ast.unparse(last.value)}"]
    )


def _asking(setting: Setting, node: ApprovalNode | QuestionNode, path: str) -> list[str]:
    setting.used.add("interrupt")
    given = given_of(node)
    if isinstance(node, QuestionNode):
        asked = f"{{'ask': {filled(given['ask'])}, 'form': {node.form!r}, 'input': {filled(given['input'])}}}"
        lines = [f"result = interrupt({asked})"]
    else:
        asked = f"{{'reason': {filled(given['reason'])}, 'input': {filled(given['input'])}}}"
        lines = [
            f"answer = interrupt({asked})",
            "result = {'decision': answer['decision'], 'comment': answer.get('comment')}",
        ]
        if node.editable is not None:
            lines.append(f"result['value'] = answer.get('value', {filled(given['input'])})")
    if node.expires is not None:
        setting.gaps.append(Gap(f"{path}/expires", "nothing ends the wait for a person: who resumes the graph decides."))
        if isinstance(node, ApprovalNode):
            lines.append("result['expired'] = False")
    if node.assignees or node.role is not None or (isinstance(node, ApprovalNode) and node.quorum > 1):
        setting.gaps.append(Gap(path, "assignees, role and quorum are not checked: who resumes the graph decides."))
    return lines


def _waiting(setting: Setting, node: WaitUntilNode | WaitForEventNode, path: str) -> list[str]:
    if isinstance(node, WaitForEventNode):
        setting.used.add("interrupt")
        setting.gaps.append(
            Gap(path, "the event is what the graph is resumed with; correlation, where and expires do not count.")
        )
        return [f"result = interrupt({{'event': {node.event!r}}})"]
    setting.used.add("wait")
    setting.gaps.append(Gap(path, "the program sleeps until then; it does not outlive its process."))
    if node.after is not None:
        return [f"result = wait(datetime.now(UTC) + timedelta(seconds={seconds_of(node.after)!r}))"]
    return [f"result = wait(datetime.fromisoformat({bare(node.at or '')}))"]


def ending(setting: Setting, node: Working, ways: Ways) -> list[str]:
    """Return the lines behind a node's work: where it leads, and what it returns."""
    lines = list[str]()
    names = names_in(*(edge.when for edge in ways.edges if edge.when is not None))
    writes = bool(node.output) or isinstance(node, TransformNode)
    if "state" in names and writes:
        setting.used |= {"after", "view"}
        lines.append("state = after(state, update)")
    goto = _goto(node, ways)
    if isinstance(goto, str):
        choice = goto
    else:
        lines, choice = [*lines, *goto], "goto"
    if setting.is_body and not isinstance(node, ConditionNode | SwitchNode):
        more = ["'_last': result"]
        if setting.is_loop and writes:
            more.append("'_written': list(update.items())")
        lines.append(f"update = {{**update, {', '.join(more)}}}")
    return [*lines, f"return {leave(setting, node.id, choice, 'update')}"]


def leave(setting: Setting, name: str, goto: str, update: str | None) -> str:
    """Return the expression by which a node ends."""
    told = "" if update is None else update
    if setting.flow is not None:
        return f"{setting.flow}.leave({name!r}, given, {goto}{', ' + told if told else ''})"
    setting.used.add("Command")
    return f"Command(update={told or '{}'}, goto={goto})"


def _goto(node: Working, ways: Ways) -> str | list[str]:
    """Return the targets as an expression, or the lines that collect them as ``goto``."""
    edges = list(ways.edges)

    def target(edge: Edge) -> str | None:
        return None if edge.target == END else edge.target

    def targets(chosen: list[Edge]) -> str:
        return repr(list(dict.fromkeys(each for edge in chosen if (each := target(edge)) is not None)))

    otherwise = [edge for edge in edges if edge.otherwise]
    if isinstance(node, ConditionNode | SwitchNode):
        asked = [edge for edge in edges if not edge.otherwise]
        lines = list[str]()
        for index, edge in enumerate(asked):
            test = enclosed(edge.when or "True") if isinstance(node, ConditionNode) else _is_case(edge.case)
            lines += [f"{'elif' if index else 'if'} {test}:", f"    goto = {targets([edge])}"]
        return [*lines, "else:", f"    goto = {targets(otherwise)}"] if asked else targets(otherwise)
    if ways.is_plain:
        return targets(edges)
    always = [edge for edge in edges if edge.when is None and not edge.otherwise]
    lines = ["goto = []"]
    for edge in (each for each in edges if each.when is not None):
        lines += [f"if {enclosed(edge.when or '')}:", f"    goto += {targets([edge])} or [END]"]
    if otherwise:
        lines += ["if not goto:", f"    goto = {targets(otherwise)}"]
    lines.append("goto = [each for each in goto if each != END]")
    return [*lines, f"goto = {targets(always)} + goto"] if always else lines


def _is_case(case: Json) -> str:
    if case is None:
        return "result is None"
    if isinstance(case, bool):
        return f"result is {case}"
    if isinstance(case, str):
        return f"result == {case!r}"
    return f"type(result) is {type(case).__name__} and result == {case!r}"
