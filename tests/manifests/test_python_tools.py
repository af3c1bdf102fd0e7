"""Python tools in files: their code is examined as it is when a tool is saved."""

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, problems
from tests.tools.conftest import try_tool

_TOOL = """\
kind: tool
name: double
tool_type: custom
configuration:
  code: |
    def main(n: int) -> int:
        return n * 2
"""


async def test_a_snippet_in_a_file_becomes_a_tool_and_applies_once(cast: Cast) -> None:
    made = await apply(cast.anna, _TOOL)
    again = await apply(cast.anna, _TOOL)
    tools = (await cast.anna.http.get("/tools?q=double")).json["items"]
    result = await try_tool(cast.anna, tools[0]["id"], {"n": 4})

    assert actions(made) == [("create", "tool", "double")]
    assert {each[0] for each in actions(again)} <= {"unchanged"}
    assert result["output"] == 8


async def test_a_mistake_in_a_snippet_of_a_file_is_told(cast: Cast) -> None:
    wrong = _TOOL.replace("-> int", "-> str")

    created = await problems(cast.anna, wrong)
    await apply(cast.anna, _TOOL)
    changed = await problems(cast.anna, wrong)

    assert [each[3] for each in created] == ["configuration.code"]
    assert [each[3] for each in changed] == ["configuration.code"]
