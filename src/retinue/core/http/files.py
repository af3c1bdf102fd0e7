"""Replies that hand out files people or models have made: never as something a browser would run in our name."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi.responses import StreamingResponse

_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_SHOWN = frozenset(_PICTURES | {"text/plain", "application/json", "application/pdf"})
_MEDIA_TYPE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+/")


_SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))


def picture_type(head: bytes) -> str | None:
    """Return the media type of a PNG, JPEG, GIF or WebP file by its first bytes, or None for any other file."""
    for signature, media_type in _SIGNATURES:
        if head.startswith(signature):
            return media_type
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else None


def safe_media_type(given: str) -> str:
    """Return a media type that may stand in a header; anything odd becomes ``application/octet-stream``."""
    plain = given.split(";", 1)[0].strip().lower()
    is_fine = plain.count("/") == 1 and set(plain) <= _MEDIA_TYPE and not plain.startswith("/") and not plain.endswith("/")
    return plain if is_fine and len(plain) <= 100 else "application/octet-stream"  # noqa: PLR2004 - longer than any real one


def file_reply(
    content: AsyncIterator[bytes], *, name: str, media_type: str, size_bytes: int, checksum: str
) -> StreamingResponse:
    """Stream a file. Only plain pictures, text, JSON and PDF are shown in place; the rest is offered for download.

    Whatever it is, the browser neither guesses its type nor runs scripts in it (sandbox without permissions).
    """
    kind = safe_media_type(media_type)
    disposition = "inline" if kind in _SHOWN else "attachment"
    kind_header = f"{kind}; charset=utf-8" if kind.startswith("text/") or kind == "application/json" else kind
    ascii_name = "".join(c if c.isascii() and c.isprintable() and c not in '"\\/;' else "_" for c in name) or "file"
    headers = {
        "Content-Disposition": f"{disposition}; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Content-Length": str(size_bytes),
        "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=31536000, immutable",
        "ETag": f'"{checksum}"',
    }
    return StreamingResponse(content, headers=headers, media_type=kind_header)
