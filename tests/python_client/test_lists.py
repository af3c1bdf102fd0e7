"""Each operation that reads without an id, against a real installation: the answers have the fields of their types."""

import inspect
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from tools.client.document import Document, Operation, snake

from retinue.client import ApiError, AsyncRetinue
from retinue.client import types as documents

_DOCUMENT = Document(Path(__file__).parents[2] / "docs/reference/openapi.json")
_READING = [
    each
    for each in _DOCUMENT.operations
    if each.method == "GET" and not each.path_names and list(each.answers) != ["text/event-stream"]
]
_NEEDED = {
    "check_claim_link": {"token": "t"},
    "check_password_reset": {"token": "t"},
    "preview_alert_emails": {"token": "t"},
    "preview_invitation": {"token": "t"},
    "preview_notification_emails": {"token": "t"},
    "get_shared_conversation": {"share_token": "t"},
    "get_schedule_calendar": {"start": "2026-01-01T00:00:00Z", "end": "2026-01-08T00:00:00Z"},
    "query_metrics": {"metric_type": "cost"},
}
_UNSET = {
    *("no_key_given", "invitation_missing", "n8n_not_connected", "not_superuser", "unsubscribe_link_invalid"),
    "conversation_link_invalid",
}
"""What an organization of which nothing is set answers: no such link, no connection with n8n, none of the superusers'."""


async def _read(reading: Awaitable[Any]) -> Any:
    """Return what is read; None when nothing of that is set."""
    try:
        return await reading
    except ApiError as error:
        if error.code not in _UNSET:
            raise
        return None


async def _all(items: AsyncIterator[Any]) -> list[Any]:
    return [each async for each in items]


def _fields(name: str) -> dict[str, Any]:
    return get_type_hints(getattr(documents, name), dict(vars(documents)))


@pytest.mark.parametrize("operation", _READING, ids=lambda each: each.id)
async def test_what_is_read_has_the_fields_of_its_type(owner: AsyncRetinue, operation: Operation) -> None:
    method = getattr(getattr(owner, snake(operation.tag)), operation.name)
    answer = await _read(method(**_NEEDED.get(operation.id, {})))
    if answer is None:
        return

    name = operation.answers.get("application/json", {}).get("$ref", "").rpartition("/")[2]
    if name:
        wanted = set(getattr(documents, name).__required_keys__)
        assert wanted <= answer.keys(), wanted - answer.keys()


@pytest.mark.parametrize("operation", [each for each in _READING if each.is_paged], ids=lambda each: each.id)
async def test_pages_are_read_one_after_the_other(owner: AsyncRetinue, operation: Operation) -> None:
    name = operation.name.replace("list", "iterate", 1)
    method = getattr(getattr(owner, snake(operation.tag)), name, None)
    if method is None:
        return
    limited = {"limit": 1} if "limit" in inspect.signature(method).parameters else {}
    all_items = await _read(_all(method(**limited)))
    if all_items is None:
        return
    page = await getattr(getattr(owner, snake(operation.tag)), operation.name)(limit=200)

    assert len(all_items) == len(page["items"])


def test_types_can_be_resolved_while_running() -> None:
    names = [name for name in vars(documents) if isinstance(getattr(documents, name), type) and name[:1].isupper()]

    assert len(names) > 400
    assert all(isinstance(_fields(name), dict) for name in names)
