"""The text of a PDF, taken out in a process of its own with limits: a document may be made to use up time and memory.

Run as ``python -m retinue.tools.kinds.file.pdf``: the document is its input; its output is JSON with ``pages`` and ``text``,
or ``error``.
"""

import asyncio
import io
import json
import resource
import sys
from contextlib import suppress

from retinue.tools.kinds.file.store import FileRefusedError

_MEMORY_BYTES = 768 * 1024 * 1024
_CPU_SECONDS = 20
_TEXT_CHARACTERS = 4_000_000


async def text_of(content: bytes) -> tuple[int, str]:
    """Return the number of pages and the text of a PDF. Raises ``FileRefusedError``; when cancelled, the process ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "retinue.tools.kinds.file.pdf",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
    )
    try:
        output, _ = await process.communicate(content)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    try:
        told = json.loads(output)
    except ValueError:
        raise FileRefusedError("The PDF cannot be read: it needs too much time or memory.") from None
    if "error" in told:
        raise FileRefusedError(f"The PDF cannot be read: {told['error']}.")
    return int(told["pages"]), str(told["text"])


def main() -> None:
    """Read a document, write its text."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    sys.stdout.write(json.dumps(_extract(sys.stdin.buffer.read())))


def _extract(content: bytes) -> dict[str, object]:
    from pypdf import PdfReader  # noqa: PLC0415 - only here, so that no other process loads it
    from pypdf.errors import LimitReachedError, PyPdfError  # noqa: PLC0415 - as above

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return {"error": "it needs a password"}
        parts: list[str] = []
        size = 0
        for page in reader.pages:
            parts.append(page.extract_text())
            size += len(parts[-1])
            if size > _TEXT_CHARACTERS:
                break
        return {"pages": len(reader.pages), "text": "\f".join(parts)[:_TEXT_CHARACTERS]}
    except (MemoryError, LimitReachedError):
        return {"error": "it needs too much memory"}
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return {"error": "it is damaged"}


if __name__ == "__main__":
    main()
