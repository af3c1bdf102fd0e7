"""Decisions about runs that need no database."""

import hashlib
import re
from decimal import Decimal
from typing import cast
from uuid import UUID

from pydantic import ValidationError

from retinue.core.context import Actor, ActorKind, TraceParent
from retinue.core.errors import FieldProblem, InvalidError
from retinue.core.json import Json, JsonObject, dumps
from retinue.core.validation import field_problems
from retinue.engine.pricing import cost_text
from retinue.engine.prompt import as_text
from retinue.engine.records import CostState
from retinue.engine.spec.agent import Limits
from retinue.runs.errors import LimitsTooWideError
from retinue.runs.types import CLI_USER_AGENT, EditedAgent, ResourceUsage, Run, StartRun, Trigger

_SHORT_ID = 13
"""The first 48 bits of an id of version 7, which are its milliseconds, with the hyphen between them."""
_PATTERN = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"
_PREVIEW = 200
_FILE = re.compile(r"(?:File [^\n]{1,255}:\n|\[The file )")
"""How the text begins that stands for a file of a message: see ``conversations.rules.content_of``."""
_INT_FIELDS = ("steps", "model_calls", "tool_calls", "input_tokens", "output_tokens", "cpu_ms", "peak_memory_bytes")


def trigger_of(actor: Actor) -> Trigger:
    """Return the trigger of a run whose request names none: the command line, an API key, or a person in the console."""
    if (actor.user_agent or "").startswith(CLI_USER_AGENT):
        return Trigger.CLI
    return Trigger.API if actor.kind is ActorKind.API_KEY else Trigger.MANUAL


def trace_parent_of(actor: Actor) -> TraceParent | None:
    """Return the span in which a run continues: only callers with credentials choose the trace of their runs."""
    return actor.trace if actor.kind in (ActorKind.USER, ActorKind.API_KEY) else None


def document(value: Json) -> JsonObject:
    """Return a part of a plan that is an object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def version_of(plan: JsonObject) -> int | None:
    """Return the version of the agent that a plan was made from."""
    version = plan.get("agent_version")
    return version if isinstance(version, int) else None


def hash_of(request: StartRun) -> bytes:
    """Fold what a start asks for into 32 bytes (SHA-256 of its JSON with sorted keys), to know a repetition by."""
    draft = request.draft
    told = [draft.instructions, draft.config] if isinstance(draft, EditedAgent) else None if draft is None else draft.changes
    asked = [request.type, str(request.target_id), request.input, request.limits, told, request.priority]
    if request.playground:
        asked.append("playground")
    if request.dry_run or request.pins:
        asked += [request.dry_run, dict(request.pins or {})]
    if not request.labels.is_empty:  # a request without any has the hash that earlier versions gave it
        asked += [request.labels.tags, request.labels.metadata]
    return hashlib.sha256(dumps(asked, sort_keys=True)).digest()


def tighten(own: JsonObject, asked: JsonObject | None) -> JsonObject:
    """Merge the limits a start asks for into the agent's own.

    Raises ``InvalidError`` naming a field that is not a limit, and ``LimitsTooWideError`` one that is wider than the
    agent's own.
    """
    if not asked:
        return own
    try:
        Limits.model_validate(asked)
    except ValidationError as error:
        raise InvalidError("The limits are not valid.", fields=field_problems(error.errors(), "limits")) from None
    too_wide = [name for name, value in asked.items() if _is_wider(value, own.get(name))]
    if too_wide:
        raise LimitsTooWideError(
            fields=tuple(FieldProblem(f"limits.{name}", f"the agent's own limit is {own[name]}") for name in too_wide)
        )
    return own | asked


def _is_wider(asked: Json, own: Json) -> bool:
    if own is None:
        return False
    return asked is None or Decimal(str(asked)) > Decimal(str(own))


def label_changes(before: Run, tags: list[str] | None, metadata: dict[str, str] | None) -> tuple[JsonObject, JsonObject]:
    """Return what a change of tags and metadata changes: the fields before, and after; empty when it changes nothing."""
    was: JsonObject = {"tags": [*before.tags], "metadata": {**before.metadata}}
    now: JsonObject = {}
    if tags is not None and tags != before.tags:
        now["tags"] = [*tags]
    if metadata is not None and metadata != before.metadata:
        now["metadata"] = {**metadata}
    return {name: was[name] for name in now}, now


def usage_of(document: JsonObject) -> ResourceUsage:
    """Read the stored usage of a run; what it has not used yet is zero."""
    numbers = {name: int(cast("int", document.get(name) or 0)) for name in _INT_FIELDS}
    cost = document.get("cost_usd")
    text = None if cost is None else cost_text(Decimal(str(cost)))
    state = document.get("cost_state")
    known = _cost_state_before(document, numbers["model_calls"]) if state is None else CostState(str(state))
    return ResourceUsage(
        **numbers,
        cost_usd=None if known is CostState.NONE else text,
        cost_state=known,
        is_estimated=document.get("is_estimated") is True,
    )


def _cost_state_before(document: JsonObject, model_calls: int) -> CostState:
    """Return the state of a cost that a version stored which kept none: null for a run with any unknown price."""
    if "cost_usd" in document and document["cost_usd"] is None:
        return CostState.UNKNOWN
    return CostState.KNOWN if model_calls or document.get("cost_usd") else CostState.NONE


def short_id_of(run_id: UUID) -> str:
    """Return the beginning of an id that tells a run from all others that were not started in the same millisecond."""
    return str(run_id)[:_SHORT_ID]


def id_range(prefix: str) -> dict[str, UUID]:
    """Return the first and the last id that begin with a prefix, hyphens included. Raises ``InvalidError``."""
    first, last = (prefix + _PATTERN[len(prefix) :].replace("x", digit) for digit in "0f")
    try:
        found = {"first_id": UUID(first), "last_id": UUID(last)}
    except ValueError:
        found = {}
    if not found or not str(found["first_id"]).startswith(prefix):
        remedy = "Send at least 8 characters of it, as it is written."
        problem = FieldProblem("id_prefix", "is not the beginning of an id", remedy)
        raise InvalidError(f"id_prefix {problem.message}.", remedy=remedy, fields=(problem,))
    return found


def preview_of(run_input: JsonObject) -> str:
    """Return the beginning of what a run was asked, on one line; files and pictures are counted before it."""
    prompt = run_input.get("prompt") if "prompt" in run_input else (run_input or "")  # a workflow's input may have none
    parts: list[Json] = prompt if isinstance(prompt, list) else [as_text(prompt)]
    texts = [part if isinstance(part, str) else str(document(part).get("text") or "") for part in parts]
    files = [text == "" or (isinstance(prompt, list) and _FILE.match(text) is not None) for text in texts]
    words = " ".join(" ".join(text for text, is_file in zip(texts, files, strict=True) if not is_file).split())
    count = sum(files) if isinstance(prompt, list) else 0
    mark = f"[{count} file{'' if count == 1 else 's'}]" if count else ""
    preview = " ".join(each for each in (mark, words) if each)
    return preview if len(preview) <= _PREVIEW else f"{preview[: _PREVIEW - 1]}…"


def shown(run_input: JsonObject) -> JsonObject:
    """Return a run's input as it is shown: the bytes of images are left out, since they may be megabytes."""
    prompt = run_input.get("prompt")
    if not isinstance(prompt, list):
        return run_input
    return {**run_input, "prompt": [_without_data(part) for part in prompt]}


def _without_data(part: Json) -> Json:
    if not isinstance(part, dict):
        return part
    return {name: value for name, value in part.items() if name != "data"}
