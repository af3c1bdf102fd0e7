"""Tools that use variables of the organization."""

from tests.cast import Cast
from tests.tools.conftest import Api


async def test_a_tool_is_tested_with_a_variable_of_the_organization_and_without_an_agent(cast: Cast, api: Api) -> None:
    variable = {"name": "token", "value": "s3cret-of-acme", "is_secret": True}
    assert (await cast.adam.http.post("/variables", json=variable)).status == 201
    body = {
        "name": "reach",
        "tool_type": "api",
        "configuration": {"method": "GET", "url": f"{api.url}/"},
        "credentials": {"type": "bearer", "token": "{{token}}"},
    }
    tool = (await cast.adam.http.post("/tools", json=body)).json

    tested = await cast.adam.http.post(f"/tools/{tool['id']}/test", json={"arguments": {}})

    assert tested.status == 200, tested.text
    assert "no variable of this name" not in tested.text
    assert "s3cret-of-acme" not in tested.text
    assert api.seen[-1].headers["Authorization"] == "Bearer s3cret-of-acme"
