"""`make up` in a fresh clone, several times at once: one set-up, and the others wait for it with a sentence."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COPIED = ("Makefile", "pyproject.toml", "hatch_build.py", "requirements.lock", "tools")

# Stands for uv: notes each call, makes the environment, and installs when it is let.
_UV = """#!/usr/bin/env bash
echo "$1 $2" >> "$CLONE/calls"
if [ "$1" = venv ]; then
  mkdir -p .venv/bin
  ln -s "$(command -v python3)" .venv/bin/python
else
  echo installing > "$CLONE/begun"
  read -r word < "$CLONE/gate"
  printf '#!/usr/bin/env bash\\necho started\\n' > .venv/bin/retinue
  chmod +x .venv/bin/retinue
  [ "$word" = go ]
fi
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Give a folder with what setting up needs, and a stand-in for uv that waits at a gate."""
    for name in COPIED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    uv = tmp_path / ".tools" / "bin" / "uv"
    uv.parent.mkdir(parents=True)
    uv.write_text(_UV)
    uv.chmod(0o755)
    os.mkfifo(tmp_path / "gate")
    os.mkfifo(tmp_path / "begun")
    return tmp_path


def _make_up(clone: Path) -> subprocess.Popen[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.Popen(
        ["make", "--no-print-directory", "up"],  # noqa: S607 - whichever make there is
        cwd=clone,
        env=environ | {"CLONE": str(clone)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _begun(clone: Path) -> None:
    assert (clone / "begun").read_text() == "installing\n"


def test_second_set_up_waits_for_the_first_and_repeats_nothing(clone: Path) -> None:
    first = _make_up(clone)
    _begun(clone)
    second = _make_up(clone)
    assert second.stderr is not None
    said = second.stderr.readline()
    (clone / "gate").write_text("go\n")

    of_first, of_second = first.communicate(timeout=60), second.communicate(timeout=60)

    assert said == "Another set-up is running in this folder. Waiting until it has finished.\n"
    assert (first.returncode, second.returncode) == (0, 0), (of_first, of_second)
    assert of_first[0].splitlines()[-1] == of_second[0].splitlines()[-1] == "started"
    assert [line.split()[0] for line in (clone / "calls").read_text().splitlines()] == ["venv", "pip"]


def test_set_up_that_waited_for_one_that_failed_does_the_work(clone: Path) -> None:
    first = _make_up(clone)
    _begun(clone)
    second = _make_up(clone)
    assert second.stderr is not None
    second.stderr.readline()
    (clone / "gate").write_text("fail\n")
    first.communicate(timeout=60)
    _begun(clone)
    (clone / "gate").write_text("go\n")

    out, _ = second.communicate(timeout=60)

    assert (first.returncode, second.returncode) == (2, 0)
    assert out.splitlines()[-1] == "started"
