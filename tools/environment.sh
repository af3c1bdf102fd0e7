#!/usr/bin/env bash
# Prepares .venv: tools/environment.sh LOCK [TARGET]   (requirements.lock to run, requirements-dev.lock to work on it; none: only
# uv). TARGET is the file that make asks for: it is touched at the end. Set-ups in one folder take turns. With ENVIRONMENT, that
# folder is prepared in place of .venv, without Retinue: for clients in tests that need other versions of its libraries.
# The lock names versions and hashes and no index: the packages come from wherever this machine's pip takes them.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
python=${PYTHON:-python3}
venv=${ENVIRONMENT:-.venv}
if [ "$venv" = .venv ]; then project=(--editable .); else project=(); fi

if ! command -v "$python" > /dev/null; then
  echo "Retinue needs Python 3.11 or later, and there is no $python." >&2
  exit 1
fi
if [ -z "${SETUP_IS_ALONE:-}" ]; then
  SETUP_IS_ALONE=1 exec "$python" tools/alone.py .setup.lock "$0" "$@"
fi
# What another set-up has just done is not done again, in particular not under the feet of what it started.
if [ -n "${SETUP_HAS_WAITED:-}" ] && [ -n "${2:-}" ] && MAKEFLAGS= make --question "$2" > /dev/null 2>&1; then exit; fi
if [ ! -x "$uv" ]; then
  "$python" -m venv --without-pip .tools
  "$python" -m pip --python .tools/bin/python install --quiet --disable-pip-version-check uv
fi
if [ $# -eq 0 ]; then exit; fi
# uv does not read pip's configuration: pass on a mirror that is configured for pip only.
if [ -z "${UV_DEFAULT_INDEX:-}${UV_INDEX_URL:-}" ]; then
  index=${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2> /dev/null || true)}
  if [ -n "$index" ]; then export UV_DEFAULT_INDEX=$index; fi
fi
if [ ! -x "$venv/bin/python" ]; then
  if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    "$uv" venv --quiet --python "$python" "$venv"
  else
    "$uv" venv --quiet "$venv" || { echo "Retinue needs Python 3.11 or later: name one, as in PYTHON=python3.12 make up." >&2; exit 1; }
  fi
fi
"$uv" pip install --quiet --python "$venv/bin/python" --no-deps --requirement "$1" "${project[@]}"
if [ -n "${2:-}" ]; then touch "$2"; fi
