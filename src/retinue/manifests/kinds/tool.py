"""Tools of an organization in files. Credentials are not part of a file."""

from typing import Any, cast
from uuid import UUID

from pydantic import ValidationError

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.spec.limits import ToolLimits
from retinue.engine.spec.tool import ApiConfiguration
from retinue.manifests.kinds.configuration import named_id
from retinue.manifests.models import AllowedFile, ToolFile
from retinue.manifests.types import MissingSecret
from retinue.tools import service as tools
from retinue.tools.errors import ToolInvalidError, ToolMissingError
from retinue.tools.types import AllowedCaller, CallerType, Tool, ToolDraft, ToolType

_SET_CREDENTIALS = "Set them in the console under Tools, or with PATCH /api/v1/tools/{}."


class ToolKind:
    """Tools in files."""

    name = "tool"
    folder = "tools"
    model = ToolFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the tools of the organization, those of one name only when it is given."""
        return await tools.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a tool in the full form of files."""
        try:
            tool = await tools.get(ctx, resource_id)
        except ToolMissingError:
            return None
        return {
            "kind": self.name,
            "name": tool.name,
            "description": tool.description,
            "tool_type": tool.tool_type,
            "is_active": tool.is_active,
            "effect": tool.effect,
            "configuration": tool.configuration,
            "parameters_schema": tool.parameters_schema,
            "has_credentials": tool.has_credentials,
            "limits": ToolLimits.model_validate(tool.limits).model_dump(mode="json"),
            "allowed_for": [_caller_document(each) for each in tool.allowed_for],
        }

    async def create(self, ctx: Context, file: ToolFile, note: str) -> UUID:
        """Create a tool."""
        del note
        draft = ToolDraft(
            file.name, file.description, file.tool_type, file.configuration, file.parameters_schema, file.effect
        )
        await tools.examine_in(ctx, draft)
        return (await tools.create(ctx, tools.NewTool(draft, None, file.is_active, limits=file.limits))).id

    async def update(self, ctx: Context, resource_id: UUID, file: ToolFile, note: str) -> None:
        """Make a tool what a file says."""
        before = await tools.get(ctx, resource_id)
        if before.tool_type is not file.tool_type:
            message = f"is {file.tool_type}, and the tool is of type {before.tool_type}, which cannot change"
            remedy = "Give the new tool another name, or delete the old one first."
            raise ToolInvalidError.of(FieldProblem("tool_type", message, remedy))
        changes: dict[str, Any] = {
            "name": file.name,
            "description": file.description,
            "configuration": file.configuration,
            "parameters_schema": file.parameters_schema,
            "effect": file.effect,
            "is_active": file.is_active,
            "limits": file.limits.model_dump(mode="json"),
        }
        draft = ToolDraft(
            file.name, file.description, file.tool_type, file.configuration, file.parameters_schema, file.effect
        )
        if file.configuration != before.configuration:
            await tools.examine_in(ctx, draft)
        await tools.update(ctx, resource_id, changes, note=note)

    async def finish(self, ctx: Context, resource_id: UUID, file: ToolFile) -> None:
        """Write who may use a tool: what is named exists by now. Raises ``ToolInvalidError`` for a name that nothing has."""
        before = await tools.get(ctx, resource_id)
        allowed = [await _caller(ctx, index, each, before) for index, each in enumerate(file.allowed_for)]
        if allowed != [(each.type, each.id) for each in before.allowed_for]:
            listed = tuple(AllowedCaller(kind, caller_id, None) for kind, caller_id in allowed)
            await tools.update(ctx, resource_id, {"allowed_for": listed})

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a tool that no agent uses."""
        await tools.delete(ctx, resource_id)

    def references(self, file: ToolFile) -> list[tuple[str, str]]:
        """Return nothing: who may use a tool is written at the end."""
        del file
        return []

    def short(self, document: JsonObject) -> JsonObject:
        """Return a document without defaults."""
        file = ToolFile.model_validate(document)
        short = {"kind": self.name, "name": file.name, **file.model_dump(mode="json", exclude_defaults=True)}
        if file.tool_type is ToolType.API:
            try:
                configuration = ApiConfiguration.model_validate(file.configuration)
            except ValidationError:
                return short
            short["configuration"] = cast("JsonObject", configuration.model_dump(mode="json", exclude_defaults=True))
        return short

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: ToolFile) -> list[MissingSecret]:
        """Return the credentials, when the file says that the tool needs them and there are none."""
        if not file.has_credentials or (await tools.get(ctx, resource_id)).has_credentials:
            return []
        return [MissingSecret(self.name, file.name, "credentials", _SET_CREDENTIALS.format(resource_id))]

    def secrets(self, document: JsonObject) -> list[str]:
        """Return the credentials, when there are any."""
        return ["credentials"] if document["has_credentials"] else []


def _caller_document(caller: AllowedCaller) -> JsonObject:
    """Return what may use a tool as files have it: by name, by id when it has been deleted."""
    named: JsonObject = {"agent": None, "team": None, "workflow": None}
    return {**named, caller.type.value: caller.name or str(caller.id)}


async def _caller(ctx: Context, index: int, file: AllowedFile, before: Tool) -> tuple[CallerType, UUID]:
    kind, name = file.caller
    known = next((each for each in before.allowed_for if each.type == kind and name in (each.name, str(each.id))), None)
    if known is not None:
        return known.type, known.id
    found = await named_id(ctx, kind, name)
    if not isinstance(found, UUID):
        raise ToolInvalidError.of(FieldProblem(f"allowed_for.{index}.{kind}", *found))
    return CallerType(kind), found
