"""Bounds of arguments that no 64-bit number and no float holds, in tools made by hand and imported."""

from tests.cast import Cast
from tests.tools.conftest import make_tool


async def test_a_bound_beyond_64_bits_stays_exact(cast: Cast) -> None:
    least = -9223372036854776000
    document = """
openapi: 3.1.0
info: {title: Long, version: "1"}
servers: [{url: "https://api.example.com"}]
paths:
  /items:
    get:
      operationId: listItems
      parameters: [{name: least, in: query, schema: {type: integer, minimum: -9223372036854776000}}]
"""
    read = await cast.anna.http.post("/tools/import-openapi", json={"document": document})
    bounds = {"type": "object", "properties": {"least": {"type": "integer", "minimum": least}}}
    tool = await make_tool(cast.anna, {"url": "https://api.example.com/items"}, name="by_hand", parameters_schema=bounds)

    assert read.status == 200, read.text
    (operation,) = read.json["operations"]
    assert operation["tool"]["parameters_schema"]["properties"]["least"]["minimum"] == least
    assert (await cast.anna.http.get(f"/tools/{tool['id']}")).json["parameters_schema"]["properties"] == bounds["properties"]
