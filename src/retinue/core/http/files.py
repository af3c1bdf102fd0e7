"""Replies that hand out files people or models have made: never as something a browser would run in our name."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from fastapi.responses import StreamingResponse

from retinue.core.media_types import safe_media_type

_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_SHOWN = frozenset(_PICTURES | {"text/plain", "application/json", "application/pdf"})


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
