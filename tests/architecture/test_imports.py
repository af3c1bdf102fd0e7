import subprocess
import sys

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
