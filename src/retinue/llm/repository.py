"""All SQL of model providers."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row, kwargs_row

from retinue.core.context import Context, Tx
from retinue.core.errors import ConflictError, FieldProblem
from retinue.core.json import dumps
from retinue.engine.ports import ModelOverride
from retinue.llm.types import Provider, ProviderKind


class ProviderNameTakenError(ConflictError):
    """The organization has a provider of this name."""

    code = "provider_name_taken"
    remedy = "Choose another name."


class ProviderDefaultTakenError(ConflictError):
    """Another provider became the default at the same moment."""

    code = "provider_default_taken"
    remedy = "Check which provider is the default now, and try again."


def _provider(kind: str, model_overrides: dict[str, dict[str, Any]], **columns: Any) -> Provider:  # noqa: ANN401 - a row's columns
    overrides = {name: ModelOverride.of(values) for name, values in model_overrides.items()}
    return Provider(kind=ProviderKind(kind), model_overrides=overrides, **columns)


def _taken(error: UniqueViolation) -> ConflictError:
    if error.diag.constraint_name == "model_providers_default_idx":
        return ProviderDefaultTakenError()
    return ProviderNameTakenError(fields=(FieldProblem("name", "is taken", "Choose another name."),))


_COLUMNS: LiteralString = """
SELECT id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
       last_tested_at, last_test_ok, last_test_error, created_at, updated_at,
       (SELECT coalesce(jsonb_object_agg(o.model, jsonb_build_object(
                 'input_usd_per_mtok', o.input_usd_per_mtok, 'cached_input_usd_per_mtok', o.cached_input_usd_per_mtok,
                 'output_usd_per_mtok', o.output_usd_per_mtok, 'context_window', o.context_window)), '{}')
        FROM model_overrides o WHERE o.provider_id = p.id) AS model_overrides
FROM model_providers p
"""
_LIST: LiteralString = _COLUMNS + "ORDER BY is_default DESC, created_at, id LIMIT 200"


async def list_all(tx: Tx) -> list[Provider]:
    """Return the organization's providers, the default first; an organization has at most 200."""
    async with tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
        return await (await cursor.execute(_LIST, prepare=True)).fetchall()


_GET: LiteralString = _COLUMNS + "WHERE id = %s"


async def get(tx: Tx, provider_id: UUID) -> Provider | None:
    """Return one provider."""
    async with tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
        return await (await cursor.execute(_GET, (provider_id,), prepare=True)).fetchone()


_ENDPOINT: LiteralString = "SELECT kind, base_url, api_key_encrypted FROM model_providers WHERE id = %s"


async def get_endpoint(tx: Tx, provider_id: UUID) -> tuple[ProviderKind, str | None, bytes | None] | None:
    """Return a provider's kind, URL and sealed key."""
    row = await (await tx.execute(_ENDPOINT, (provider_id,), prepare=True)).fetchone()
    return None if row is None else (ProviderKind(row[0]), row[1], row[2])


_LOCK_ALL: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('model_providers.' || %s::text))"


async def lock_all(ctx: Context) -> None:
    """Wait until no other transaction changes the organization's providers, so that one of them becomes the default."""
    await ctx.tx.execute(_LOCK_ALL, (ctx.organization_id,))


_PROMOTE: LiteralString = """
UPDATE model_providers SET is_default = true
WHERE id = (SELECT id FROM model_providers WHERE last_test_ok ORDER BY created_at, id LIMIT 1)
  AND NOT EXISTS (SELECT FROM model_providers WHERE is_default)
RETURNING id
"""


async def promote_oldest(tx: Tx) -> UUID | None:
    """Make the oldest provider whose last test succeeded the default when there is none; None when nothing changed."""
    row = await (await tx.execute(_PROMOTE)).fetchone()
    return None if row is None else row[0]


_UNSET_DEFAULT: LiteralString = "UPDATE model_providers SET is_default = false WHERE is_default"


async def unset_default(tx: Tx) -> None:
    """Leave the organization without a default provider."""
    await tx.execute(_UNSET_DEFAULT)


_INSERT: LiteralString = """
INSERT INTO model_providers
  (id, organization_id, name, kind, base_url, api_key_encrypted, models, default_model, is_default, last_tested_at,
   last_test_ok, created_by)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(kind)s, %(base_url)s, %(api_key_encrypted)s, %(models)s,
        %(default_model)s, %(is_default)s, CASE WHEN %(last_test_ok)s::boolean THEN tenant.now() END, %(last_test_ok)s,
        %(created_by)s)
"""


async def insert(ctx: Context, values: Mapping[str, Any]) -> None:
    """Write a new provider, tested at this moment when ``last_test_ok`` is true.

    Raises ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``.
    """
    row = {**values, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(_INSERT, row)
    except UniqueViolation as error:
        raise _taken(error) from None


_UPDATE: LiteralString = """
UPDATE model_providers SET name = %(name)s, base_url = %(base_url)s, api_key_encrypted = %(api_key_encrypted)s,
  models = %(models)s, default_model = %(default_model)s, is_default = %(is_default)s,
  last_tested_at = %(last_tested_at)s, last_test_ok = %(last_test_ok)s, last_test_error = %(last_test_error)s
WHERE id = %(id)s
"""


async def update(tx: Tx, values: Mapping[str, Any]) -> None:
    """Write a provider's new values. Raises ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``."""
    try:
        async with tx.transaction():
            await tx.execute(_UPDATE, values)
    except UniqueViolation as error:
        raise _taken(error) from None


_DELETE_OVERRIDES: LiteralString = "DELETE FROM model_overrides WHERE provider_id = %s"
_INSERT_OVERRIDES: LiteralString = """
INSERT INTO model_overrides
  (organization_id, provider_id, model, input_usd_per_mtok, cached_input_usd_per_mtok, output_usd_per_mtok, context_window)
SELECT %(organization_id)s, %(provider_id)s, each.key, r.input_usd_per_mtok, r.cached_input_usd_per_mtok,
       r.output_usd_per_mtok, r.context_window
FROM jsonb_each(%(overrides)s::jsonb) each, jsonb_to_record(each.value) r
  (input_usd_per_mtok numeric, cached_input_usd_per_mtok numeric, output_usd_per_mtok numeric, context_window integer)
"""


async def replace_overrides(ctx: Context, provider_id: UUID, overrides: Mapping[str, ModelOverride]) -> None:
    """Write the prices and context lengths set for a provider's models, in place of those it had."""
    await ctx.tx.execute(_DELETE_OVERRIDES, (provider_id,))
    document = {
        name: {field: str(value) for field, value in asdict(each).items() if value is not None}
        for name, each in overrides.items()
    }
    values = {"organization_id": ctx.organization_id, "provider_id": provider_id, "overrides": dumps(document).decode()}
    await ctx.tx.execute(_INSERT_OVERRIDES, values)


_LOCK: LiteralString = """
SELECT name, kind, base_url, api_key_encrypted, models, default_model, is_default, last_tested_at, last_test_ok,
       last_test_error, tenant.now() AS at
FROM model_providers WHERE id = %s FOR UPDATE
"""


async def lock(tx: Tx, provider_id: UUID) -> dict[str, Any] | None:
    """Return a provider's own columns for changing them, the sealed key among them, and the time of the transaction."""
    async with tx.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(_LOCK, (provider_id,))).fetchone()


_DELETE: LiteralString = "DELETE FROM model_providers WHERE id = %s RETURNING id"


async def delete(tx: Tx, provider_id: UUID) -> bool:
    """Delete a provider; False when there is none."""
    return await (await tx.execute(_DELETE, (provider_id,))).fetchone() is not None
