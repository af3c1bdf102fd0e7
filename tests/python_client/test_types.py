"""The types of the client, as a type checker sees them: the quick start is right, and mistakes are found."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^(<!-- not-run[^\n]*\n)?```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
_WRONG = """
from retinue.client import Retinue

retinue = Retinue("http://localhost:8000", "rtk_key")
retinue.agents.create(nme="Scribe")
retinue.agents.create(name=3)
retinue.runs.start(target_id="a")
retinue.agents.list(limit="many")
retinue.agents.get("a")["title"]
for run in retinue.runs.iterate(status="complete"):
    print(run["id"])
"""


def _problems(folder: Path, text: str) -> list[int]:
    """Return the lines in which a type checker finds something wrong."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    config = {
        "include": [str(folder)],
        "pythonVersion": "3.11",
        "typeCheckingMode": "standard",
        "extraPaths": [str(_ROOT / "src")],
    }
    (folder / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    checker = [str(Path(sys.executable).with_name("basedpyright")), "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*checker, "--project", str(folder)], capture_output=True, check=False, timeout=100)  # noqa: S603
    found: list[Any] = json.loads(done.stdout)["generalDiagnostics"]
    return sorted({each["range"]["start"]["line"] for each in found if each["severity"] == "error"})


def test_quick_start_has_no_mistakes_and_mistakes_are_found(tmp_path: Path) -> None:
    page = (_ROOT / "docs/python-client.md").read_text(encoding="utf-8")
    blocks = [code for is_not_run, code in _BLOCK.findall(page) if not is_not_run]

    assert _problems(tmp_path, "\n".join(blocks)) == []
    assert _problems(tmp_path, _WRONG) == [4, 5, 6, 7, 8, 9]
