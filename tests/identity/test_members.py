import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retinue.core.permissions import Role
from retinue.identity.organizations.members.rules import may_change_role
from retinue.process import Process
from tests.cast import Cast, assemble
from tests.client import Client
from tests.together import together

ROLES = [each.value for each in Role]


async def test_every_role_sees_the_members(cast: Cast) -> None:
    items = (await cast.vera.http.get("/members")).json["items"]

    assert {(each["user"]["email"], each["role"]) for each in items} == {
        (cast.olga.email, "owner"),
        (cast.adam.email, "admin"),
        (cast.anna.email, "agent_manager"),
        (cast.vera.email, "viewer"),
    }
    assert set(items[0]["user"]) == {"id", "email", "full_name", "username", "avatar_url", "has_two_factor"}


async def test_an_admin_changes_roles_and_they_hold_at_once(cast: Cast) -> None:
    assert (await cast.vera.http.get("/audit-log")).status == 403

    changed = await cast.adam.http.patch(f"/members/{cast.vera.user_id}", json={"role": "admin"})

    assert changed.json["role"] == "admin"
    assert changed.json["granted_by"] == str(cast.adam.user_id)
    assert (await cast.vera.http.get("/audit-log")).status == 200


async def test_only_an_owner_makes_changes_and_removes_owners(cast: Cast) -> None:
    promoted = await cast.adam.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
    demoted = await cast.adam.http.patch(f"/members/{cast.olga.user_id}", json={"role": "viewer"})
    removed = await cast.adam.http.delete(f"/members/{cast.olga.user_id}")
    invited = await cast.adam.http.post("/invitations", json={"email": "new@example.com", "role": "owner"})

    for response in (promoted, demoted, removed, invited):
        assert (response.status, response.json["code"]) == (403, "owners_only")
    assert (await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})).status == 200
    assert (await cast.adam.http.delete(f"/members/{cast.olga.user_id}")).status == 204


async def test_the_last_owner_stays(cast: Cast) -> None:
    demoted = await cast.olga.http.patch(f"/members/{cast.olga.user_id}", json={"role": "admin"})
    left = await cast.olga.http.delete(f"/members/{cast.olga.user_id}")

    for response in (demoted, left):
        assert (response.status, response.json["code"]) == (409, "last_owner")
        assert response.json["remedy"]


async def test_of_two_owners_who_step_down_at_once_one_stays(cast: Cast) -> None:
    for _ in range(5):
        await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "owner"})
        await cast.adam.http.get("/members")
        responses = await together(
            2, lambda n: (owner := (cast.olga, cast.adam)[n]).http.patch(f"/members/{owner.user_id}", json={"role": "admin"})
        )

        items = (await cast.vera.http.get("/members")).json["items"]
        owners = [each["user"]["id"] for each in items if each["role"] == "owner"]
        assert sorted(response.status for response in responses) == [200, 409]
        assert len(owners) == 1
        if owners == [str(cast.adam.user_id)]:
            await cast.adam.http.patch(f"/members/{cast.olga.user_id}", json={"role": "owner"})
            await cast.olga.http.patch(f"/members/{cast.adam.user_id}", json={"role": "admin"})


async def test_who_is_removed_is_out_at_once(cast: Cast) -> None:
    await cast.vera.http.get("/members")

    assert (await cast.adam.http.delete(f"/members/{cast.vera.user_id}")).status == 204

    assert (await cast.vera.http.get("/members")).status == 403
    assert (await cast.vera.http.get("/members", headers={"X-Retinue-Organization": str(cast.acme)})).status == 404
    assert (await cast.adam.http.delete(f"/members/{cast.vera.user_id}")).status == 404


async def test_anybody_may_leave(cast: Cast) -> None:
    assert (await cast.vera.http.delete(f"/members/{cast.vera.user_id}")).status == 204

    items = (await cast.olga.http.get("/members")).json["items"]
    assert str(cast.vera.user_id) not in {each["user"]["id"] for each in items}


@pytest.mark.parametrize("user_id", ["5b142900-9be6-4ac7-9cd1-fcc1fbf7bc91", "not-an-id"])
async def test_an_unknown_member_is_missing(cast: Cast, user_id: str) -> None:
    response = await cast.olga.http.patch(f"/members/{user_id}", json={"role": "viewer"})

    assert response.status == (422 if user_id == "not-an-id" else 404)
    assert (await cast.olga.http.patch(f"/members/{cast.vera.user_id}", json={"role": "king"})).status == 422


async def test_members_are_listed_in_pages(cast: Cast) -> None:
    whole = (await cast.olga.http.get("/members")).json["items"]

    paged: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await cast.olga.http.get(f"/members?limit=1{f'&cursor={cursor}' if cursor else ''}")).json
        paged += page["items"]
        cursor = page["next_cursor"]

    assert paged == whole


async def test_the_database_itself_keeps_an_owner(process: Process, cast: Cast) -> None:
    from psycopg.errors import CheckViolation  # noqa: PLC0415 - what is under test

    for statement in ("DELETE FROM memberships", "UPDATE memberships SET role = 'viewer'"):
        with pytest.raises(CheckViolation):
            async with process.database.context(cast.olga.actor) as ctx:
                await ctx.tx.execute(statement)  # pyright: ignore[reportArgumentType] - one of the two above


_PEOPLE = ("olga", "adam", "anna", "vera")
_OPERATIONS = st.lists(
    st.tuples(st.sampled_from(_PEOPLE), st.sampled_from(_PEOPLE), st.sampled_from([*ROLES, None])), min_size=1, max_size=12
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations=_OPERATIONS)
async def test_whatever_members_do_to_one_another_an_owner_remains(
    process: Process, server: Client, operations: list[tuple[str, str, str | None]]
) -> None:
    cast = await assemble(process, server)
    people = {name: getattr(cast, name) for name in _PEOPLE}
    roles: dict[str, str | None] = {"olga": "owner", "adam": "admin", "anna": "agent_manager", "vera": "viewer"}

    for actor, target, role in operations:
        http, path = people[actor].http, f"/members/{people[target].user_id}"
        response = await (http.delete(path) if role is None else http.patch(path, json={"role": role}))
        expected = _expected(roles, actor, target, role)
        assert response.status == expected, (operations, actor, target, role, response.text)
        if expected < 300:
            roles[target] = role

    async with process.database.system_context([cast.acme]) as ctx:
        rows = await (await ctx.tx.execute("SELECT user_id, role FROM memberships")).fetchall()
    assert {row[0]: row[1] for row in rows} == {people[name].user_id: role for name, role in roles.items() if role}
    assert "owner" in roles.values()


def _expected(roles: dict[str, str | None], actor: str, target: str, role: str | None) -> int:
    if roles[actor] is None:
        return 403
    leaves = role is None and actor == target
    if role is not None and roles[actor] not in {"owner", "admin"}:
        return 403
    if roles[target] is None:
        return 404
    if not leaves and not may_change_role(roles[actor], roles[target], role):
        return 403
    is_last = [name for name, each in roles.items() if each == "owner"] == [target] and role != "owner"
    if is_last:
        return 409
    return 204 if role is None else 200


@given(acting=st.sampled_from([*ROLES, None]), before=st.sampled_from([*ROLES, None]), after=st.sampled_from([*ROLES, None]))
def test_anyone_who_may_make_an_owner_may_do_everything(acting: str | None, before: str | None, after: str | None) -> None:
    if may_change_role(acting, before, after):
        assert acting in {"owner", "admin"}
        assert may_change_role("owner", before, after)
        assert may_change_role(acting, after, before)
    if "owner" in {before, after}:
        assert may_change_role(acting, before, after) == (acting == "owner")
