"""Parameters of queries: what an operation does not know is refused and named, what it documents is taken."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.client import Client


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/agents?Limit=5", ["Limit"]),
        ("/runs?status=failed&sort_by=created_at&order=desc", ["sort_by", "order"]),
        ("/users/me?expand=all", ["expand"]),
        ("/runs?limit=1&limit=2", ["limit"]),
        ("/agents?=1", [""]),
    ],
)
async def test_a_parameter_that_is_not_supported_is_named(cast: Cast, path: str, fields: list[str]) -> None:
    refused = await cast.anna.http.get(path)

    assert (refused.status, refused.json["code"]) == (422, "query_unknown"), refused.text
    assert [each["field"] for each in refused.json["errors"]] == fields
    assert all(each["remedy"] for each in refused.json["errors"])


async def test_a_parameter_that_is_not_supported_changes_nothing(cast: Cast) -> None:
    refused = await cast.anna.http.post("/agents?dry_run=true", json={"name": "Never"})

    assert refused.status == 422
    assert (await cast.anna.http.get("/agents?q=Never")).json["items"] == []


async def test_every_documented_parameter_is_known(cast: Cast, server: Client) -> None:
    document: dict[str, Any] = (await server.get("/openapi.json")).json
    asked = 0
    for path, operations in document["paths"].items():
        parameters: list[dict[str, Any]] = operations["get"].get("parameters", []) if "get" in operations else []
        query = "&".join(f"{each['name']}=x" for each in parameters if each["in"] == "query")
        if not query:
            continue

        answer = await cast.anna.http.get(f"{path.replace('{', '').replace('}', '')}?{query}", allow_redirects=False)

        assert "query_unknown" not in answer.text
        asked += 1
    assert asked > 15
