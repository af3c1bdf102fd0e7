"""All SQL of model providers."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row, kwargs_row

from retinue.core.context import Context, Tx
from retinue.core.errors import ConflictError, FieldProblem
from retinue.llm.types import Provider, ProviderKind


class ProviderNameTakenError(ConflictError):
    """The organization has a provider of this name."""

    code = "provider_name_taken"
    remedy = "Choose another name."


class ProviderDefaultTakenError(ConflictError):
    """Another provider was made the default at the same moment."""

    code = "provider_default_taken"
    remedy = "Look which one is the default now, and try again."


def _provider(kind: str, **columns: Any) -> Provider:  # noqa: ANN401 - a row's columns
    return Provider(kind=ProviderKind(kind), **columns)


def _taken(error: UniqueViolation) -> ConflictError:
    if error.diag.constraint_name == "model_providers_default_idx":
        return ProviderDefaultTakenError()
    return ProviderNameTakenError(fields=(FieldProblem("name", "is taken", "Choose another name."),))


_LIST: LiteralString = """
SELECT id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
       created_at, updated_at
FROM model_providers ORDER BY is_default DESC, created_at, id LIMIT 200
"""


async def list_all(tx: Tx) -> list[Provider]:
    """Return the organization's providers, the default first; an organization has at most 200."""
    async with tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
        return await (await cursor.execute(_LIST, prepare=True)).fetchall()


_GET: LiteralString = """
SELECT id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
       created_at, updated_at
FROM model_providers WHERE id = %s
"""


async def get(tx: Tx, provider_id: UUID) -> Provider | None:
    """Return one provider."""
    async with tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
        return await (await cursor.execute(_GET, (provider_id,), prepare=True)).fetchone()


_ENDPOINT: LiteralString = "SELECT kind, base_url, api_key_encrypted FROM model_providers WHERE id = %s"


async def get_endpoint(tx: Tx, provider_id: UUID) -> tuple[ProviderKind, str | None, bytes | None] | None:
    """Return a provider's kind, where it is, and its sealed key."""
    row = await (await tx.execute(_ENDPOINT, (provider_id,), prepare=True)).fetchone()
    return None if row is None else (ProviderKind(row[0]), row[1], row[2])


_PROMOTE: LiteralString = """
UPDATE model_providers SET is_default = true
WHERE id = (SELECT id FROM model_providers ORDER BY created_at, id LIMIT 1)
  AND NOT EXISTS (SELECT FROM model_providers WHERE is_default)
RETURNING id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
          created_at, updated_at
"""


async def promote_oldest(tx: Tx) -> Provider | None:
    """Make the oldest provider the default when none is; None when there was nothing to do."""
    async with tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
        return await (await cursor.execute(_PROMOTE)).fetchone()


_UNSET_DEFAULT: LiteralString = "UPDATE model_providers SET is_default = false WHERE is_default"


async def unset_default(tx: Tx) -> None:
    """Take the mark of the default away."""
    await tx.execute(_UNSET_DEFAULT)


_INSERT: LiteralString = """
INSERT INTO model_providers
  (id, organization_id, name, kind, base_url, api_key_encrypted, models, default_model, is_default, created_by)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(kind)s, %(base_url)s, %(api_key_encrypted)s, %(models)s,
        %(default_model)s, %(is_default)s, %(created_by)s)
RETURNING id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
          created_at, updated_at
"""


async def insert(ctx: Context, values: dict[str, Any]) -> Provider:
    """Write a new provider. Raises ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``."""
    values = {**values, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    try:
        async with ctx.tx.transaction(), ctx.tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
            row = await (await cursor.execute(_INSERT, values)).fetchone()
    except UniqueViolation as error:
        raise _taken(error) from None
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return row


_UPDATE: LiteralString = """
UPDATE model_providers SET name = %(name)s, base_url = %(base_url)s, api_key_encrypted = %(api_key_encrypted)s,
  models = %(models)s, default_model = %(default_model)s, is_default = %(is_default)s
WHERE id = %(id)s
RETURNING id, name, kind, base_url, api_key_encrypted IS NOT NULL AS has_api_key, models, default_model, is_default,
          created_at, updated_at
"""


async def update(tx: Tx, values: dict[str, Any]) -> Provider | None:
    """Write a provider's new values. Raises ``ProviderNameTakenError`` and ``ProviderDefaultTakenError``."""
    try:
        async with tx.transaction(), tx.cursor(row_factory=kwargs_row(_provider)) as cursor:
            return await (await cursor.execute(_UPDATE, values)).fetchone()
    except UniqueViolation as error:
        raise _taken(error) from None


_LOCK: LiteralString = """
SELECT name, kind, base_url, api_key_encrypted, models, default_model, is_default
FROM model_providers WHERE id = %s FOR UPDATE
"""


async def lock(tx: Tx, provider_id: UUID) -> dict[str, Any] | None:
    """Return a provider's own columns for changing them, the sealed key among them."""
    async with tx.cursor(row_factory=dict_row) as cursor:
        return await (await cursor.execute(_LOCK, (provider_id,))).fetchone()


_DELETE: LiteralString = "DELETE FROM model_providers WHERE id = %s RETURNING id"


async def delete(tx: Tx, provider_id: UUID) -> bool:
    """Delete a provider; False when there is none."""
    return await (await tx.execute(_DELETE, (provider_id,))).fetchone() is not None
