"""Pictures of people: uploaded, told by their signature, served from here and to other members only."""

import io

import aiohttp
import pytest

from tests.cast import Cast, Person
from tests.client import Client, Response

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
PICTURES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0" + b"\0" * 32,
    "image/gif": b"GIF89a" + b"\0" * 32,
    "image/webp": b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 32,
}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


async def _upload(client: Client, content: bytes, name: str = "me.png", field: str = "file") -> Response:
    form = aiohttp.FormData()
    form.add_field(field, io.BytesIO(content), filename=name, content_type="image/png")
    return await client.request("PUT", "/users/me/avatar", data=form)


async def _key(person: Person, scope: str) -> Client:
    made = await person.http.post("/api-keys", json={"name": "key", "scopes": [scope]})
    return Client(person.http.session, person.http.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})


@pytest.mark.parametrize("media_type", PICTURES)
async def test_uploaded_picture_is_served_from_this_origin(cast: Cast, media_type: str) -> None:
    uploaded = await _upload(cast.olga.http, PICTURES[media_type], "picture.html")

    url = uploaded.json["avatar_url"]
    shown = await cast.vera.http.get(url)

    assert uploaded.status == 200, uploaded.text
    assert url.startswith(f"/api/v1/users/{cast.olga.user_id}/avatar?v=")
    assert shown.status == 200
    assert shown.headers["Content-Type"] == media_type
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    members = (await cast.vera.http.get("/members")).json["items"]
    assert url in {each["user"]["avatar_url"] for each in members}


@pytest.mark.parametrize("content", [SVG, b"", b"<html>", b"\x89PNG", b"%PDF-1.7", b"BM" + b"\0" * 40])
async def test_file_that_is_no_picture_is_refused_whatever_it_is_called(cast: Cast, content: bytes) -> None:
    refused = await _upload(cast.olga.http, content)

    assert (refused.status, refused.json["code"], refused.json["errors"][0]["field"]) == (422, "avatar_type", "file")
    assert (await cast.olga.http.get("/users/me")).json["avatar_url"] is None


async def test_picture_over_the_limit_is_refused(cast: Cast) -> None:
    largest = await _upload(cast.olga.http, PNG + b"\0" * (1024 * 1024 - len(PNG)))
    larger = await _upload(cast.olga.http, PNG + b"\0" * (1024 * 1024 - len(PNG) + 1))

    assert largest.status == 200
    assert (larger.status, larger.json["code"]) == (413, "avatar_too_large")


async def test_request_without_a_picture_names_the_field(cast: Cast) -> None:
    refused = await _upload(cast.olga.http, PNG, field="other")

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "file")


async def test_new_picture_has_a_new_address_and_a_deleted_one_is_gone(cast: Cast) -> None:
    first = (await _upload(cast.olga.http, PNG)).json["avatar_url"]
    second = (await _upload(cast.olga.http, PNG + b"more")).json["avatar_url"]

    removed = [await cast.olga.http.delete("/users/me/avatar") for _ in range(2)]

    assert first != second
    assert [each.status for each in removed] == [204, 204]
    assert (await cast.olga.http.get("/users/me")).json["avatar_url"] is None
    gone = await cast.olga.http.get(second)
    assert (gone.status, gone.json["code"]) == (404, "avatar_missing")


async def test_only_people_of_a_shared_organization_see_a_picture(cast: Cast) -> None:
    url = (await _upload(cast.olga.http, PNG)).json["avatar_url"]

    assert (await cast.otto.http.get(url)).status == 404
    assert (await cast.nobody.get(url)).status == 401
    assert (await (await _key(cast.olga, "members:read")).get(url)).status == 200
    assert (await (await _key(cast.olga, "agents:read")).get(url)).status == 403


async def test_key_sees_pictures_of_its_own_organization_only(cast: Cast) -> None:
    invited = await cast.otto.http.post("/invitations", json={"email": cast.olga.email, "role": "viewer"})
    token = invited.json["accept_url"].partition("token=")[2]
    await cast.olga.http.post("/invitations/accept", json={"token": token})
    url = (await _upload(cast.otto.http, PNG)).json["avatar_url"]
    here = {"X-Retinue-Organization": str(cast.acme)}
    made = await cast.olga.http.post("/api-keys", json={"name": "key", "scopes": ["members:read"]}, headers=here)
    key = Client(cast.olga.http.session, cast.olga.http.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})

    assert (await cast.olga.http.get(url, headers=here)).status == 200
    assert (await key.get(url)).status == 404


async def test_key_uploads_no_picture(cast: Cast) -> None:
    assert (await _upload(await _key(cast.olga, "members:read"), PNG)).status == 403


async def test_console_loads_pictures_from_its_own_origin_only(cast: Cast) -> None:
    page = await cast.nobody.session.get(f"{cast.nobody.base_url}/", headers={"Accept": "text/html"})

    directives = page.headers["Content-Security-Policy"].split("; ")
    assert "img-src 'self' data:" in directives
