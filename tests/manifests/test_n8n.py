"""The connection to n8n in files: without its secrets, which are named."""

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, exported, problems

_FILE = "kind: n8n_connection\nbase_url: https://n8n.example.com\nwebhook_header: X-Retinue\n"
_BODY = {
    "base_url": "https://n8n.example.com",
    "api_key": "key-of-n8n",
    "webhook_url": "https://hooks.example.com",
    "webhook_header": "X-Retinue",
    "webhook_secret": "secret-of-webhooks",
}


async def test_connection_is_exported_without_its_secrets_which_are_named(cast: Cast) -> None:
    saved = await cast.anna.http.request("PUT", "/n8n/connection", json=_BODY)

    files = await exported(cast.anna, "kind=n8n_connection")
    again = await apply(cast.anna, *files.values())

    assert saved.status == 200, saved.text
    (text,) = files.values()
    assert list(files) == ["n8n/n8n.yaml"]
    assert "# Secrets are not part of this file: api_key, webhook_secret." in text
    assert "webhook_url: https://hooks.example.com\n" in text
    assert "key-of-n8n" not in text
    assert "secret-of-webhooks" not in text
    assert {each[0] for each in actions(again)} == {"unchanged"}
    assert again["missing_secrets"] == []


async def test_connection_that_a_file_makes_waits_for_its_key(cast: Cast) -> None:
    made = await apply(cast.anna, _FILE)
    shown = (await cast.vera.http.get("/n8n/connection")).json
    unused = await cast.anna.http.get("/n8n/workflows")
    entered = await cast.anna.http.request("PUT", "/n8n/connection", json={**_BODY, "webhook_url": None})
    after = await apply(cast.anna, _FILE)

    assert actions(made) == [("create", "n8n_connection", "n8n")]
    assert [each["field"] for each in made["missing_secrets"]] == ["api_key", "webhook_secret"]
    assert (shown["has_api_key"], shown["has_webhook_secret"]) == (False, False)
    assert (unused.status, unused.json["code"]) == (404, "n8n_not_connected")
    assert "API key" in unused.json["detail"]
    assert entered.status == 200, entered.text
    assert (actions(after), after["missing_secrets"]) == ([("unchanged", "n8n_connection", "n8n")], [])
    assert (await cast.vera.http.get("/n8n/connection")).json["has_api_key"] is True


async def test_stored_key_follows_no_file_to_another_address(cast: Cast) -> None:
    await cast.anna.http.request("PUT", "/n8n/connection", json={**_BODY, "webhook_url": None})

    moved = await problems(cast.anna, _FILE.replace("n8n.example.com", "evil.example.com"))
    renamed = await problems(cast.anna, _FILE + "name: other\n")
    secret = await problems(cast.anna, _FILE + "api_key: x\n")
    odd = await problems(cast.anna, _FILE.replace("https://n8n.example.com", "ftp://n8n"))

    assert [(line, field) for _, line, _, field in moved] == [(2, "base_url")]
    assert [field for *_, field in renamed] == ["name"]
    assert [field for *_, field in secret] == ["api_key"]
    assert [field for *_, field in odd] == ["base_url"]
    assert (await cast.vera.http.get("/n8n/connection")).json["base_url"] == "https://n8n.example.com"


async def test_connection_that_no_file_describes_any_more_is_deleted_with_prune(cast: Cast) -> None:
    await apply(cast.anna, _FILE, source="git")

    pruned = await apply(cast.anna, "kind: agent\nname: Desk\n", source="git", prune=True)

    assert ("delete", "n8n_connection", "n8n") in actions(pruned)
    assert (await cast.vera.http.get("/n8n/connection")).status == 404
