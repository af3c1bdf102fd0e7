import pytest

from retinue.core.context import Actor, ActorKind
from retinue.process import Process
from tests.cast import Cast, make_user
from tests.identity.conftest import Installation
from tests.together import together


async def test_a_person_makes_another_organization_and_owns_it(cast: Cast) -> None:
    made = await cast.vera.http.post("/organizations", json={"name": f"Über & Söhne {cast.marker}"})

    assert made.status == 201, made.text
    assert made.json["slug"] == f"uber-sohne-{cast.marker}"
    assert made.json["role"] == "owner"
    listed = (await cast.vera.http.get("/organizations")).json["items"]
    assert {(each["id"], each["role"]) for each in listed} == {(str(cast.acme), "viewer"), (made.json["id"], "owner")}
    inside = {"X-Retinue-Organization": made.json["id"]}
    assert (await cast.vera.http.patch("/organizations/current", json={"name": "Mine"}, headers=inside)).status == 200
    assert (await cast.vera.http.patch("/organizations/current", json={"name": "Mine"})).status == 403


async def test_a_taken_slug_is_named_and_a_made_one_is_made_unique(cast: Cast) -> None:
    slug = f"slug-{cast.marker}"
    first = await cast.olga.http.post("/organizations", json={"name": "One", "slug": slug})
    again = await cast.otto.http.post("/organizations", json={"name": "Two", "slug": slug})
    named = await cast.otto.http.post("/organizations", json={"name": slug.replace("-", " ")})

    assert (first.status, again.status, named.status) == (201, 409, 201)
    assert again.json["errors"][0]["field"] == "slug"
    assert named.json["slug"].startswith(f"{slug}-")
    taken = await cast.otto.http.patch("/organizations/current", json={"slug": slug})
    assert (taken.status, taken.json["code"]) == (409, "slug_taken")


async def test_many_organizations_of_one_name_at_once(cast: Cast) -> None:
    body = {"name": f"Same {cast.marker}"}
    await cast.olga.http.get("/organizations")

    made = await together(8, lambda _: cast.olga.http.post("/organizations", json=body))

    assert {response.status for response in made} == {201}
    assert len({response.json["slug"] for response in made}) == 8


async def test_an_admin_changes_the_settings(cast: Cast) -> None:
    body = {"name": "Acme Ltd", "max_concurrent_runs": 7, "run_retention_days": 30}

    changed = await cast.adam.http.patch("/organizations/current", json=body)

    assert changed.status == 200
    assert changed.json | body == changed.json
    assert changed.json["slug"] == f"acme-{cast.marker}"
    assert (await cast.vera.http.get("/organizations/current")).json == changed.json


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"max_concurrent_runs": 0}, "max_concurrent_runs"),
        ({"run_retention_days": 3651}, "run_retention_days"),
        ({"slug": "Not A Slug"}, "slug"),
        ({"slug": "-x"}, "slug"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"owner": "me"}, "owner"),
        ({"max_concurrent_runs": "many"}, "max_concurrent_runs"),
    ],
)
async def test_a_bad_change_names_its_field(cast: Cast, body: object, field: str) -> None:
    response = await cast.olga.http.patch("/organizations/current", json=body)

    assert response.status == 422
    assert response.json["errors"][0]["field"] == field


async def test_a_plan_caps_the_concurrent_runs_and_superusers_set_it(installation: Installation) -> None:
    from retinue.identity.organizations.settings import OrganizationSettings  # noqa: PLC0415 - named where it is replaced

    await installation.claim(installation.issue_claim())
    settings = installation.process.resources.settings
    settings[OrganizationSettings] = OrganizationSettings(plans="starter=10,team=50")

    refused = await installation.http.patch("/organizations/current", json={"max_concurrent_runs": 50})
    unknown = await installation.http.patch("/organizations/current", json={"plan": "gold"})
    raised = await installation.http.patch("/organizations/current", json={"plan": "team", "max_concurrent_runs": 50})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "max_concurrent_runs")
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "plan")
    assert (raised.json["plan"], raised.json["max_concurrent_runs"]) == ("team", 50)


async def test_a_plan_is_not_the_owners_to_change(cast: Cast) -> None:
    response = await cast.olga.http.patch("/organizations/current", json={"plan": "enterprise"})

    assert (response.status, response.json["code"]) == (403, "not_superuser")
    assert (await cast.olga.http.get("/organizations/current")).json["plan"] == "starter"


async def test_an_owner_deletes_the_organization_with_its_slug(cast: Cast) -> None:
    slug = (await cast.olga.http.get("/organizations/current")).json["slug"]

    assert (await cast.adam.http.delete(f"/organizations/current?confirm={slug}")).status == 403
    assert (await cast.olga.http.delete("/organizations/current?confirm=other")).status == 409
    assert (await cast.olga.http.delete(f"/organizations/current?confirm={slug}")).status == 202

    session = (await cast.vera.http.get("/auth/session")).json
    assert session["organizations"] == []
    assert session["organization_id"] is None
    assert session["permissions"] == []


async def test_a_person_without_an_organization_gets_an_error(process: Process, cast: Cast) -> None:
    user_id = await make_user(process, "nora", cast.marker)
    async with process.database.context(Actor(ActorKind.USER, user_id=user_id)) as ctx:
        rows = await (await ctx.tx.execute("SELECT id FROM organizations")).fetchall()
    assert rows == []

    await cast.nobody.post(
        "/auth/sign-in", json={"email": f"nora.{cast.marker}@example.com", "password": "correct horse battery staple"}
    )

    assert (await cast.nobody.get("/organizations")).json["items"] == []
    assert (await cast.nobody.get("/members")).status == 403


async def test_organizations_are_listed_in_pages(cast: Cast) -> None:
    made = [(await cast.otto.http.post("/organizations", json={"name": "More"})).json["id"] for _ in range(3)]

    first = (await cast.otto.http.get("/organizations?limit=2")).json
    second = (await cast.otto.http.get(f"/organizations?limit=2&cursor={first['next_cursor']}")).json

    assert [each["id"] for each in [*first["items"], *second["items"]]] == [str(cast.globex), *made]
    assert second["next_cursor"] is None
