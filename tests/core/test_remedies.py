"""Every refusal says what to do: wrong addresses, wrong methods, wrong kinds of body, wrong cursors."""

from tests.cast import Cast


async def test_an_address_that_is_none_and_a_wrong_method_say_where_to_look(cast: Cast) -> None:
    nowhere = await cast.olga.http.get("/nowhere")
    assert (nowhere.status, nowhere.json["code"]) == (404, "not_found")
    assert "openapi.json" in nowhere.json["remedy"]

    wrong = await cast.olga.http.request("PUT", "/agents", json={})
    assert (wrong.status, "Allow" in wrong.json["remedy"]) == (405, True)


async def test_a_body_that_is_not_declared_as_json_is_told_which_type_to_send(cast: Cast) -> None:
    refused = await cast.olga.http.post("/agents", data=b'{"name": "A"}', headers={"Content-Type": "text/plain"})

    assert refused.status == 422
    assert "application/json" in refused.json["errors"][0]["remedy"]


async def test_a_cursor_of_somewhere_else_is_told_to_be_left_out(cast: Cast) -> None:
    refused = await cast.olga.http.get("/runs?cursor=nonsense")

    assert (refused.status, refused.json["code"]) == (422, "cursor_invalid")
    assert "next_cursor" in refused.json["remedy"]
    assert refused.json["errors"][0]["field"] == "cursor"
