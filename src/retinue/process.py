"""One process of Retinue, API or worker: its long-lived parts, put together explicitly."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from psycopg.errors import InsufficientPrivilege, UndefinedTable
from psycopg_pool import PoolTimeout

from retinue.agents.variables.service import AgentVariables
from retinue.alerts.tasks import why_late as why_alerts_are_late
from retinue.backups.tasks import why_behind
from retinue.core.bus.bus import HEARING_SECONDS, Bus, BusDeafError
from retinue.core.bus.ports import LIVE, WORK, Transport
from retinue.core.bus.transport_postgres import PostgresTransport
from retinue.core.clock import SKEW_WORTH_TELLING_SECONDS, Clock, DatabaseClock, SystemClock, told
from retinue.core.db.connections import SERVING_ROLE, Manner, manner_of
from retinue.core.db.database import Database
from retinue.core.db.instruments import instrument
from retinue.core.db.liveness import checked_connection
from retinue.core.db.outages import CONNECTION_ERRORS, first_line
from retinue.core.db.patience import of_requests, of_work
from retinue.core.db.settings import DatabaseSettings
from retinue.core.dispatch.procrastinate import ProcrastinateDispatch
from retinue.core.dispatch.repository_workers import NO_WORKER, count_living, list_skewed
from retinue.core.dispatch.settings import DispatchSettings
from retinue.core.file_deletion import deleting
from retinue.core.http.limits import ApiLimits
from retinue.core.kv.port import KeyValue
from retinue.core.kv.postgres import PostgresKeyValue
from retinue.core.logging import get_logger
from retinue.core.mail.settings import MailSettings
from retinue.core.outbound.addresses import OutboundSettings, Policy
from retinue.core.outbound.client import Outbound
from retinue.core.resources import Resources
from retinue.core.secrets import SecretBox
from retinue.core.settings import CoreSettings, Settings, SettingsError, load
from retinue.core.storage import Storage, StorageSettings, why_disk_is_full
from retinue.core.telemetry.settings import TelemetrySettings
from retinue.features import FEATURES, permissions_of
from retinue.identity.users.service import close as close_users
from retinue.migrations.state import QUEUE_FUNCTIONS, READ_MISSING, READ_REVISION, problem_of, queue_problem
from retinue.runs.artifacts.files import FilesOfRuns
from retinue.runs.persons import PersonsOfRuns
from retinue.sandbox.service import close as close_sandbox
from retinue.tools.invoke import Invoker
from retinue.tools.mcp.sessions import close as close_mcp
from retinue.tools.openapi.child import DocumentReader

if TYPE_CHECKING:
    from retinue.core.readiness import Check
    from retinue.core.redis_link import RedisLink

_SET_THE_CLOCK = "Set it by NTP: a worker whose clock is off deletes and repairs nothing, and beyond 30 s takes no runs."
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
        remedy = "Set DATABASE_URL, or start with 'retinue up'."
        raise SettingsError("DATABASE_URL: no database is named", remedy=remedy)
    return _in_role(core.database_url)


def direct_url(core: CoreSettings, settings: DatabaseSettings) -> str:
    """Return the URL of the serving role past any pooler, for what belongs to one session, such as LISTEN."""
    return _in_role(settings.direct_database_url) if settings.direct_database_url else serving_url(core)


def _in_role(url: str) -> str:
    """Ask for the powerless role at the start of each session; poolers drop it, so each connection is checked."""
    if "options=" in url:
        return url
    mark = "&" if "?" in url else "?"
    return f"{url}{mark}options=-c%20role%3D{SERVING_ROLE}"


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


def _link(core: CoreSettings) -> "RedisLink | None":
    if not core.redis_url:
        return None
    from retinue.core.redis_link import RedisLink  # noqa: PLC0415 - the client is needed only where a server is named

    return RedisLink(core.redis_url)


def _key_value(core: CoreSettings, database: Database, link: "RedisLink | None") -> KeyValue:
    own = PostgresKeyValue(database.pool)
    if link is None:
        return own
    from retinue.core.kv.fallback import FallbackKeyValue  # noqa: PLC0415 - as above
    from retinue.core.kv.redis import RedisKeyValue  # noqa: PLC0415 - as above

    return FallbackKeyValue(RedisKeyValue(core.redis_url), own, link)


def _transport(core: CoreSettings, link: "RedisLink | None", url: str, manner: Manner) -> Transport:
    own = PostgresTransport(url, manner)
    if link is None:
        return own
    from retinue.core.bus.transport_fallback import FallbackTransport  # noqa: PLC0415 - as above
    from retinue.core.bus.transport_redis import RedisTransport  # noqa: PLC0415 - as above

    return FallbackTransport(RedisTransport(core.redis_url), own, link)


class Process:
    """The parts of a process. Made from the environment, opened by ``start``, closed by ``stop``."""

    def __init__(self, environ: Mapping[str, str], *, clock: Clock | None = None) -> None:
        """Read every package's settings and build the parts; ``clock`` is the machine's. Raises ``SettingsError``."""
        core = load(CoreSettings, environ)
        database = load(DatabaseSettings, environ)
        dispatch = load(DispatchSettings, environ)
        outbound = load(OutboundSettings, environ)
        storage = load(StorageSettings, environ)
        settings: dict[type[Settings], Settings] = {
            CoreSettings: core,
            DatabaseSettings: database,
            DispatchSettings: dispatch,
            OutboundSettings: outbound,
            StorageSettings: storage,
            MailSettings: load(MailSettings, environ),
            TelemetrySettings: load(TelemetrySettings, environ),
        }
        for feature in FEATURES:
            for kind in feature.settings:
                settings[kind] = load(kind, environ)
        keys = keys_of(core)
        url = serving_url(core)
        self.clock = DatabaseClock(clock or SystemClock())
        manner = manner_of(database)
        link = _link(core)
        self.bus = Bus(_transport(core, link, direct_url(core, database), manner))
        self.resources = Resources(
            secrets=SecretBox(keys),
            core=core,
            settings=settings,
            bus=self.bus,
            dispatch=ProcrastinateDispatch(
                url, self.bus, dispatch, manner=manner, may_claim=lambda: not self.clock.is_far_off
            ),
            outbound=Outbound(Policy.of(outbound)),
            storage=Storage(storage, core.data_dir),
            permissions_of=permissions_of,
            organization_created=tuple(each for feature in FEATURES for each in feature.organization_created),
            account_deleted=tuple(each for feature in FEATURES for each in feature.account_deleted),
            organization_stopped=tuple(each for feature in FEATURES for each in feature.organization_stopped),
            organization_keys=tuple(each for feature in FEATURES for each in feature.organization_keys),
            file_folders=tuple(each for feature in FEATURES for each in feature.file_folders),
        )
        self.database = Database(
            url, clock=self.clock, resources=self.resources, pool_size=core.pool_size, settings=database
        )
        self.resources.storage.deleting = partial(deleting, self.database)
        self.resources.redis = link
        self.resources.kv = _key_value(core, self.database, link)
        self.resources.limits = ApiLimits(self.resources.kv)
        self._instrument()
        self.tool_invoker = Invoker(
            self.database,
            AgentVariables(self.database),
            FilesOfRuns(self.database),
            PersonsOfRuns(self.database),
        )
        self.document_reader = DocumentReader()
        self.is_open = False

    def _instrument(self) -> None:
        """Make every instrument, so that each process tells each metric from its start."""
        telemetry = self.resources.telemetry
        instrument(telemetry, self.database.pool, self.clock)
        for feature in FEATURES:
            for kind in feature.instruments:
                telemetry.of(kind)
            for look in feature.looks:
                telemetry.look(partial(look, self.database))

    async def start(self, *, is_serving: bool = True, is_working: bool = False) -> None:
        """Open what needs opening, in the order of dependence; serving and working say what the bus listens to.

        What was opened is closed again when something fails.
        """
        try:
            await self._open(is_serving=is_serving, is_working=is_working)
        except BaseException:
            await self.stop()
            raise
        self.is_open = True

    async def _open(self, *, is_serving: bool, is_working: bool) -> None:
        settings = self.database.settings
        await self.database.open(of_requests(settings) if is_serving else of_work(settings))
        await self.database.compare_clocks()
        if self.clock.is_off:
            _log.error("process.clock_off", clock=f"{told(self.clock.skew_seconds)} the database's", remedy=_SET_THE_CLOCK)
        await self.resources.kv.open()
        await self.bus.start(([LIVE] if is_serving else []) + ([WORK] if is_working else []))
        await self.bus.require_hearing(HEARING_SECONDS)

    async def stop(self) -> None:
        """Close everything, in the reverse order."""
        self.is_open = False
        await self.bus.stop()
        await close_mcp(self.resources)
        await close_sandbox(self.resources)
        await close_users(self.resources)
        await self.resources.outbound.close()
        await self.resources.limits.close()
        await self.resources.kv.close()
        if self.resources.redis is not None:
            await self.resources.redis.close()
        await self.database.close()

    def checks(self) -> "dict[str, Check]":
        """Return what must work for this process to be ready, by name."""
        return {"database": self._check_database, "bus": self._check_bus}

    def remarks(self) -> "dict[str, Check]":
        """Return what a person should look at though the process can serve, by name."""
        remarks: dict[str, Check] = {"clock": self._look_at_clocks, "workers": self._look_at_workers}
        remarks |= {"schema": self._look_at_schema, "alerts": self._look_at_alerts}
        if self.resources.redis is not None:
            remarks["redis"] = self._look_at_redis
        return remarks | {"disk": self._look_at_disk, "backup": partial(why_behind, self.database)}

    async def _look_at_workers(self) -> str | None:
        stall_seconds = self.resources.settings_of(DispatchSettings).worker_stall_seconds
        async with checked_connection(self.database.pool) as connection:
            count = await count_living(connection, stall_seconds)
        return None if count else NO_WORKER

    async def _look_at_alerts(self) -> str | None:
        """Tell that workers live and none evaluates alert rules; without a worker, that is what is told."""
        return await why_alerts_are_late(self.database) if await self._look_at_workers() is None else None

    async def _look_at_disk(self) -> str | None:
        return why_disk_is_full(self.resources.core.data_dir)

    async def _look_at_clocks(self) -> str | None:
        await self.database.compare_clocks()
        async with checked_connection(self.database.pool) as connection:
            skewed = await list_skewed(connection, SKEW_WORTH_TELLING_SECONDS)
        sentences = [f"Worker {name}: its clock is {told(seconds)} the database's." for name, seconds in skewed]
        if self.clock.is_off:
            sentences.append(f"This API: its clock is {told(self.clock.skew_seconds)} the database's.")
        return " ".join([*sentences, _SET_THE_CLOCK]) if sentences else None

    async def _check_bus(self) -> str | None:
        return f"{BusDeafError.__doc__} {BusDeafError.remedy}" if self.bus.is_deaf else None

    async def _look_at_redis(self) -> str | None:
        link = self.resources.redis
        return None if link is None else link.remark

    async def _check_database(self) -> str | None:
        try:
            async with self.database.quick() as connection:
                row = await (await connection.execute(READ_REVISION)).fetchone()
                missing = await (await connection.execute(READ_MISSING, (list(QUEUE_FUNCTIONS),))).fetchall()
        except (UndefinedTable, InsufficientPrivilege):
            return str(problem_of(None))
        except CONNECTION_ERRORS as error:
            if self.database.pool.refusal is None:
                why = "there is no connection to it." if isinstance(error, PoolTimeout) else first_line(error)
                return f"The database does not answer: {why} Check DATABASE_URL and the server."
            return f"{self.database.pool.refusal.detail} {self.database.pool.refusal.remedy_text}"
        problem = problem_of(row[0] if row else None)
        if problem is None or problem.is_newer:
            problem = queue_problem([name for (name,) in missing])
        return None if problem is None else str(problem)

    async def _look_at_schema(self) -> str | None:
        """Tell that the schema became newer under this process, which serves on it: it fitted when the process started."""
        async with checked_connection(self.database.pool) as connection:
            row = await (await connection.execute(READ_REVISION)).fetchone()
        problem = problem_of(row[0] if row else None)
        return str(problem) if problem is not None and problem.is_newer else None
