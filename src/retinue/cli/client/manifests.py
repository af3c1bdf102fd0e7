"""What `retinue apply` and `retinue export` do. The installation reads and compares the files; this shows the plan."""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import CANCELLED, CHANGES_PENDING, COMPLETED, FAILED, NOT_WRITTEN, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json, print_text
from retinue.cli.client.plan import plan_lines, problem_lines, summary

_ENDINGS = (".yaml", ".yml")
_MOST_BYTES = 3_500_000
"""What fits into one request, with its JSON around it."""
_SAFE_PATH = re.compile(r"[a-z_]+/[a-z0-9-]+\.yaml")
_STANDARD_INPUT = "-"
_KINDS = ("agent", "tool", "template", "team", "workflow", "schedule", "budget", "n8n_connection")


async def apply(given: Credentials, paths: Sequence[str], options: dict[str, Any], *, as_json: bool) -> int:
    """Plan, ask, and apply. ``options``: source, prune, dry_run, exit_code, yes."""
    if options["prune"] and not options["source"]:
        raise ClientError("--prune needs --source: only what was applied under that source is deleted.", USAGE)
    if options["exit_code"] and not options["dry_run"]:
        raise ClientError("--exit-code is for --dry-run.", USAGE)
    files = _read_all(paths)
    body = {"files": files, "source": options["source"], "prune": options["prune"]}
    async with connected(given) as connection:
        plan = await connection.post("/apply", body | {"dry_run": True})
        if plan["problems"]:
            _refuse(plan, as_json=as_json)
        is_pending = any(each["action"] != "unchanged" for each in plan["changes"])
        if options["dry_run"]:
            print_json(plan) if as_json else _show(plan)
            return CHANGES_PENDING if is_pending and options["exit_code"] else COMPLETED
        if not is_pending:
            print_json(plan) if as_json else _show(plan)
            return COMPLETED
        if not as_json:
            _show(plan)
        if not options["yes"] and not _is_confirmed(paths):
            print("Nothing was changed.", file=sys.stderr)
            return CANCELLED
        return await _carry_out(connection, body | {"digest": plan["digest"]}, as_json=as_json)


async def _carry_out(connection: Connection, body: dict[str, Any], *, as_json: bool) -> int:
    done = await connection.post("/apply", body)
    if as_json:
        print_json(done)
        return COMPLETED
    print(f"Applied: {summary(done)}.")
    for each in done["missing_secrets"]:
        print(harmless(f"Secret to set: {each['kind']} {each['name']}, {each['field']}. {each['remedy']}"), file=sys.stderr)
    return COMPLETED


def _show(plan: Any) -> None:
    print(harmless("\n".join(plan_lines(plan))))


def _refuse(plan: Any, *, as_json: bool) -> None:
    """Raise what is wrong with the files, each on a line that editors and compilers' readers understand."""
    if as_json:
        print_json(plan)
    lines = problem_lines(plan["problems"])
    count = len(plan["problems"])
    raise ClientError("\n".join([*lines, f"Nothing was changed: {count} problem{'s' * (count != 1)}."]), USAGE)


def _is_confirmed(paths: Sequence[str]) -> bool:
    if not sys.stdin.isatty() or _STANDARD_INPUT in paths:
        raise ClientError("There is no terminal to ask at, so nothing was changed. Give --yes to apply the plan.", USAGE)
    return typer.confirm("Apply these changes?", err=True)


def _read_all(paths: Sequence[str]) -> list[dict[str, str]]:
    """Read every file once, in the order of their names. Raises ``ClientError`` for what cannot be read."""
    found = {name: path for given in paths for name, path in _files_of(given)}
    files = [{"path": name, "text": _text_of(name, path)} for name, path in found.items()]
    size = sum(len(each["text"].encode()) for each in files)
    if size > _MOST_BYTES:
        raise ClientError(f"The files have {size} bytes; {_MOST_BYTES} at most are applied at once.", USAGE)
    return files


def _files_of(given: str) -> Iterator[tuple[str, Path | None]]:
    if given == _STANDARD_INPUT:
        yield "stdin", None
        return
    path = Path(given)
    if not path.exists():
        raise ClientError(f"{given} does not exist.", USAGE)
    if not path.is_dir():
        yield given, path
        return
    files = sorted(_yaml_files(path))
    if not files:
        raise ClientError(f"{given} has no files that end in .yaml or .yml.", USAGE)
    yield from ((str(file), file) for file in files)


def _yaml_files(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = [each for each in folders if not each.startswith(".")]
        for name in names:
            path = Path(root) / name
            if not name.startswith(".") and name.lower().endswith(_ENDINGS) and path.is_file():
                yield path


def _text_of(name: str, path: Path | None) -> str:
    try:
        content = sys.stdin.buffer.read() if path is None else path.read_bytes()
    except OSError as error:
        raise ClientError(f"{name} cannot be read: {error.strerror or error}.", USAGE) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ClientError(f"{name}:{line}: is not UTF-8. Save the file as UTF-8.", USAGE) from None


async def export(given: Credentials, kind: str | None, name: str | None, output: Path | None) -> int:
    """Write resources as files into a folder, or as one stream to standard output."""
    wanted = None if kind is None else kind.removesuffix("s")
    if wanted is not None and wanted not in _KINDS:
        raise ClientError(f"{kind!r} is no kind of resource. Use one of: {', '.join(_KINDS)}.", USAGE)
    async with connected(given) as connection:
        exported = await connection.get("/export", kind=wanted, name=name)
    if output is None:
        print_text("---\n".join(each["text"] for each in exported["files"]).rstrip("\n"))
    else:
        count = sum(_write(output, each) for each in exported["files"])
        print(f"{len(exported['files'])} files in {output}, {count} of them new or changed.", file=sys.stderr)
    for each in exported["files"]:
        if each["secrets"]:
            told = f"Secrets left out of {each['kind']} {each['name']}: {', '.join(each['secrets'])}."
            print(harmless(told), file=sys.stderr)
    for warning in exported["warnings"]:
        print(harmless(f"! {warning}"), file=sys.stderr)
    return FAILED if exported["warnings"] else COMPLETED


def _write(folder: Path, file: Any) -> bool:
    """Write one file as a whole; return whether it was not there as such already."""
    if not _SAFE_PATH.fullmatch(file["path"]):
        raise ClientError(f"The installation named a file {harmless(file['path'])!r}, which is not written.", FAILED)
    path = folder / file["path"]
    content = file["text"].encode()
    try:
        if path.is_file() and path.read_bytes() == content:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise ClientError(f"{path} cannot be written: {error.strerror or error}.", NOT_WRITTEN) from None
    return True
