"""A method that a path does not have: the answer names every method it has."""

import pytest

from tests.cast import Cast
from tests.client import Client


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/agents", "GET, POST"),
        ("/agents/00000000-0000-0000-0000-000000000000", "DELETE, GET, PATCH"),
        ("/runs", "GET, POST"),
        ("/runs/00000000-0000-0000-0000-000000000000/cancel", "POST"),
    ],
)
async def test_a_wrong_method_is_told_all_that_the_path_has(server: Client, path: str, allowed: str) -> None:
    answer = await server.request("PUT", path, json={})

    assert answer.status == 405
    assert answer.headers["Allow"] == allowed
    assert answer.json["code"] == "method_not_allowed"


async def test_a_remedy_points_to_what_is_there(server: Client, cast: Cast) -> None:
    refused = await cast.anna.http.post("/agents", json={"name": "Probe", "type": "Not a name"})
    place = "/api/v1/openapi.json"

    assert refused.status == 422
    assert place in refused.json["remedy"]
    assert (await server.get(place)).status == 200
