"""Media types: of pictures by their first bytes, and of what was given, made safe for a header."""

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
