"""Tools of type custom whose code is written in the console: they run in the sandbox, and nothing gets out of it."""

import asyncio
from typing import Any

import pytest

from tests.cast import Cast, Person
from tests.together import together
from tests.tools.conftest import try_tool

_WEATHER = '''
def main(city: str, days: int = 3, unit: Literal["C", "F"] = "C") -> dict[str, str]:
    """Say what the weather will be.

    Args:
        city: Name of the city.
        days: How many days.
    """
    print("asked for", city)
    return {"said": f"{days} days of sun in {city}, {unit}"}
'''.replace("def main", "from typing import Literal\n\n\ndef main", 1)

_ESCAPES = {
    "open": "open('/etc/passwd').read()",
    "path": "__import('pathlib').Path('/etc/passwd').read_text()",
    "environ": "dict(os.environ)",
    "getenv": "os.getenv('PATH')",
    "system": "os.system('id')",
    "listdir": "os.listdir('/')",
    "urandom": "os.urandom(8)",
    "import": "__import__('os').system('id')",
    "class": "().__class__.__bases__",
    "globals": "main.__globals__",
    "code": "main.__code__",
    "format": "'{0.__class__}'.format(1)",
    "getattr": "getattr((), '__class__')",
    "builtins": "__builtins__",
    "modules": "sys.modules",
    "eval": "eval(\"open('/etc/passwd')\")",
    "exec": "exec('import os; os.environ[1]')",
}
_MODULES = ["subprocess", "socket", "ctypes", "urllib.request", "threading", "multiprocessing", "importlib", "requests"]


async def _make(person: Person, code: str, **fields: Any) -> dict[str, Any]:
    configuration = {"code": code, **fields.pop("configuration", {})}
    body = {"name": "snippet", "tool_type": "custom", "configuration": configuration, **fields}
    response = await person.http.post("/tools", json=body)
    assert response.status == 201, response.text
    return response.json


async def _refused(person: Person, configuration: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    body = {"name": "snippet", "tool_type": "custom", "configuration": configuration, **fields}
    response = await person.http.post("/tools", json=body)
    assert response.status == 422, response.text
    return response.json["errors"]


def _body(expression: str) -> str:
    """Wrap an expression so that no type check sees what it is."""
    return (
        f"import os, sys, pathlib\ndef main(path=None):\n    __import = lambda name: pathlib\n    return str({expression})\n"
    )


async def test_the_signature_of_a_snippet_is_its_schema(cast: Cast) -> None:
    tool = await _make(cast.anna, _WEATHER)
    result = await try_tool(cast.anna, tool["id"], {"city": "Bonn", "unit": "F"})

    assert tool["parameters_schema"] == {
        "type": "object",
        "properties": {
            "city": {"type": "string", "description": "Name of the city."},
            "days": {"type": "integer", "description": "How many days.", "default": 3},
            "unit": {"enum": ["C", "F"], "default": "C"},
        },
        "additionalProperties": False,
        "required": ["city"],
    }
    assert (tool["description"], tool["effect"]) == ("Say what the weather will be.", "read_only")
    assert result["output"] == {"said": "3 days of sun in Bonn, F"}


@pytest.mark.parametrize("expression", _ESCAPES.values(), ids=_ESCAPES.keys())
async def test_no_snippet_gets_out(cast: Cast, expression: str) -> None:
    body = {"name": "snippet", "tool_type": "custom", "configuration": {"code": _body(expression)}}
    made = await cast.anna.http.post("/tools", json=body)
    if made.status == 422:  # seen when it was saved
        assert made.json["errors"][0]["field"] == "configuration.code"
        return
    result = await try_tool(cast.anna, made.json["id"], {})

    assert (result["ok"], result["output"]) == (False, None)
    assert "root:" not in result["error"]


@pytest.mark.parametrize("module", _MODULES)
async def test_modules_of_the_machine_are_refused_when_saved(cast: Cast, module: str) -> None:
    (problem,) = await _refused(cast.anna, {"code": f"def main():\n    import {module}\n    return 1\n"})

    assert problem["field"] == "configuration.code"
    assert problem["message"].startswith("line 2, column ")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ("while True: pass", "ran longer than 0.5 seconds"),
        ("return pow(3, 3 * 10**7)", "ran longer than 0.5 seconds"),
        ("return sum(range(10**12))", "ran longer than 0.5 seconds"),
        ("x = [0]\n    while True: x = x + x", "MiB of memory"),
        ("x = 'a'\n    while True: x = x + x", "MiB of memory"),
        ("return 'a' * 10**10", "MiB of memory"),
        ("return 9**9**9", "MiB of memory"),
        ("return len('a' * 70_000_000)", "memory"),
        ("return main(n)", "recursion"),
        ("while True: print('x' * 1000)", "printed more than 16384 bytes"),
        ("return 'a' * 300_000", "more than 262144 bytes"),
        ("x = []\n    for _ in range(100_000): x = [x]\n    return x", "recursion"),
        ("return float('nan')", "not JSON"),
        ("return {1, 2}", "not JSON serializable"),
        ("return 1 / 0", "ZeroDivisionError: division by zero (line 2 of the tool's code)."),
    ],
)
async def test_limits_hold_and_the_next_call_works(cast: Cast, body: str, word: str) -> None:
    code = f"def main(n=0):\n    {body}\n"
    limits = {"seconds": 0.5} if "0.5 seconds" in word else {}
    tool = await _make(cast.anna, code, configuration=limits)
    plain = await _make(cast.anna, "def main():\n    return 'fine'\n", name="plain")

    result = await try_tool(cast.anna, tool["id"], {})
    after = await try_tool(cast.anna, plain["id"], {})

    assert result["ok"] is False
    assert word in result["error"], result["error"]
    assert after["output"] == "fine"


async def test_sleeping_and_hard_patterns_cost_no_time(cast: Cast) -> None:
    code = "import re, time\ndef main():\n    time.sleep(60)\n    return re.match('(a+)+$', 'a' * 40 + 'b') is None\n"
    tool = await _make(cast.anna, code)

    async with asyncio.timeout(10):
        result = await try_tool(cast.anna, tool["id"], {})

    assert result["output"] is True


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("def main(a:\n    return a\n", "line 1, column 12: "),
        ("def main(a: int) -> str:\n    return a + 1\n", "line 2, column 12: Return type does not match"),
        ("def main():\n    return unknown\n", "line 2, column 12: Name 'unknown' used when not defined"),
        ("def main():\n    yield 1\n", "line 2, column 5: "),
        ("def other():\n    return 1\n", "defines no function main"),
        ("def main(*parts):\n    return 1\n", "with *, ** or /"),
        ("1 / 0\ndef main():\n    return 1\n", "line 1, column 1: "),
        ("def main():\n    return " + "(" * 5000 + "1" + ")" * 5000 + "\n", "nested"),
        ("while True: pass\ndef main():\n    return 1\n", "ran longer"),
    ],
)
async def test_mistakes_are_told_with_line_and_column_when_saved(cast: Cast, code: str, word: str) -> None:
    problems = await _refused(cast.anna, {"code": code})

    assert {each["field"] for each in problems} == {"configuration.code"}
    assert word in problems[0]["message"], problems
    assert "snippet" not in {each["name"] for each in (await cast.anna.http.get("/tools")).json["items"]}


@pytest.mark.parametrize(
    ("body", "field", "word"),
    [
        ({"configuration": {}}, "configuration", "either function or code"),
        ({"configuration": {"code": "x", "function": "y"}}, "configuration", "either function or code"),
        ({"configuration": {"code": "x" * 32_001}}, "configuration.code", "32000"),
        ({"configuration": {"code": _WEATHER, "files": True}}, "configuration.files", "not a known field"),
        ({"configuration": {"code": _WEATHER, "seconds": 61}}, "configuration.seconds", "60"),
        ({"configuration": {"function": "missing"}}, "configuration.function", "not installed"),
        (
            {"configuration": {"code": _WEATHER}, "credentials": {"type": "bearer", "token": "t"}},
            "credentials",
            "takes none",
        ),
        (
            {"configuration": {"code": _WEATHER}, "parameters_schema": {"type": "object", "properties": {"place": {}}}},
            "parameters_schema.properties.place",
            "no parameter",
        ),
    ],
)
async def test_bad_configurations_name_field_and_remedy(cast: Cast, body: dict[str, Any], field: str, word: str) -> None:
    configuration = body.pop("configuration")
    problems = {each["field"]: each["message"] for each in await _refused(cast.anna, configuration, **body)}

    assert word in problems[field], problems


async def test_a_changed_snippet_takes_its_schema_along_and_a_bad_one_changes_nothing(cast: Cast) -> None:
    tool = await _make(cast.anna, _WEATHER)
    path = f"/tools/{tool['id']}"

    bad = await cast.anna.http.patch(path, json={"configuration": {"code": "def main(:\n"}})
    good = await cast.anna.http.patch(path, json={"configuration": {"code": "def main(n: int):\n    return n + 1\n"}})
    result = await try_tool(cast.anna, tool["id"], {"n": 4})

    assert (bad.status, bad.json["errors"][0]["field"]) == (422, "configuration.code")
    assert good.json["parameters_schema"]["required"] == ["n"]
    assert result["output"] == 5


async def test_a_coroutine_and_exact_integers_work(cast: Cast) -> None:
    tool = await _make(cast.anna, "async def main(n: int):\n    return [n * 10, None, {'a': 1.5}]\n")

    result = await try_tool(cast.anna, tool["id"], {"n": 10**30})

    assert result["output"] == [10**31, None, {"a": 1.5}]


async def test_braces_in_code_are_code_and_no_variables(cast: Cast) -> None:
    tool = await _make(cast.anna, "def main(name: str):\n    return f'{{name}} is {name}'\n")

    result = await try_tool(cast.anna, tool["id"], {"name": "Anna"})

    assert result["output"] == "{name} is Anna"


async def test_nothing_passes_from_one_organization_to_the_next(cast: Cast) -> None:
    code = "seen = []\ndef main(word: str):\n    seen.append(word)\n    return seen\n"
    first = await _make(cast.anna, code)
    second = await _make(cast.otto, code)

    results = [
        await try_tool(person, tool["id"], {"word": cast.marker if person is cast.anna else "other"})
        for person, tool in ((cast.anna, first), (cast.otto, second), (cast.anna, first))
    ]

    assert [each["output"] for each in results] == [[cast.marker], ["other"], [cast.marker]]
    assert (await cast.otto.http.post(f"/tools/{first['id']}/test", json={})).status == 404


async def test_many_calls_at_once_each_get_their_own_answer(cast: Cast) -> None:
    tool = await _make(cast.anna, "def main(n: int):\n    return sum(range(n))\n")

    results = await together(24, lambda n: try_tool(cast.anna, tool["id"], {"n": n}))

    assert [each["output"] for each in results] == [sum(range(n)) for n in range(24)]


async def test_a_viewer_neither_writes_nor_checks_snippets(cast: Cast) -> None:
    body = {"name": "snippet", "tool_type": "custom", "configuration": {"code": "def main(:\n"}}

    assert (await cast.vera.http.post("/tools", json=body)).status == 403
