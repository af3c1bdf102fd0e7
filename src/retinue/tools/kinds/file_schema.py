"""The schema of an argument that takes a file; ``files`` reads what is given."""

from typing import Final

from retinue.core.json import JsonObject

FILE_SCHEMA: Final[JsonObject] = {
    "type": "object",
    "description": "A file. Give exactly one of text, base64 and artifact.",
    "properties": {
        "text": {"type": "string", "description": "The content, when it is text."},
        "base64": {"type": "string", "description": "The content in base64."},
        "artifact": {"type": "string", "description": "The name or id of a file that this run has made."},
        "filename": {"type": "string", "description": "The name to send it under."},
        "content_type": {"type": "string", "description": "Its media type, such as image/png."},
    },
    "additionalProperties": False,
}
"""What the schema of a tool has for an argument that takes a file."""
