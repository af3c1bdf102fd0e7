"""The parts of one call as they are gathered: its URL, parameters and body, and the arguments that the model gives."""

import re
from dataclasses import dataclass, field
from typing import Final

from retinue.core.json import Json, JsonObject

_NOT_ARGUMENT: Final = re.compile(r"[^A-Za-z0-9_.-]+")
_CHARACTERS: Final = 60


@dataclass(slots=True)
class CallParts:
    """What becomes the configuration and the schema of a tool. ``warnings`` say what is not sent as the document has it."""

    path: str
    query: JsonObject = field(default_factory=dict[str, Json])
    headers: JsonObject = field(default_factory=dict[str, Json])
    parameters: list[Json] = field(default_factory=list["Json"])
    body: JsonObject = field(default_factory=dict[str, Json])
    properties: JsonObject = field(default_factory=dict[str, Json])
    required: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])

    def add_argument(self, name: str, place: str, schema: JsonObject, *, is_required: bool) -> str:
        """Add an argument and return its name: the parameter's own, told apart by its place where it is taken."""
        plain = _NOT_ARGUMENT.sub("_", name) or place
        plain = (plain if plain[0].isascii() and (plain[0].isalpha() or plain[0] == "_") else f"_{plain}")[:_CHARACTERS]
        argument, count = plain, 2
        if argument in self.properties:
            argument = plain = f"{plain[: _CHARACTERS - len(place) - 1]}_{place}"
        while argument in self.properties:
            argument, count = f"{plain[: _CHARACTERS - 4]}_{count}", count + 1
        self.properties[argument] = schema
        if is_required:
            self.required.append(argument)
        return argument

    def schema(self) -> JsonObject:
        """Return the schema of the arguments."""
        schema: JsonObject = {"type": "object", "properties": self.properties, "additionalProperties": False}
        if self.required:
            schema["required"] = [*dict.fromkeys(self.required)]
        return schema
