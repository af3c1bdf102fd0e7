import subprocess
import sys

import pytest

_HEAVY = (
    "langgraph",
    "langchain",
    "langchain_core",
    "langchain_openai",
    "openai",
    "anthropic",
    "google.genai",
    "numpy",
    "sqlalchemy",
)


def test_the_api_process_imports_no_agent_framework() -> None:
    script = f"import sys, retinue.api; print([name for name in {_HEAVY!r} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert found.stdout.strip() == "[]"


def test_a_worker_imports_no_web_framework() -> None:
    heavy = ("fastapi", "starlette", "uvicorn")
    script = f"import sys, retinue.cli.worker; print([name for name in {heavy!r} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert found.stdout.strip() == "[]"


def _found(names: tuple[str, ...], *, after: str) -> str:
    """Return those of the modules that are loaded after some statements, as a list is written."""
    script = f"import sys\n{after}\nprint([name for name in {names!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own
    return found.stdout.strip()


def test_what_few_processes_need_is_imported_when_it_is_needed() -> None:
    seldom = (
        *(name for name in _HEAVY if name not in {"langgraph", "langchain_core"}),
        *("alembic", "genai_prices", "google.protobuf", "mcp", "obstore", "pandas", "pydantic_monty", "pymysql", "pypdf"),
        *("redis", "segno", "typer", "xllamacpp", "zxcvbn"),
    )

    serving = """
from retinue.cli import entry
sys.modules.update(entry.UNWANTED)
import retinue.cli.template
retinue.cli.template.routed()
"""
    assert _found((*seldom, "rich", "pygments"), after=serving) == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc; elsewhere nothing is forked")
def test_imports_start_no_thread() -> None:
    script = "import os, retinue.cli.template as it; it.routed(); it.compile_agent(); print(os.listdir('/proc/self/task'))"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert found.stdout.count(",") == 0


def test_routes_build_no_validator_before_a_request_needs_it() -> None:
    script = """
import gc
from retinue.api import import_routes
from pydantic import TypeAdapter
before = sum(isinstance(each, TypeAdapter) for each in gc.get_objects())
import_routes()
print(sum(isinstance(each, TypeAdapter) for each in gc.get_objects()) - before)
"""
    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603 - our own

    assert int(found.stdout) < 20  # of more than 800
