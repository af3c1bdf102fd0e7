"""Workflows as programs for LangGraph alone: each gives the state that the workflow gives, without an import of ours."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

import ast
import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from retinue.core.errors import InvalidError
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.compile.workflow.performer import WorkflowScope
from retinue.engine.compile.workflow.ports import Computed, Task
from retinue.engine.compile.workflow.state import input_of, state_of
from retinue.engine.export.program import Program, python_program
from retinue.engine.spec.workflow.document import Workflow
from retinue.engine.spec.workflow.nodes import CodeLimits, CodeNode
from retinue.engine.spec.workflow.reading import read

_SEED = 20_261_129
_RUNNER = """
import json, sys, traceback
answers = []
for source, given in json.load(sys.stdin):
    module = {"__name__": "program"}
    try:
        exec(compile(source, "program.py", "exec"), module)
        answers.append({"state": module["run"](given)})
    except Exception:
        answers.append({"error": traceback.format_exc()})
assert not [name for name in sys.modules if name.partition(".")[0] == "retinue"]
json.dump(answers, sys.stdout)
"""


class _BrokenError(InvalidError):
    """It is broken."""

    code = "broken"


class _Plain:
    """Computes expressions and code of this file in this process."""

    async def evaluate(self, expressions: Sequence[str], values: JsonObject) -> list[Json]:
        try:
            return [eval(each, {}, dict(values)) for each in expressions]  # noqa: S307 - written in this file
        except ZeroDivisionError:
            raise _BrokenError from None

    async def choose(self, conditions: Sequence[str], values: JsonObject) -> int | None:
        for index, each in enumerate(conditions):
            if (await self.evaluate([each], values))[0]:
                return index
        return None

    async def run(self, code: str, values: JsonObject, limits: CodeLimits) -> Computed:
        raise AssertionError(code, values, limits)


class _Hands:
    """Does the work of nodes: that of code nodes alone, which compute."""

    async def perform(self, task: Task) -> Json:
        assert isinstance(task.node, CodeNode)
        tree = ast.parse(task.node.code)
        names: dict[str, Any] = dict(task.values)
        last = tree.body.pop()
        assert isinstance(last, ast.Expr)
        exec(compile(tree, "code", "exec"), names)  # noqa: S102 - written in this file
        return eval(compile(ast.Expression(last.value), "code", "eval"), names)  # noqa: S307 - as above

    def is_recalled(self, task: Task) -> bool:
        return False

    def recall(self, task: Task) -> Json:
        raise AssertionError(task)

    def event_of(self, task: Task) -> JsonObject | None:
        raise AssertionError(task)

    def decided(self, task: Task, read: JsonObject, result: Json) -> None:
        """Keep nothing."""

    def opened(self, task: Task, given: JsonObject) -> None:
        """Keep nothing."""

    def closed(self, task: Task, given: JsonObject, result: Json, *, by: UUID, error: str | None = None) -> None:
        """Keep nothing."""


def _workflow(document: JsonObject) -> Workflow:
    found = read(document)
    assert found.is_valid, found.findings
    assert found.workflow is not None
    return found.workflow


async def _carried_out(document: JsonObject, given: JsonObject) -> JsonObject:
    workflow = _workflow(document)
    graph = compile_workflow(workflow).graph.copy({"checkpointer": InMemorySaver()})
    config: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 500}
    scope = WorkflowScope(_Plain(), _Hands())
    channels = await graph.ainvoke(input_of(given), config, context=scope, durability="sync")
    return state_of(channels, workflow.state)


def _run(programs: Sequence[tuple[str, JsonObject]]) -> list[Any]:
    """Run programs by LangGraph alone, in a process that has no way to our package."""
    sent = json.dumps([list(each) for each in programs])
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-I", "-c", _RUNNER], input=sent, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def _document(nodes: Sequence[Any], edges: Sequence[Any], **state: Any) -> JsonObject:
    drawn: list[Any] = [{"from": each[0], "to": each[1]} if isinstance(each, tuple) else each for each in edges]
    return {"format": "retinue.workflow/1", "name": "Desk", "state": state, "nodes": [*nodes], "edges": drawn}


def _edge(source: str, target: str, **more: Any) -> Any:
    return {"from": source, "to": target, **more}


def _notes(name: str, **more: Any) -> Any:
    return {"id": name, "type": "transform", "set": {"log": f"'{name}'"}, **more}


_LOG: Any = {"reducer": "append", "default": []}
_ELSE: Any = {"else": True}


def _circle() -> JsonObject:
    nodes = [
        _notes("open", join="any"),
        _notes("a"),
        _notes("b"),
        _notes("slow"),
        {"id": "both", "type": "transform", "set": {"n": "1", "log": "'both'"}},
        _notes("last"),
    ]
    edges = [
        ("START", "open"),
        ("open", "a"),
        ("open", "b"),
        ("b", "slow"),
        ("a", "both"),
        ("slow", "both"),
        _edge("both", "open", when="state['n'] < 3", max_visits=5),
        _edge("both", "last", **_ELSE),
        ("last", "END"),
    ]
    return _document(nodes, edges, n={"reducer": "add", "default": 0}, log=_LOG)


def _containers() -> JsonObject:
    square = {"id": "square", "type": "code", "code": "def power(x):\n  return x ** 2\npower(item) + index"}
    pairs = {"id": "pairs", "type": "map", "over": "list(range(item))", "body": {"nodes": [square]}}
    each = {
        "id": "each",
        "type": "map",
        "over": "input['items']",
        "body": {"nodes": [pairs, {"id": "sum", "type": "code", "code": "[item, index]"}]},
        "output": {"found": "result"},
    }
    grow = {"id": "grow", "type": "transform", "set": {"n": "index + 1", "log": "f'round {index}'"}}
    inner = {"id": "inner", "type": "loop", "max": 2, "until": "index == 1", "body": {"nodes": [_notes("deep")]}}
    loop = {
        "id": "loop",
        "type": "loop",
        "max": 6,
        "until": "state['n'] > 5",
        "body": {"nodes": [grow, inner]},
        "output": {"rounds": "len(state['log'])"},
    }
    edges = [("START", "each"), ("START", "loop"), ("START", "beside"), ("each", "END"), ("loop", "END"), ("beside", "END")]
    state: Any = {"found": {}, "n": {"reducer": "add", "default": 0}, "log": _LOG, "rounds": {}}
    return _document([each, loop, _notes("beside")], edges, **state)


def _failing() -> JsonObject:
    items = {"nodes": [{"id": "divide", "type": "transform", "set": {"x": "6 // item"}}]}
    nodes = [
        {"id": "risky", "type": "transform", "set": {"x": "1 // input['zero']"}, "on_error": {"goto": "told"}},
        {"id": "told", "type": "transform", "set": {"why": "result['node']"}},
        {
            "id": "lucky",
            "type": "transform",
            "set": {"x": "1 // input['zero']"},
            "on_error": {"value": 5},
            "output": {"y": "result"},
        },
        {
            "id": "many",
            "type": "map",
            "over": "[1, 0, 2]",
            "body": items,
            "on_item_error": "skip",
            "output": {"z": "len(result)"},
        },
        _notes("off", disabled=True),
        _notes("never", when="input['zero'] > 0"),
        _notes("end"),
    ]
    edges = [
        ("START", "risky"),
        ("risky", "off"),
        ("told", "lucky"),
        ("lucky", "many"),
        ("many", "off"),
        ("off", "never"),
        ("off", "end"),
        ("never", "end"),
        ("end", "END"),
    ]
    return _document(nodes, edges, x={}, y={}, z={}, why={}, log=_LOG)


def _choosing() -> JsonObject:
    nodes = [
        {"id": "which", "type": "switch", "on": "input['x']"},
        _notes("a"),
        _notes("b"),
        {"id": "list", "type": "condition"},
        {"id": "sum", "type": "transform", "set": {"text": "'more than ' + str(len(state['log']))  # a comment"}},
        {
            "id": "many",
            "type": "transform",
            "set": {"n": "[n * 2 for n in input['ns']]"},
            "output": {"m": "len(result['n'])"},
        },
        _notes("end"),
    ]
    edges = [
        ("START", "which"),
        _edge("which", "a", case=1),
        _edge("which", "b", case=True),
        _edge("which", "list", **_ELSE),
        ("a", "many"),
        ("b", "many"),
        _edge("list", "sum", when="len(input['ns']) > 1"),
        _edge("list", "END", **_ELSE),
        ("sum", "many"),
        _edge("many", "end", when="state['m'] > 1 and result['n'][0] > 0"),
        _edge("many", "END", **_ELSE),
        ("end", "END"),
    ]
    return _document(nodes, edges, log=_LOG, text={}, n={"reducer": "union"}, m={"reducer": "max"})


def _drawn(rng: random.Random) -> JsonObject:
    """Draw a graph without circles, whose conditions choose one way and whose other nodes take some or all of theirs."""
    count = rng.randrange(2, 14)
    nodes, edges, reached = list[Any](), list[Any]([("START", "n0")]), {0}
    for index in range(count):
        name, later = f"n{index}", list(range(index + 1, count))
        targets = rng.sample(later, min(len(later), rng.randrange(1, 4)))
        if later and index + 1 not in reached and index + 1 not in targets:
            targets.append(index + 1)
        ends, join = [f"n{each}" for each in targets] or ["END"], rng.choice(["all", "any"])
        kind = rng.choice(["condition", "some", "all", "all"])
        more: Any = {"when": "len(state['log']) % 3 != 1"} if rng.random() < 0.2 else {}
        if kind == "condition" and targets:
            nodes.append({"id": name, "type": "condition", "join": join, **more})
            edges += [_edge(name, end, when=f"len(state['log']) % {place + 2} == 0") for place, end in enumerate(ends[:-1])]
            edges.append(_edge(name, ends[-1], **_ELSE))
        else:
            nodes.append(_notes(name, join=join, **more))
            is_some = kind == "some" and len(ends) > 1
            edges += [
                _edge(name, end, **({"when": f"len(state['log']) % 2 == {place % 2}"} if is_some else {}))
                for place, end in enumerate(ends)
            ]
        reached |= set(targets)
    return _document(nodes, edges, log=_LOG)


_GIVEN: list[tuple[JsonObject, JsonObject]] = [
    (_circle(), {}),
    (_containers(), {"items": [2, 0, 3]}),
    (_failing(), {"zero": 0}),
    *((_choosing(), {"x": each, "ns": [1, 2]}) for each in (1, True, "1")),
    (_choosing(), {"x": None, "ns": [0]}),
]


def _program(document: JsonObject) -> Program:
    return python_program(_workflow(document))


def test_programs_give_the_state_that_the_workflow_gives() -> None:
    answers = _run([(_program(document).source, given) for document, given in _GIVEN])

    for (document, given), answer in zip(_GIVEN, answers, strict=True):
        assert answer == {"state": asyncio.run(_carried_out(document, given))}, _program(document).source


def test_programs_of_random_graphs_give_the_same_state_in_the_same_order() -> None:
    documents = [_drawn(random.Random(_SEED + number)) for number in range(60)]  # noqa: S311 - drawings
    documents = [each for each in documents if read(each).is_valid]
    assert len(documents) > 30

    answers = _run([(_program(each).source, {}) for each in documents])

    for document, answer in zip(documents, answers, strict=True):
        assert answer == {"state": asyncio.run(_carried_out(document, {}))}, _program(document).source


def test_programs_are_well_formed(tmp_path: Path) -> None:
    for number, (document, _) in enumerate(_GIVEN):
        (tmp_path / f"program_{number}.py").write_text(_program(document).source)

    checked = subprocess.run(  # noqa: S603 - the linter of this project
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "E9,F,B", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


def test_what_a_program_does_not_do_is_listed_and_its_tools_are_there_to_be_filled_in() -> None:
    nodes: list[Any] = [
        {
            "id": "scout",
            "type": "agent",
            "agent": {"name": "Scout"},
            "input": {"prompt": "News on {{ input['topic'] }}"},
            "timeout": "PT2M",
        },
        {"id": "ok", "type": "approval", "reason": "Send {{ state['text'] }}?", "quorum": 2, "expires": "P1D"},
        {"id": "mail", "type": "tool", "tool": {"name": "mail"}, "input": {"text": "{{ state['text'] }}"}},
    ]
    nodes[0]["output"] = {"text": "result"}
    nodes[1]["output"] = {"word": "result['decision']"}
    edges = [
        ("START", "scout"),
        ("scout", "ok"),
        _edge("ok", "mail", when="result['decision'] == 'approve'"),
        ("mail", "END"),
    ]
    edges.append(_edge("ok", "END", **_ELSE))
    made = _program(_document(nodes, edges, text={}, word={}))

    paths = [each.path for each in made.gaps]
    assert paths == ["scout/timeout", "scout", "ok/expires", "ok", "mail"]
    assert "import retinue" not in made.source
    module: dict[str, Any] = {}
    exec(compile(made.source, "program.py", "exec"), module)  # noqa: S102 - what is tested
    with pytest.raises(NotImplementedError, match="agent"):
        module["run"]({"topic": "tides"})

    def call_scout(given: Any) -> str:
        return f"{given['prompt']}: high"

    module["call_scout"] = call_scout
    sent: list[Any] = []
    module["call_mail"] = sent.append
    graph, config = module["builder"].compile(checkpointer=InMemorySaver()), {"configurable": {"thread_id": "1"}}
    module["run"]({"topic": "tides"}, graph, **config)
    (asked,) = graph.get_state(config).interrupts
    assert asked.value["reason"] == "Send News on tides: high?"

    from langgraph.types import Command  # noqa: PLC0415 - only here

    done = graph.invoke(Command(resume={"decision": "approve"}), config)

    assert (done["word"], sent) == ("approve", [{"text": "News on tides: high"}])


@pytest.mark.parametrize(
    "told", ["a" * 99 + "\\ \\", 'a"""\nimport os\n"""', '\\"""', "\\", '"', "{{ x }} # \r import os", "a\u2028b"]
)
def test_texts_of_a_workflow_stay_texts_in_its_program(told: str) -> None:
    node = {"id": "one", "type": "transform", "set": {"n": "1, 2"}, "description": told}
    document: Any = {
        "format": "retinue.workflow/1",
        "name": told,
        "description": told,
        "nodes": [node],
        "edges": [{"from": "START", "to": "one"}, {"from": "one", "to": "END"}],
        "state": {"n": {"default": told}},
        "output": {"both": "1, state['n']"},
    }

    source = python_program(Workflow.model_validate(document)).source

    imports = [each for each in ast.walk(ast.parse(source)) if isinstance(each, ast.Import)]
    assert [name.name for each in imports for name in each.names if name.name == "os"] == []
