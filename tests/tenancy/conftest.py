"""Fixtures of the tests of tenancy: Acme filled once a session, and its owner's connection to the database."""

import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from retinue.process import Process
from tests.cast import Cast, Person, assemble
from tests.client import Client
from tests.conftest import Postgres
from tests.tenancy.objects import FACTORIES
from tests.tenancy.world import World


@pytest.fixture(scope="session")
def owner(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    """Give a connection that sees everything."""
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
async def world(process: Process, server: Client, owner: psycopg.Connection[Any]) -> World:
    """Give Acme with a thing of every kind and a row in every table."""
    made = World(await assemble(process, server), process, owner, FACTORIES)
    for parameter in FACTORIES:
        await made.id_of(parameter)
    for person in (made.cast.olga, made.cast.adam, made.cast.anna, made.cast.vera):
        await person.http.get("/users/me")  # signed in before anything is compared: that is in the audit log
    filler = made.filler()
    for table in made.tenant_tables():
        filler.ensure(table)
    return made


@pytest.fixture
async def intruders(process: Process, server: Client) -> Cast:
    """Give other organizations with owners of their own."""
    return await assemble(process, server)


@pytest.fixture
async def otto(intruders: Cast) -> Person:
    """Give Otto, who owns Globex and has nothing to do with Acme."""
    return intruders.otto


@pytest.fixture
def unknown() -> str:
    """Give a text that nobody has used."""
    return secrets.token_hex(8)
