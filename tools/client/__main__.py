"""Generate the types and methods of ``retinue.client`` from ``docs/reference/openapi.json``.

python -m tools.client          write the modules
python -m tools.client --check  return 1 when a module is stale
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from tools.client.document import Document
from tools.client.methods import method_files
from tools.client.types_files import place_types, type_files

_DOCUMENT = Path("docs/reference/openapi.json")
_FOLDER = Path("src/retinue/client")
_PACKAGES = ("types", "api", "aio")


def generate() -> dict[str, str]:
    """Return the modules by their paths below the package, formatted."""
    document = Document(_DOCUMENT)
    homes = place_types(document)
    return _formatted(type_files(document, homes) | method_files(document, homes))


def stale(folder: Path, files: dict[str, str]) -> list[str]:
    """Name the modules of a folder that are not as they would be generated."""
    present = {str(each.relative_to(folder)) for name in _PACKAGES for each in (folder / name).glob("*.py")}
    changed = {name for name in present & files.keys() if (folder / name).read_text(encoding="utf-8") != files[name]}
    return sorted(changed | (present ^ files.keys()))


def _formatted(files: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, text in files.items():
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        ruff = [str(Path(sys.executable).with_name("ruff"))]
        options = ["--config", "pyproject.toml", "--quiet", "--no-cache", name]
        own = ["--config", 'lint.isort.known-first-party = ["retinue"]']
        subprocess.run([*ruff, "check", "--select", "I", "--fix", *own, *options], check=True)
        subprocess.run([*ruff, "format", *options], check=True)
        return {path: (folder / path).read_text(encoding="utf-8") for path in files}


def main() -> int:
    """Write the modules or check them."""
    files = generate()
    wrong = stale(_FOLDER, files)
    if "--check" in sys.argv:
        for each in wrong:
            print(f"{_FOLDER / each} is stale: run python -m tools.client")
        return 1 if wrong else 0
    for name in wrong:
        path = _FOLDER / name
        if name not in files:
            path.unlink()
            continue
        path.parent.mkdir(exist_ok=True)
        path.write_text(files[name], encoding="utf-8")
    print(f"{len(wrong)} of {len(files)} modules written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
