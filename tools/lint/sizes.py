"""Size caps, without exceptions: a file of 400 lines, a function of 60 (tests and migrations: files of 600)."""

import ast
import sys
from pathlib import Path

FILE_LINES = 400
TEST_FILE_LINES = 600
FUNCTION_LINES = 60


def problems_of(path: Path) -> list[str]:
    """Name what is over its cap in one file."""
    text = path.read_text(encoding="utf-8")
    cap = TEST_FILE_LINES if path.parts[0] == "tests" or "migrations" in path.parts else FILE_LINES
    lines = text.count("\n") + 1
    found = [f"{path}: {lines} lines, at most {cap}"] if lines > cap else []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                found.append(f"{path}:{node.lineno}: {node.name} has {length} lines, at most {FUNCTION_LINES}")
    return found


def main() -> int:
    """Check every Python file of the repository; return 1 when one is too large."""
    files = [path for folder in ("src", "tests", "benchmarks", "tools") for path in sorted(Path(folder).rglob("*.py"))]
    found = [problem for path in files for problem in problems_of(path)]
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
