#!/usr/bin/env bash
# Prepares .venv: tools/environment.sh LOCK   (requirements.lock to run, requirements-dev.lock to work on it; none: only uv)
# The lock names versions and hashes and no index: the packages come from wherever this machine's pip takes them.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
python=${PYTHON:-python3}

if ! command -v "$python" > /dev/null; then
  echo "Retinue needs Python 3.11 or later, and there is no $python." >&2
  exit 1
fi
if [ ! -x "$uv" ]; then
  "$python" -m venv --without-pip .tools
  "$python" -m pip --python .tools/bin/python install --quiet --disable-pip-version-check uv
fi
if [ $# -eq 0 ]; then exit; fi
# uv does not read pip's configuration: hand on a mirror that only pip was told of.
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
  index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2> /dev/null || true)}
  if [ -n "$index" ]; then export UV_DEFAULT_INDEX=$index; fi
fi
if [ ! -x .venv/bin/python ]; then
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    "$uv" venv --quiet --python "$python" .venv
  else
    "$uv" venv --quiet .venv || { echo "Retinue needs Python 3.11 or later: name one, as in PYTHON=python3.12 make up." >&2; exit 1; }
  fi
fi
"$uv" pip install --quiet --python .venv/bin/python --no-deps --requirement "$1" --editable .
