"""Whoever runs the installation deletes an organization at its machine, watches it, and cancels it."""

import asyncio

import pytest

from retinue.identity.deletions import tasks
from tests.cli.conftest import Retinue, retinue
from tests.identity.conftest import Installation

__all__ = ["retinue"]


@pytest.fixture
async def claimed(installation: Installation) -> Installation:
    """Give an installation that Olga has claimed."""
    assert (await installation.claim(installation.issue_claim())).status == 200
    return installation


async def test_operator_cancels_a_deletion(claimed: Installation, retinue: Retinue) -> None:
    slug = (await claimed.http.get("/organizations/current")).json["slug"]
    settings = {"DATABASE_URL": claimed.owner_url}

    asked = retinue("organizations", "delete", slug, **settings)
    unknown = retinue("organizations", "delete", "unknown", "--yes", **settings)
    deleted = retinue("organizations", "delete", slug, "--yes", **settings)
    shut = await claimed.http.get("/members")
    cancelled = retinue("organizations", "cancel-deletion", slug, **settings)
    again = retinue("organizations", "cancel-deletion", slug, **settings)

    assert (asked.returncode, unknown.returncode, again.returncode) == (1, 1, 1)
    assert (deleted.returncode, cancelled.returncode) == (0, 0), deleted.stderr + cancelled.stderr
    assert f"{slug}: shut; is deleted after " in deleted.stdout
    assert shut.status == 403
    assert (await claimed.http.get("/members")).status == 200


async def test_operator_waits_for_a_deletion(claimed: Installation, retinue: Retinue) -> None:
    slug = (await claimed.http.get("/organizations/current")).json["slug"]
    settings = {"DATABASE_URL": claimed.owner_url}

    waiting = asyncio.create_task(
        asyncio.to_thread(retinue, "organizations", "delete", slug, "--now", "--yes", "--wait", **settings)
    )
    async with asyncio.timeout(60):
        while claimed.owner.execute("SELECT count(*) FROM organization_deletions").fetchone() == (0,):
            await asyncio.sleep(0.1)
    await tasks.erase(claimed.process.database)
    said = await waiting

    assert said.returncode == 0, said.stderr
    assert f"{slug}: deleted: " in said.stdout
    assert claimed.owner.execute("SELECT count(*) FROM organizations").fetchone() == (0,)
