"""Templates of an organization in files."""

from typing import Any, cast
from uuid import UUID

from retinue.agents.templates import service as templates
from retinue.agents.templates.errors import TemplateMissingError
from retinue.agents.templates.types import NewTemplate, TemplateConfig, TemplateVariable
from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.manifests.kinds.base import Kind
from retinue.manifests.kinds.configuration import callees_of, config_of, deployment_document, document_of
from retinue.manifests.models import TemplateFile
from retinue.manifests.types import MissingSecret


class TemplateKind(Kind):
    """Templates in files."""

    name = "template"
    folder = "templates"
    model = TemplateFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the organization's own templates, those of one name only when it is given."""
        return await templates.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a template in the full form of files."""
        try:
            template = await templates.get(ctx, resource_id)
        except TemplateMissingError:
            return None
        start = template.default_config
        names = [each.name for each in start.variables if not each.is_secret and each.value is not None]
        return {
            "kind": self.name,
            "name": template.name,
            "description": template.description,
            "type": template.type,
            "category": template.category,
            "icon": template.icon,
            "is_public": template.is_public,
            "public_values": cast("Any", sorted(names) if template.is_public else []),
            "required_params": template.required_params,
            "default_config": {
                "agent_type": start.agent_type,
                "instructions": start.instructions,
                "config": await document_of(ctx, start.config),
                "deployment_config": deployment_document(start.deployment_config),
                "variables": [_variable_document(each) for each in start.variables],
            },
        }

    async def create(self, ctx: Context, file: TemplateFile, note: str) -> UUID:
        """Create a template."""
        del note
        return (await templates.create(ctx, NewTemplate(**await self._values(ctx, file)), file.public_values)).id

    async def update(self, ctx: Context, resource_id: UUID, file: TemplateFile, note: str) -> None:
        """Make a template what a file says."""
        del note
        await templates.update(ctx, resource_id, await self._values(ctx, file), file.public_values)

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a template; agents made from it stay."""
        await templates.delete(ctx, resource_id)

    def references(self, file: TemplateFile) -> list[tuple[str, str]]:
        """Return the agents and teams that agents of the template call as tools."""
        return callees_of(file.default_config.config)

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: TemplateFile) -> list[MissingSecret]:
        """Return nothing: a template asks for secrets when an agent is made."""
        del ctx, resource_id, file
        return []

    def secrets(self, document: JsonObject) -> list[str]:
        """Return nothing: a template holds no secret values."""
        del document
        return []

    @staticmethod
    async def _values(ctx: Context, file: TemplateFile) -> dict[str, Any]:
        start = file.default_config
        return {
            "name": file.name,
            "description": file.description,
            "type": file.type,
            "category": file.category,
            "icon": file.icon,
            "required_params": file.required_params,
            "is_public": file.is_public,
            "default_config": TemplateConfig(
                agent_type=start.agent_type,
                instructions=start.instructions,
                config=await config_of(ctx, start.config),
                deployment_config=start.deployment_config,
                variables=tuple(TemplateVariable(**each.model_dump()) for each in start.variables),
            ),
        }


def _variable_document(variable: TemplateVariable) -> JsonObject:
    document = cast("JsonObject", variable.model_dump(mode="json"))
    return {**document, "value": None} if variable.is_secret else document
