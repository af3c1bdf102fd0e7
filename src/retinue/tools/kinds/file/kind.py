"""The kind ``file``: list, read, search and write the files of one folder, or of a bucket of an object store."""

import asyncio
import fnmatch
from typing import cast

from pydantic import ValidationError

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject, dumps
from retinue.core.outbound.client import OutboundFailedError
from retinue.core.resources import Resources
from retinue.core.validation import field_problems
from retinue.engine.ports import ToolResult
from retinue.engine.spec.file import AccessKeyCredentials, FileConfiguration, check_path
from retinue.engine.spec.variables import fill_document
from retinue.tools.errors import ToolInvalidError
from retinue.tools.kinds.documents import problems_of
from retinue.tools.kinds.file.contents import FORMATS, decoded, shown
from retinue.tools.kinds.file.folder import Folder
from retinue.tools.kinds.file.s3 import Bucket
from retinue.tools.kinds.file.store import FileEntry, FileRefusedError, Store
from retinue.tools.kinds.folders import FolderRefusedError, path_below
from retinue.tools.ports import KindCall
from retinue.tools.settings import ToolSettings
from retinue.tools.types import Effect, KindForm, ToolDraft, ToolType

_LINE_CHARACTERS = 300
_SEARCHED_BYTES = 2_097_152
"""A larger file is passed over by a search."""


class File:
    """The files of one root."""

    def form(self) -> KindForm:
        """Return what a form asks."""
        return KindForm(
            ToolType.FILE,
            FileConfiguration.model_json_schema(),
            AccessKeyCredentials.model_json_schema(),
            {"store": ["s3"]},
            has_hosts=True,
        )

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration; the schema follows from it, and the effect where it is left out."""
        try:
            configuration = FileConfiguration.model_validate(draft.configuration)
        except ValidationError as error:
            raise ToolInvalidError.of(*field_problems(error.errors(include_url=False), "configuration")) from None
        taken = (Effect.IDEMPOTENT, Effect.DANGEROUS) if configuration.allow_writes else (Effect.READ_ONLY,)
        if draft.effect not in {None, *taken}:
            raise ToolInvalidError.of(
                FieldProblem(
                    "effect", f"is {' or '.join(taken)} for this configuration", "Leave it out, or change allow_writes."
                )
            )
        schema = _schema(configuration)
        if draft.parameters_schema not in (None, schema):
            message = "follows from the configuration"
            raise ToolInvalidError.of(FieldProblem("parameters_schema", message, "Leave it out; null when changing."))
        return ToolDraft(
            draft.name,
            draft.description,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json", exclude_none=True)),
            schema,
            draft.effect or taken[0],
        )

    async def examine(self, draft: ToolDraft, resources: Resources, organization_id: str) -> None:
        """Refuse a folder that is not below one of the operator's. Raises ``ToolInvalidError``."""
        path = draft.configuration.get("path")
        if draft.configuration.get("store") != "folder" or not isinstance(path, str):
            return  # ``check`` tells of it
        try:
            path_below(resources.settings_of(ToolSettings).folders_of(organization_id), path)
        except FolderRefusedError as error:
            raise ToolInvalidError.of(FieldProblem("configuration.path", error.detail, error.remedy_text)) from None

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials: an access key."""
        return problems_of(AccessKeyCredentials, credentials, "credentials")

    def destination(self, configuration: JsonObject) -> str:
        """Return the address of the store."""
        if configuration.get("store") != "s3":
            return "folder"
        return FileConfiguration.model_validate(configuration).effective_endpoint.lower()

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Refuse any setting."""
        del configuration
        return tuple(
            FieldProblem(f"settings.{name}", "is not supported", "A file tool takes no settings.") for name in settings
        )

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema as it is."""
        del settings
        return schema

    async def invoke(self, call: KindCall) -> ToolResult:
        """List, read, search or write; what is refused is told to the model."""
        configuration = FileConfiguration.model_validate(call.configuration)
        try:
            return await _act(call, configuration, _store(call, configuration))
        except FileRefusedError as error:
            return ToolResult(str(error), is_error=True, is_unknown=error.is_unknown and call.effect == Effect.DANGEROUS)
        except (FolderRefusedError, OutboundFailedError) as error:
            return ToolResult(error.detail, is_error=True)


def _store(call: KindCall, configuration: FileConfiguration) -> Store:
    if configuration.store == "folder":
        folders = call.resources.settings_of(ToolSettings).folders_of(call.organization_id)
        path = path_below(folders, cast("str", configuration.path))
        base = next(folder for folder in folders if path.is_relative_to(folder))
        return Folder(base, path.relative_to(base).parts)
    if call.credentials is None:
        raise FileRefusedError("The tool has no credentials: a person must give it an access key.")
    credentials = AccessKeyCredentials.model_validate(fill_document(call.credentials, call.values))
    return Bucket(configuration, credentials, call.outbound, call.now, call.timeout_seconds, call.allowed_hosts)


async def _act(call: KindCall, configuration: FileConfiguration, store: Store) -> ToolResult:
    action = call.arguments.get("action")
    if action == "list":
        return await _list(call, configuration, store)
    if action == "search":
        return await _search(call, configuration, store)
    path = _path(call, is_needed=True)
    if action == "write":
        content = cast("str | None", call.arguments.get("content"))
        if content is None:
            raise FileRefusedError("The argument content is needed.")
        written = content.encode("utf-8", errors="replace")
        if len(written) > configuration.max_file_bytes:
            raise FileRefusedError(
                f"The content has {len(written)} bytes; files have {configuration.max_file_bytes} at most."
            )
        await store.write(path, written)
        return ToolResult({"path": path, "size_bytes": len(written)})
    content = await store.read(path, configuration.max_file_bytes)
    offset = cast("int", call.arguments.get("offset", 0))
    return await shown(path, content, cast("str | None", call.arguments.get("format")), offset, call.max_bytes)


def _path(call: KindCall, *, is_needed: bool) -> str:
    path = cast("str", call.arguments.get("path", ""))
    if not path:
        if is_needed:
            raise FileRefusedError("The argument path is needed; the action list tells which files there are.")
        return ""
    try:
        return check_path(path)
    except ValueError as error:
        raise FileRefusedError(
            f"The path {error}. Paths are relative to the tool's folder, such as reports/may.csv."
        ) from None


async def _list(call: KindCall, configuration: FileConfiguration, store: Store) -> ToolResult:
    pattern = cast("str | None", call.arguments.get("pattern"))
    is_deep = bool(call.arguments.get("recursive", False))
    listing = await store.entries(_path(call, is_needed=False), is_deep=is_deep, most=configuration.max_entries)
    entries: list[Json] = []
    size, is_cut = 0, listing.is_cut
    for entry in listing.entries:
        if pattern and not fnmatch.fnmatchcase(entry.path.rsplit("/", 1)[-1], pattern):
            continue
        told = _to_document(entry)
        size += len(dumps(told)) + 1
        if size > call.max_bytes:
            is_cut = True
            break
        entries.append(told)
    return ToolResult({"entries": entries, **({"is_cut": True} if is_cut else {})})


def _to_document(entry: FileEntry) -> JsonObject:
    told: JsonObject = {"path": entry.path, "type": entry.type}
    if entry.size_bytes is not None:
        told["size_bytes"] = entry.size_bytes
    if entry.modified_at is not None:
        told["modified_at"] = entry.modified_at
    return told


async def _search(call: KindCall, configuration: FileConfiguration, store: Store) -> ToolResult:
    text = cast("str", call.arguments.get("text", ""))
    if not text:
        raise FileRefusedError("The argument text is needed: what to look for.")
    pattern = cast("str | None", call.arguments.get("pattern"))
    listing = await store.entries(_path(call, is_needed=False), is_deep=True, most=configuration.max_entries)
    found: list[Json] = []
    size, is_cut = 0, listing.is_cut
    for entry in listing.entries:
        if entry.type != "file" or (pattern and not fnmatch.fnmatchcase(entry.path.rsplit("/", 1)[-1], pattern)):
            continue
        for number, line in await _lines_with(store, entry, text, configuration):
            match: JsonObject = {"path": entry.path, "line": number, "text": line}
            size += len(dumps(match)) + 1
            if size > call.max_bytes or len(found) == configuration.max_entries:
                return ToolResult({"matches": found, "is_cut": True})
            found.append(match)
    return ToolResult({"matches": found, **({"is_cut": True} if is_cut else {})})


async def _lines_with(store: Store, entry: FileEntry, text: str, configuration: FileConfiguration) -> list[tuple[int, str]]:
    if (entry.size_bytes or 0) > min(_SEARCHED_BYTES, configuration.max_file_bytes):
        return []
    try:
        content = decoded(entry.path, await store.read(entry.path, configuration.max_file_bytes))
    except FileRefusedError:
        return []
    return await asyncio.to_thread(_matches, content, text.casefold())


def _matches(content: str, text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for number, line in enumerate(content.splitlines(), start=1):
        at = line.casefold().find(text)
        if at >= 0:
            begin = max(0, at - _LINE_CHARACTERS // 2)
            found.append((number, line[begin : begin + _LINE_CHARACTERS]))
    return found


def _schema(configuration: FileConfiguration) -> JsonObject:
    actions: list[Json] = ["list", "read", "search", *(["write"] if configuration.allow_writes else [])]
    properties: JsonObject = {
        "action": {
            "type": "string",
            "enum": actions,
            "description": "list: what is in a folder. read: a file. search: lines of text files that hold a text."
            + (" write: a whole file, in place of the one before." if configuration.allow_writes else ""),
        },
        "path": {
            "type": "string",
            "maxLength": 1000,
            "description": "Relative, such as reports/may.csv. With list and search a folder; left out, all.",
        },
        "pattern": {
            "type": "string",
            "maxLength": 200,
            "description": "With list and search: only files with such a name, such as *.csv.",
        },
        "recursive": {"type": "boolean", "description": "With list: folders below as well."},
        "text": {
            "type": "string",
            "maxLength": 500,
            "description": "With search: what to look for, in any case of letters.",
        },
        "format": {
            "type": "string",
            "enum": list[Json](FORMATS),
            "description": "With read: how to show it. Left out, as the name's ending says.",
        },
        "offset": {
            "type": "integer",
            "minimum": 0,
            "description": "With read: from which character on, or row of a CSV file; next_offset of the answer before.",
        },
    }
    if configuration.allow_writes:
        properties["content"] = {"type": "string", "description": "With write: the whole text of the file."}
    return {"type": "object", "additionalProperties": False, "required": ["action"], "properties": properties}
