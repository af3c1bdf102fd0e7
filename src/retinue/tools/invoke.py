"""Carrying out tool calls: arguments checked, secrets looked up at the last moment, time, size and number limited.

No transaction is open while a tool is called, and no secret leaves in its result. What goes wrong with the tool itself is
a result with ``is_error`` that tells the model; only the platform's own failures are raised.
"""

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.logging import get_logger
from retinue.engine.ports import (
    RunFiles,
    RunPersons,
    SecretVariables,
    ToolArtifact,
    ToolInvocation,
    ToolPlan,
    ToolResult,
)
from retinue.engine.spec.schemas import argument_problems
from retinue.engine.spec.variables import fill_document, names_in
from retinue.tools import repository
from retinue.tools.accesses import Accesses, lacking
from retinue.tools.errors import ToolMissingError
from retinue.tools.instruments import CANCELLED, FAILED, OK, UNKNOWN, ToolInstruments
from retinue.tools.oauth.errors import ConnectionMissingError, ConnectionNeededError, PersonMissingError
from retinue.tools.oauth.service import Access, is_oauth
from retinue.tools.ports import KindCall, ToolKind
from retinue.tools.redaction import redact, secrets_of
from retinue.tools.registry import INSTANT, kind_of, variables_in
from retinue.tools.settings import ToolSettings
from retinue.tools.types import VARIABLES
from retinue.tools.web_search import service as web_search

_log = get_logger(__name__)

_MINUTE_SECONDS = 60.0
_ANY_BYTES = 1 << 62
_ENVELOPE_BYTES = 512
"""What a kind may add around the rows or the text that it cuts to size itself."""


class _UnfilledError(Exception):
    """A variable that the tool uses has no value; the text is for the model."""


@dataclass(slots=True)
class _Lane:
    """The turns of one organization, and how many calls want them."""

    turns: asyncio.Semaphore
    wanted: int = 0


@dataclass(frozen=True, slots=True)
class _FilesOfRun:
    """The files of one run. Implements ``tools.ports.Files``."""

    files: RunFiles | None
    organization_id: str
    run_id: str

    async def get(self, name: str) -> ToolArtifact | None:
        """Return the newest file of this name, or the one with this id."""
        return None if self.files is None else await self.files.get(self.organization_id, self.run_id, name)


class Invoker:
    """Calls tools for one process. Implements ``engine.ports.ToolInvoker``."""

    def __init__(
        self,
        database: Database,
        variables: SecretVariables,
        files: RunFiles | None = None,
        persons: RunPersons | None = None,
    ) -> None:
        """Take where credentials are kept, and who knows the agents' variables, the files of runs and their persons."""
        self._database = database
        self.variables = variables
        self._files = files
        self._accesses = Accesses(database, variables, persons)
        self._settings = database.resources.settings_of(ToolSettings)
        self._instruments = database.resources.telemetry.of(ToolInstruments)
        self._turns = asyncio.Semaphore(self._settings.tool_concurrency)
        self._lanes: dict[str, _Lane] = {}

    async def invoke(self, invocation: ToolInvocation) -> ToolResult:
        """Call the tool. A tool's own failure is a result with ``is_error``; raises only for the platform's failures."""
        began, outcome = time.perf_counter(), FAILED
        try:
            result = await self._invoke(invocation)
            outcome = UNKNOWN if result.is_unknown else FAILED if result.is_error else OK
        except asyncio.CancelledError:
            outcome = CANCELLED
            raise
        finally:
            tool = invocation.tool
            tool_type = "built_in" if "builtin" in tool.configuration else tool.tool_type
            self._instruments.count(tool_type, outcome, time.perf_counter() - began)
        return result

    async def _invoke(self, invocation: ToolInvocation) -> ToolResult:
        tool = invocation.tool
        kind = kind_of(tool.tool_type, tool.configuration)
        if kind is None:
            return _failed(f"Tools of type {tool.tool_type} cannot be called here.")
        problems = argument_problems(tool.parameters, invocation.arguments)
        if problems:
            return _failed("The arguments do not fit: " + "; ".join(problems))
        try:
            credentials, access = await self._credentials(invocation)
            call, secrets = await self._filled(invocation, credentials, access)
        except (_UnfilledError, ToolMissingError, ConnectionMissingError, PersonMissingError) as error:
            return _failed(str(error))
        refused = await self._over_rate(tool)
        if refused is not None:
            return _failed(refused)
        async with self._turn(invocation.organization_id):
            result = await self._call(kind, call)
        if access is not None and access.used:
            secrets = (*secrets_of(None, access.used), *secrets)
        return self._capped(redact(result, secrets), self._output_bytes(tool))

    async def prepare(self, invocation: ToolInvocation) -> ToolResult | None:
        """See to it that a call under a connection has an access token; else return the result that it then has."""
        if not invocation.tool.is_connected:
            return None
        try:
            _, access = await self._credentials(invocation)
            if access is not None:
                await access.token()
        except ConnectionNeededError as error:
            return lacking(error)
        except Error as error:
            return _failed(error.detail)
        return None

    def is_instant(self, tool: ToolPlan) -> bool:
        """Tell whether calls of a tool are pure and end in milliseconds; see ``registry.INSTANT``."""
        is_free = not tool.requires_approval and not tool.is_connected and "rate_per_minute" not in tool.limits
        return is_free and not tool.settings and tool.configuration.get("builtin") in INSTANT

    async def _over_rate(self, tool: ToolPlan) -> str | None:
        """Count a call against the tool's rate, over all processes; return what to say when it is used up."""
        rate = cast("int | None", tool.limits.get("rate_per_minute"))
        if rate is None:
            return None
        key = f"tool:{tool.tool_id}:calls"
        taken = await self._database.resources.kv.take(key, 1, most=rate, ttl_seconds=_MINUTE_SECONDS)
        if taken.granted:
            return None
        wait = max(1, math.ceil(taken.expires_in_seconds))
        return f"The tool may be called {rate} times a minute, and was. Call it again in {wait} s."

    def _output_bytes(self, tool: ToolPlan) -> int:
        return min(self._settings.tool_output_bytes, cast("int", tool.limits.get("response_bytes", _ANY_BYTES)))

    async def _credentials(self, invocation: ToolInvocation) -> tuple[JsonObject | None, Access | None]:
        builtin = invocation.tool.configuration.get("builtin")
        if builtin == "web_search":
            return await web_search.get_access(self._database, OrganizationId(UUID(invocation.organization_id))), None
        if builtin is not None:
            return None, None
        organization_id, tool_id = OrganizationId(UUID(invocation.organization_id)), UUID(invocation.tool.tool_id)
        sealed, connection_id = await self._database.read(
            organization_id, lambda ctx: repository.get_credentials(ctx.tx, tool_id)
        )
        if sealed is None:
            return None, None
        credentials = cast("JsonObject", loads(self._database.resources.secrets.open(sealed)))
        if is_oauth(credentials):
            return None, await self._accesses.of_call(invocation, connection_id)
        return credentials, None

    async def _filled(
        self, invocation: ToolInvocation, credentials: JsonObject | None, access: Access | None
    ) -> tuple[KindCall, tuple[str, ...]]:
        tool = invocation.tool
        settings: JsonObject = {name: value for name, value in tool.settings.items() if name != VARIABLES}
        plain = cast("dict[str, str]", tool.settings.get(VARIABLES, {}))
        used = variables_in(tool.tool_type, tool.configuration) | names_in([settings, credentials])
        names = sorted(used - plain.keys())
        secret: Mapping[str, str] = {}
        if names:
            secret = await self.variables.values(invocation.organization_id, invocation.agent_id, tuple(names))
        missing = [name for name in names if name not in secret]
        if missing:
            raise _UnfilledError(
                f"The tool uses {{{{{missing[0]}}}}}, but the agent has no variable of this name with a value."
            )
        values = {**plain, **secret}
        settings = cast("JsonObject", fill_document(settings, values))
        signed = cast("JsonObject | None", fill_document(credentials, values))
        call = KindCall(
            name=tool.name,
            configuration=tool.configuration,
            settings=settings,
            arguments=invocation.arguments,
            declared=_declared(tool, settings),
            credentials=signed,
            values=values,
            effect=tool.effect,
            idempotency_key=invocation.idempotency_key,
            timeout_seconds=tool.timeout_seconds,
            now=self._database.clock.now(),
            outbound=self._database.resources.outbound,
            organization_id=invocation.organization_id,
            run_id=invocation.run_id,
            resources=self._database.resources,
            files=_FilesOfRun(self._files, invocation.organization_id, invocation.run_id),
            max_bytes=self._output_bytes(tool) - _ENVELOPE_BYTES,
            allowed_hosts=_hosts(tool),
            access=access,
        )
        return call, secrets_of(signed, secret.values())

    @asynccontextmanager
    async def _turn(self, organization_id: str) -> AsyncGenerator[None]:
        lane = self._lanes.get(organization_id)
        if lane is None:
            limit = self._settings.tool_concurrency_per_organization
            lane = self._lanes[organization_id] = _Lane(asyncio.Semaphore(limit))
        lane.wanted += 1
        try:
            async with lane.turns, self._turns:
                yield
        finally:
            lane.wanted -= 1
            if not lane.wanted:
                del self._lanes[organization_id]

    async def _call(self, kind: ToolKind, call: KindCall) -> ToolResult:
        try:
            async with asyncio.timeout(call.timeout_seconds):
                return await kind.invoke(call)
        except TimeoutError:
            is_unknown = call.effect != "read_only"
            unknown = " Whether the call took effect is not known." if is_unknown else ""
            text = f"The tool gave no answer within {call.timeout_seconds:g} seconds.{unknown}"
            return ToolResult(text, is_error=True, is_unknown=is_unknown, failure="timeout")
        except ConnectionNeededError as error:
            return lacking(error)
        except Error as error:
            return _failed(error.detail)
        except Exception:  # noqa: BLE001 - one of the five borders: a tool call
            _log.exception("tool.failed", tool=call.name)
            text = "The tool failed for a reason of its own; the log of the installation has it."
            return ToolResult(text, is_error=True, is_unknown=call.effect != "read_only")

    def _capped(self, result: ToolResult, output_bytes: int) -> ToolResult:
        size = sum(len(artifact.content) for artifact in result.artifacts)
        if size > self._settings.tool_artifact_bytes:
            return _failed(f"The tool's files have {size} bytes; at most {self._settings.tool_artifact_bytes} are kept.")
        return replace(result, output=_cut(result.output, output_bytes))


def _hosts(tool: ToolPlan) -> tuple[str, ...] | None:
    hosts = cast("list[str] | None", tool.limits.get("allowed_hosts"))
    return None if hosts is None else tuple(hosts)


def _failed(text: str) -> ToolResult:
    return ToolResult(text, is_error=True)


def _declared(tool: ToolPlan, settings: JsonObject) -> frozenset[str]:
    fixed = settings.get("arguments")
    properties = tool.parameters.get("properties")
    return frozenset(fixed if isinstance(fixed, dict) else ()) | frozenset(
        properties if isinstance(properties, dict) else ()
    )


def _cut(output: Json, limit: int) -> Json:
    written = output.encode() if isinstance(output, str) else dumps(output)
    if len(written) <= limit:
        return output
    return f"{written[:limit].decode(errors='ignore')}… (cut: {len(written)} bytes, {limit} shown)"
