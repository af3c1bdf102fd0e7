"""The cast of the tests: Olga owns Acme, Adam administers it, Anna manages its agents, Vera views; Otto owns Globex.

They are made through the services, as the application's own role. Names carry a random mark, so that casts of several
tests share a database; ``marker`` is in every name of Acme, and nobody of Globex may ever see it.
"""

import secrets
from dataclasses import dataclass

from retinue.core.context import Actor, ActorKind
from retinue.core.ids import OrganizationId, UserId, new_id
from retinue.core.permissions import Role
from retinue.identity.organizations import service as organizations
from retinue.identity.organizations.members import service as members
from retinue.identity.users import service as users
from retinue.identity.users.types import NewUser, PasswordOwner
from retinue.process import Process
from tests.client import Client

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the cast: ``http`` speaks to the server as this person, ``actor`` opens contexts in the process."""

    user_id: UserId
    email: str
    name: str
    organization_id: OrganizationId
    actor: Actor
    http: Client


@dataclass(frozen=True, slots=True)
class Cast:
    """The whole cast of one test, in two organizations of its own."""

    acme: OrganizationId
    globex: OrganizationId
    marker: str
    olga: Person
    adam: Person
    anna: Person
    vera: Person
    otto: Person
    nobody: Client


async def assemble(process: Process, connect: Client) -> Cast:
    """Make the people and organizations of one test; ``connect`` is a client that nobody has signed in with."""
    marker = f"acme{secrets.token_hex(5)}"
    other = f"globex{secrets.token_hex(5)}"
    ids = {name: await _user(process, name, marker) for name in ("olga", "adam", "anna", "vera")}
    otto = await _user(process, "otto", other)
    acme = await _organization(process, ids["olga"], f"Acme {marker}")
    globex = await _organization(process, otto, f"Globex {other}")
    roles = {"olga": Role.OWNER, "adam": Role.ADMIN, "anna": Role.AGENT_MANAGER, "vera": Role.VIEWER}
    olga = _actor(process, ids["olga"], acme, Role.OWNER)
    async with process.database.context(olga) as ctx:
        for name in ("adam", "anna", "vera"):
            await members.add(ctx, ids[name], roles[name], ids["olga"])

    def person(name: str) -> Person:
        return _person(process, connect, ids[name], name, mark=marker, organization_id=acme, role=roles[name])

    return Cast(
        acme=acme,
        globex=globex,
        marker=marker,
        olga=person("olga"),
        adam=person("adam"),
        anna=person("anna"),
        vera=person("vera"),
        otto=_person(process, connect, otto, "otto", mark=other, organization_id=globex, role=Role.OWNER),
        nobody=Client(connect.session, connect.base_url),
    )


async def make_user(process: Process, name: str, mark: str) -> UserId:
    """Make an account that belongs to no organization: ``name.mark@example.com`` with the password of the cast."""
    return await _user(process, name, mark)


async def _user(process: Process, name: str, mark: str) -> UserId:
    email = f"{name}.{mark}@example.com"
    hashed = await users.hash_password(process.resources, PASSWORD, about=PasswordOwner(email))
    user_id = UserId(new_id())
    async with process.database.context(Actor(ActorKind.USER, user_id=user_id)) as ctx:
        await users.create(ctx, NewUser(email=email, full_name=f"{name.title()} {mark}", password_hash=hashed))
    return user_id


async def _organization(process: Process, owner: UserId, name: str) -> OrganizationId:
    async with process.database.context(Actor(ActorKind.USER, user_id=owner)) as ctx:
        return (await organizations.create(ctx, name)).id


def _actor(process: Process, user_id: UserId, organization_id: OrganizationId, role: Role) -> Actor:
    return Actor(
        ActorKind.USER,
        user_id=user_id,
        organization_id=organization_id,
        role=role,
        permissions=process.resources.permissions_of(role),
    )


def _person(
    process: Process,
    connect: Client,
    user_id: UserId,
    name: str,
    *,
    mark: str,
    organization_id: OrganizationId,
    role: Role,
) -> Person:
    email = f"{name}.{mark}@example.com"
    return Person(
        user_id=user_id,
        email=email,
        name=name,
        organization_id=organization_id,
        actor=_actor(process, user_id, organization_id, role),
        http=Client(connect.session, connect.base_url, email=email, password=PASSWORD),
    )
