"""The bases of request bodies: what is unknown, converted or only ignored is refused."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retinue.core.strict import StrictTypes


class Body(StrictTypes, BaseModel):
    """The base of every request body: unknown fields are refused, and values are not converted from other JSON types."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Change(Body):
    """The base of what a PATCH takes: a field that is left out stays as it is, and only a clearable one may be null."""

    clearable: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value null removes. Null for any other is refused: it could only be ignored."""

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name not in cls.clearable:
            raise PydanticCustomError("null", "may not be null")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe fields that are not clearable without null."""
        described = handler(schema)
        for name, field in handler.resolve_ref_schema(described)["properties"].items():
            if name not in cls.clearable and field.get("default", "") is None:
                del field["default"]
                kinds = [kind for kind in field.pop("anyOf") if kind != {"type": "null"}]
                field.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})
        return described
