"""Requests to the InfluxDB that the operator named: no proxy of the environment, no redirects, no cookies."""

import gzip
from base64 import b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import aiohttp

from retinue import __version__
from retinue.core.errors import UnavailableError
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.outbound.deliveries import retry_after_of
from retinue.integrations.influxdb import writing
from retinue.integrations.influxdb.settings import InfluxSettings

_SECONDS = 10.0
_MOST_BYTES = 65_536
_TOO_BAD = frozenset({400, 413, 422})
"""The server cannot take these points, and could not the next time."""
_LATER, _SERVERS_FAULT = frozenset({408, 429}), 500
_FIRST, _LAST = "1677-09-22T00:00:00Z", "2262-04-11T00:00:00Z"
"""The instants that InfluxDB can hold."""
_LONGEST_DELAY_SECONDS = 3600
_POLICY = "retinue"
_DAY_SECONDS = 86_400


class PointsRefusedError(UnavailableError):
    """InfluxDB refuses points."""

    code = "points_refused"


class PointsNotSentError(UnavailableError):
    """InfluxDB cannot be reached, or does not take points at present."""

    code = "points_not_sent"

    def __init__(self, detail: str, delay: timedelta | None = None) -> None:
        """Take what happened, and how long the server asks to wait."""
        super().__init__(detail)
        self.delay = delay


class PointsKeptError(UnavailableError):
    """InfluxDB does not delete points."""

    code = "points_kept"


class Influx:
    """The server, by the settings: version 2 with a bucket, version 1 with a database."""

    def __init__(self, session: aiohttp.ClientSession, settings: InfluxSettings) -> None:
        """Take an open client."""
        self._session = session
        self._settings = settings
        self._url = settings.influxdb_url.rstrip("/")
        self._is_new = bool(settings.influxdb_bucket)

    async def write(self, body: bytes) -> None:
        """Send lines. Raises ``PointsRefusedError`` and ``PointsNotSentError``."""
        settings = self._settings
        if self._is_new:
            path = "/api/v2/write"
            query = {
                "org": settings.influxdb_org,
                "bucket": settings.influxdb_bucket,
                "precision": writing.PRECISION_2,
            }
        else:
            path, query = "/write", {"db": settings.influxdb_database, "precision": writing.PRECISION_1}
            if settings.influxdb_retention_days:
                query["rp"] = _POLICY
        headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Encoding": "gzip"}
        status, answer, delay = await self._ask("POST", path, query, gzip.compress(body, 5), headers)
        if status < 300:  # noqa: PLR2004 - the statuses of success
            return
        sentence = f"InfluxDB answered with status {status}: {answer[:300]}"
        raise PointsRefusedError(sentence) if status in _TOO_BAD else PointsNotSentError(sentence, delay)

    async def delete(self, tag: str, value: str) -> None:
        """Delete every point with a tag. Raises ``PointsKeptError`` and ``PointsNotSentError``."""
        settings = self._settings
        if self._is_new:
            query = {"org": settings.influxdb_org, "bucket": settings.influxdb_bucket}
            body: JsonObject = {"start": _FIRST, "stop": _LAST, "predicate": f'{tag}="{value}"'}
            headers = {"Content-Type": "application/json"}
            status, answer, delay = await self._ask("POST", "/api/v2/delete", query, dumps(body), headers)
        else:
            query = {"db": settings.influxdb_database, "q": f"DROP SERIES WHERE \"{tag}\" = '{value}'"}
            status, answer, delay = await self._ask("POST", "/query", query, b"", {})
        if status < 300:  # noqa: PLR2004 - the statuses of success
            results: list[Any] = _object(answer).get("results") or [{}]
            if not results[0].get("error"):
                return
        sentence = f"InfluxDB answered with status {status}: {answer[:300]}"
        raise (
            PointsKeptError(sentence)
            if status < _SERVERS_FAULT and status not in _LATER
            else PointsNotSentError(sentence, delay)
        )

    async def prepare(self) -> None:
        """Create bucket or database with the retention of the settings, or change it. Raises ``PointsNotSentError``."""
        days = self._settings.influxdb_retention_days
        if days and self._is_new:
            await self._prepare_bucket(days)
        elif days:
            await self._prepare_database(days)

    async def _prepare_database(self, days: int) -> None:
        name = self._settings.influxdb_database.replace("\\", "\\\\").replace('"', '\\"')
        await self._query(f'CREATE DATABASE "{name}"')
        policy = f'RETENTION POLICY "{_POLICY}" ON "{name}" DURATION {days}d REPLICATION 1'
        if await self._query(f"CREATE {policy}"):
            problem = await self._query(f"ALTER {policy}")
            if problem:
                raise PointsNotSentError(f"InfluxDB does not create the retention policy: {problem[:300]}")

    async def _query(self, statement: str) -> str:
        """Run a statement of version 1; return what is wrong with it."""
        status, answer, _ = await self._ask("POST", "/query", {"q": statement}, b"", {})
        if status >= 300:  # noqa: PLR2004 - as above
            words = " ".join(statement.split()[:2])
            raise PointsNotSentError(f"InfluxDB answered {words} with status {status}: {answer[:300]}")
        results: list[Any] = _object(answer).get("results") or [{}]
        return str(results[0].get("error", ""))

    async def _prepare_bucket(self, days: int) -> None:
        settings = self._settings
        rules: list[Json] = [{"type": "expire", "everySeconds": days * _DAY_SECONDS}]
        found = await self._get("/api/v2/buckets", {"name": settings.influxdb_bucket, "org": settings.influxdb_org})
        buckets: list[Any] = found.get("buckets") or []
        headers = {"Content-Type": "application/json"}
        if not buckets:
            organizations: list[Any] = (await self._get("/api/v2/orgs", {"org": settings.influxdb_org})).get("orgs") or []
            if not organizations:
                raise PointsNotSentError(f"InfluxDB has no organization {settings.influxdb_org}.")
            body: JsonObject = {"orgID": organizations[0]["id"], "name": settings.influxdb_bucket, "retentionRules": rules}
            method, path = "POST", "/api/v2/buckets"
        elif _seconds_of(buckets[0]) == [days * _DAY_SECONDS]:
            return
        else:
            body = {"retentionRules": rules}
            method, path = "PATCH", f"/api/v2/buckets/{buckets[0]['id']}"
        status, answer, _ = await self._ask(method, path, {}, dumps(body), headers)
        if status >= 300:  # noqa: PLR2004 - as above
            raise PointsNotSentError(f"InfluxDB does not set the bucket's retention: status {status}: {answer[:300]}")

    async def _get(self, path: str, query: Mapping[str, str]) -> dict[str, Any]:
        status, answer, _ = await self._ask("GET", path, query, b"", {})
        if status == 404:  # noqa: PLR2004 - not found: there is none
            return {}
        if status >= 300:  # noqa: PLR2004 - as above
            raise PointsNotSentError(f"InfluxDB answered {path} with status {status}: {answer[:300]}")
        return _object(answer)

    async def _ask(
        self, method: str, path: str, query: Mapping[str, str], body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, str, timedelta | None]:
        try:
            async with self._session.request(
                method,
                f"{self._url}{path}",
                params=query,
                data=body or None,
                headers={**self._credentials(), **headers},
                allow_redirects=False,
            ) as answer:
                content = await answer.content.read(_MOST_BYTES)
                return answer.status, content.decode(errors="replace").strip(), _delay(answer.headers.get("Retry-After"))
        except TimeoutError:
            raise PointsNotSentError(f"InfluxDB did not answer within {_SECONDS:g} seconds.") from None
        except aiohttp.ClientError as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise PointsNotSentError(f"InfluxDB cannot be reached: {reason}.") from None

    def _credentials(self) -> dict[str, str]:
        settings = self._settings
        token = settings.influxdb_token.get_secret_value()
        if token:
            return {"Authorization": f"Token {token}"}
        if settings.influxdb_username:
            pair = f"{settings.influxdb_username}:{settings.influxdb_password.get_secret_value()}"
            return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
        return {}


@asynccontextmanager
async def opened(settings: InfluxSettings) -> AsyncGenerator[Influx]:
    """Open a client of the server that the settings name."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
        headers={"User-Agent": f"Retinue/{__version__}"},
    ) as session:
        yield Influx(session, settings)


def _seconds_of(bucket: dict[str, Any]) -> list[Any]:
    rules: list[Any] = bucket.get("retentionRules") or []
    return [each.get("everySeconds") for each in rules]


def _object(text: str) -> dict[str, Any]:
    """Return the object that a text is; an empty one for any other text."""
    try:
        found: Any = loads(text)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _delay(header: str | None) -> timedelta | None:
    """Read ``Retry-After`` in seconds; at most an hour."""
    seconds = retry_after_of(header)
    return None if seconds is None else timedelta(seconds=min(seconds, _LONGEST_DELAY_SECONDS))
