"""One process of Retinue, API or worker: its long-lived parts, put together by hand and in plain sight."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from retinue.agents.variables.service import AgentVariables
from retinue.core.bus.bus import Bus
from retinue.core.bus.ports import LIVE, WORK, Transport
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.clock import SKEW_WORTH_TELLING_SECONDS, Clock, DatabaseClock, SystemClock, told
from retinue.core.db.database import Database
from retinue.core.db.liveness import living
from retinue.core.dispatch.procrastinate import ProcrastinateDispatch
from retinue.core.dispatch.repository_workers import list_skewed
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.errors import UnavailableError
from retinue.core.http.addresses import OutboundSettings, Policy
from retinue.core.http.limits import ApiLimits
from retinue.core.http.outbound import Outbound
from retinue.core.kv.port import KeyValue
from retinue.core.kv.postgres import PostgresKeyValue
from retinue.core.logging import get_logger
from retinue.core.resources import Resources
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, Settings, SettingsError, load
from retinue.core.storage import Storage, StorageSettings
from retinue.features import FEATURES, permissions_of
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.tools.invoke import Invoker

if TYPE_CHECKING:
    from retinue.core.http.health import Check

_CHECK_SECONDS = 2
_SET_THE_CLOCK = (
    "Set the clock, by NTP; a worker whose clock is off deletes and repairs nothing, and beyond 30 s takes no runs."
)
_log = get_logger(__name__)
_KEY_REMEDY = (
    "A key is 32 random bytes in URL-safe base64. Create one: "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)


def serving_url(core: CoreSettings) -> str:
    """Return the URL under which requests are served: the role ``retinue_app``, which owns nothing."""
    if core.app_database_url:
        return core.app_database_url
    if not core.database_url:
        raise SettingsError("DATABASE_URL: no database is named", remedy="Set DATABASE_URL, or start with 'retinue up'.")
    mark = "&" if "?" in core.database_url else "?"
    return f"{core.database_url}{mark}options=-c%20role%3Dretinue_app"


def keys_of(core: CoreSettings) -> tuple[str, ...]:
    """Return the secret keys, newest first. Raises ``SettingsError`` when none is set."""
    keys = tuple(key.strip() for key in core.secret_key.get_secret_value().split(",") if key.strip())
    if not keys:
        raise SettingsError("RETINUE_SECRET_KEY: no key is set", remedy="Set it; 'retinue up' makes one by itself.")
    try:
        SecretBox(keys)
    except ValueError:
        raise SettingsError("RETINUE_SECRET_KEY: a key is not valid", remedy=_KEY_REMEDY) from None
    return keys


def _key_value(core: CoreSettings, database: Database) -> KeyValue:
    if not core.redis_url:
        return PostgresKeyValue(database.pool)
    from retinue.core.kv.redis import RedisKeyValue  # noqa: PLC0415 - the client is needed only where a server is named

    return RedisKeyValue(core.redis_url)


def _transport(core: CoreSettings, url: str) -> Transport:
    if not core.redis_url:
        return PostgresTransport(url)
    from retinue.core.bus.transport_redis import RedisTransport  # noqa: PLC0415 - as above

    return RedisTransport(core.redis_url)


class Process:
    """The parts of a process. Made from the environment, opened by ``start``, closed by ``stop``."""

    def __init__(self, environ: Mapping[str, str], *, clock: Clock | None = None) -> None:
        """Read every room's settings and build the parts; ``clock`` is the machine's. Raises ``SettingsError``."""
        core = load(CoreSettings, environ)
        dispatch = load(DispatchSettings, environ)
        outbound = load(OutboundSettings, environ)
        storage = load(StorageSettings, environ)
        settings: dict[type[Settings], Settings] = {
            CoreSettings: core,
            DispatchSettings: dispatch,
            OutboundSettings: outbound,
            StorageSettings: storage,
        }
        for feature in FEATURES:
            for kind in feature.settings:
                settings[kind] = load(kind, environ)
        keys = keys_of(core)
        url = serving_url(core)
        self.clock = DatabaseClock(clock or SystemClock())
        self.bus = Bus(_transport(core, url))
        self.resources = Resources(
            secrets=SecretBox(keys),
            core=core,
            settings=settings,
            bus=self.bus,
            dispatch=ProcrastinateDispatch(url, self.bus, dispatch, lambda: not self.clock.is_far_off),
            outbound=Outbound(Policy.of(outbound)),
            storage=Storage(storage, core.data_dir),
            permissions_of=permissions_of,
            organization_created=tuple(each for feature in FEATURES for each in feature.organization_created),
            account_deleted=tuple(each for feature in FEATURES for each in feature.account_deleted),
        )
        self.database = Database(url, clock=self.clock, resources=self.resources, pool_size=core.pool_size)
        self.resources.kv = _key_value(core, self.database)
        self.resources.limits = ApiLimits(self.resources.kv)
        self.tool_invoker = Invoker(self.database, AgentVariables(self.database))
        self.is_open = False

    async def start(self, *, is_serving: bool = True, is_working: bool = False) -> None:
        """Open what needs opening, in the order of dependence; serving and working say what the bus listens to."""
        await self.database.open()
        await self.database.compare_clocks()
        if self.clock.is_off:
            _log.error("process.clock_off", clock=f"{told(self.clock.skew_seconds)} the database's", remedy=_SET_THE_CLOCK)
        await self.resources.kv.open()
        await self.bus.start(([LIVE] if is_serving else []) + ([WORK] if is_working else []))
        self.is_open = True

    async def stop(self) -> None:
        """Close everything, in the reverse order."""
        self.is_open = False
        await self.bus.stop()
        await self.resources.outbound.close()
        await self.resources.kv.close()
        await self.database.close()

    def checks(self) -> "dict[str, Check]":
        """Return what must work for this process to be ready, by name."""
        checks: dict[str, Check] = {"database": self._check_database}
        if self.resources.core.redis_url:
            checks["redis"] = self._check_redis
        return checks

    def remarks(self) -> "dict[str, Check]":
        """Return what a person should look at though the process can serve, by name."""
        return {"clock": self._look_at_clocks}

    async def _look_at_clocks(self) -> str | None:
        await self.database.compare_clocks()
        async with living(self.database.pool) as connection:
            skewed = await list_skewed(connection, SKEW_WORTH_TELLING_SECONDS)
        sentences = [f"Worker {name}: its clock is {told(seconds)} the database's." for name, seconds in skewed]
        if self.clock.is_off:
            sentences.append(f"This API: its clock is {told(self.clock.skew_seconds)} the database's.")
        return " ".join([*sentences, _SET_THE_CLOCK]) if sentences else None

    async def _check_redis(self) -> str | None:
        try:
            await self.resources.kv.open()
        except UnavailableError as error:
            return error.detail
        return None

    async def _check_database(self) -> str | None:
        async with asyncio.timeout(_CHECK_SECONDS), living(self.database.pool) as connection:
            row = await (await connection.execute("SELECT version_num FROM alembic_version")).fetchone()
        revision = row[0] if row else None
        if revision == SCHEMA_REVISION:
            return None
        return f"The schema is at revision {revision}, this version needs {SCHEMA_REVISION}: run 'retinue migrate'."
