"""API and worker behind a real PgBouncer in transaction mode: what belongs to a session is lost there, tenancy is not."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from retinue.cli.doctor_connections import examine_connections
from retinue.cli.finding import State
from retinue.core.bus.bus import BusDeafError
from retinue.core.db.connections import PooledError, ServingRoleError
from retinue.core.settings import SettingsError
from retinue.process import Process
from tests.cast import Cast, assemble
from tests.conftest import Postgres
from tests.pooler import login_role, pooled
from tests.runs.scene import Scene, working
from tests.serving import serve

_CLIENTS = 60
_REQUESTS = 10


@dataclass(frozen=True, slots=True)
class Poolers:
    """Addresses through PgBouncer: the serving login's, the owner's (options refused), and the owner's (options dropped)."""

    serving: str
    owner: str
    dropping: str


@pytest.fixture(scope="module")
def poolers(postgres: Postgres) -> Iterator[Poolers]:
    parts = conninfo_to_dict(postgres.owner_url)
    owner, secret, database = str(parts["user"]), str(parts.get("password", "")), str(parts["dbname"])
    with (
        tempfile.TemporaryDirectory(prefix="retinue-pooler-") as folder,
        login_role(postgres.owner_url) as (name, password),
    ):
        users = {name: password, owner: secret}
        Path(folder).chmod(0o755)
        with (
            pooled(postgres.owner_url, Path(folder) / "a", users) as strict,
            pooled(postgres.owner_url, Path(folder) / "b", users, ignore_startup_parameters="options") as lax,
        ):
            yield Poolers(
                f"postgresql://{name}:{password}@127.0.0.1:{strict}/{database}",
                f"postgresql://{owner}:{secret}@127.0.0.1:{strict}/{database}",
                f"postgresql://{owner}:{secret}@127.0.0.1:{lax}/{database}",
            )


@pytest.fixture
def behind(environ: dict[str, str], poolers: Poolers, postgres: Postgres) -> dict[str, str]:
    """Give the settings of a process behind the pooler."""
    return {
        **{name: value for name, value in environ.items() if name != "DATABASE_URL"},
        "RETINUE_APP_DATABASE_URL": poolers.serving,
        "DIRECT_DATABASE_URL": postgres.owner_url,
    }


@asynccontextmanager
async def _served(environ: dict[str, str]) -> AsyncGenerator[tuple[Process, Cast]]:
    process = Process(environ)
    await process.start()
    try:
        async with serve(process) as client:
            yield process, await assemble(process, client)
    finally:
        await process.stop()


async def _refusal(environ: dict[str, str]) -> SettingsError:
    before = asyncio.all_tasks()
    process = Process(environ)
    try:
        await process.start()
    except SettingsError as error:
        assert asyncio.all_tasks() <= before, "what was opened is closed again"
        return error
    await process.stop()
    raise AssertionError("the process serves")


async def test_a_run_completes_through_the_pooler(behind: dict[str, str], postgres: Postgres) -> None:
    async with _served(behind) as (process, cast):
        scene = Scene(cast, process, postgres)
        await cast.anna.http.get("/auth/session")
        async with working(behind, scene.tools):
            scene.tools["look"] = lambda _: "seen"
            agent = await scene.agent({"tool_calls": [{"name": "look"}]}, "Done.", tools=("look",))
            runs = [await scene.started(agent) for _ in range(5)]
            ended = [await scene.until(run) for run in runs]

    assert [run["status"] for run in ended] == ["completed"] * 5


async def test_sixty_clients_at_once_see_their_own_organization_alone(behind: dict[str, str]) -> None:
    async with _served({**behind, "RETINUE_POOL_SIZE": "30", "RETINUE_API_WAIT_SECONDS": "20"}) as (_, cast):
        people = {"Acme": cast.olga.http, "Globex": cast.otto.http}
        for name, http in people.items():
            made = await http.post("/agents", json={"name": f"Agent of {name}", "instructions": "Answer."})
            assert made.status == 201, made.text

        async def look(number: int) -> set[str]:
            name, http = list(people.items())[number % 2]
            seen: set[str] = set()
            for _ in range(_REQUESTS):
                answer = await http.get("/agents")
                assert answer.status == 200, answer.text
                named = [item["name"] for item in answer.json["items"]]  # beside those each organization begins with
                seen |= {f"{name} sees {each}" for each in named if each.startswith("Agent of")}
            return seen

        seen = set[str]().union(*await asyncio.gather(*(look(number) for number in range(_CLIENTS))))

    assert seen == {"Acme sees Agent of Acme", "Globex sees Agent of Globex"}


async def test_a_pooler_that_refuses_the_role_makes_the_process_refuse_to_serve(
    environ: dict[str, str], poolers: Poolers, postgres: Postgres
) -> None:
    bare = {name: value for name, value in environ.items() if name != "RETINUE_APP_DATABASE_URL"}

    error = await _refusal({**bare, "DATABASE_URL": poolers.owner, "DIRECT_DATABASE_URL": postgres.owner_url})

    assert isinstance(error, ServingRoleError)
    assert "RETINUE_APP_DATABASE_URL" in str(error.remedy_text)


async def test_a_pooler_that_drops_the_role_makes_the_process_refuse_to_serve(
    environ: dict[str, str], poolers: Poolers, postgres: Postgres
) -> None:
    bare = {name: value for name, value in environ.items() if name != "RETINUE_APP_DATABASE_URL"}

    error = await _refusal({**bare, "DATABASE_URL": poolers.dropping, "DIRECT_DATABASE_URL": postgres.owner_url})

    assert isinstance(error, ServingRoleError)
    assert "superuser" in error.detail
    assert "RETINUE_APP_DATABASE_URL" in str(error.remedy_text)


@pytest.mark.parametrize("power", ["SUPERUSER", "BYPASSRLS", "OWNER", "STRANGER"])
async def test_a_role_with_more_or_less_power_than_it_needs_does_not_serve(
    environ: dict[str, str], postgres: Postgres, power: str
) -> None:
    parts = conninfo_to_dict(postgres.owner_url)
    with login_role(postgres.owner_url) as (name, password), psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        change = {
            "OWNER": f'GRANT "{parts["user"]}" TO {name}',
            "STRANGER": f"REVOKE retinue_app FROM {name}",
        }.get(power, f"ALTER ROLE {name} {power}")
        owner.execute(change.encode())
        url = f"postgresql://{name}:{password}@/{parts['dbname']}?host={parts['host']}&port={parts['port']}"
        error = await _refusal({**environ, "RETINUE_APP_DATABASE_URL": url})

    assert isinstance(error, ServingRoleError)
    assert name in error.detail


async def test_a_bus_behind_the_pooler_makes_the_process_refuse_to_serve(behind: dict[str, str]) -> None:
    del behind["DIRECT_DATABASE_URL"]

    error = await _refusal(behind)

    assert isinstance(error, PooledError | BusDeafError)
    assert "DIRECT_DATABASE_URL" in str(error.remedy_text)


async def test_doctor_says_what_is_wrong_behind_a_pooler(
    behind: dict[str, str], environ: dict[str, str], poolers: Poolers
) -> None:
    right = {finding.subject: finding.state for finding in await examine_connections(behind)}
    deaf = {each.subject: each for each in await examine_connections({**behind, "DIRECT_DATABASE_URL": poolers.owner})}
    bare = {name: value for name, value in environ.items() if name != "RETINUE_APP_DATABASE_URL"}
    strong = {each.subject: each for each in await examine_connections({**bare, "DATABASE_URL": poolers.dropping})}

    assert right == {"Serving as": State.OK, "Wake-ups": State.OK}
    assert deaf["Wake-ups"].state is State.FAILED
    assert strong["Serving as"].state is State.FAILED
    assert "RETINUE_APP_DATABASE_URL" in strong["Serving as"].remedy


async def test_statements_are_prepared_only_where_that_is_known_to_work(
    behind: dict[str, str], environ: dict[str, str]
) -> None:
    prepared: list[bool] = []
    for settings in (environ, behind, {**environ, "RETINUE_PREPARED_STATEMENTS": "off"}):
        process = Process(settings)
        await process.start()
        try:
            async with process.database.quick() as connection:
                for _ in range(3):
                    await connection.execute("SELECT %s::text", (secrets.token_hex(2),), prepare=True)
                prepared.append(connection.prepare_threshold is not None)
        finally:
            await process.stop()

    assert prepared == [True, False, False]
