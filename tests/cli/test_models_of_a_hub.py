"""`retinue models install` of a model that is a file of a hub: from a mirror of it, which redirects as the hub does."""

import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from retinue.llm.local import service
from retinue.llm.local.catalogue import CATALOGUE, RUNTIME
from retinue.llm.local.errors import LocalModelDamagedError, LocalModelNotFetchedError
from retinue.llm.local.types import HubFile, LocalModel
from tests.cli.test_models import put_wheel, unheard

_CONTENT = b"GGUF" + bytes(range(256)) * 300
_PATH = "/Publisher/Small-GGUF/resolve/main/Small-Q8_0.gguf"


@dataclass
class Hub:
    """A mirror: what it tells of its file, what it serves, and what it was asked."""

    url: str = ""
    content: bytes = _CONTENT
    told: str = hashlib.sha256(_CONTENT).hexdigest()
    has_headers: bool = True
    asked: list[str] = field(default_factory=list[str])
    tokens: list[str | None] = field(default_factory=list[str | None])


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Give a hub that redirects from a file's page to its store, as the real one does."""
    mirror = Hub()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            mirror.asked.append(f"{self.command} {self.path}")
            mirror.tokens.append(self.headers.get("Authorization"))
            if self.path == _PATH:
                self.send_response(302)
                self.send_header("Location", f"http://localhost:{self.server.server_port}/store/1")  # type: ignore[attr-defined]
                if mirror.has_headers:
                    self.send_header("X-Linked-ETag", f'"{mirror.told}"')
                    self.send_header("X-Linked-Size", str(len(_CONTENT)))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif self.path == "/store/1":
                self.send_response(200)
                self.send_header("Content-Length", str(len(mirror.content)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(mirror.content)
            else:
                self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the library
            del format, args

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mirror.url = f"http://127.0.0.1:{server.server_port}"
    yield mirror
    server.shutdown()
    server.server_close()


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> LocalModel:
    """Put a model of the hub into the catalogue, with a guess of its size that is wrong."""
    hub = HubFile("Publisher/Small-GGUF", "Small-Q8_0.gguf")
    small = LocalModel("small", "Small", "Apache-2.0", (), "", 1000, 1, 16, can_use_tools=False, hub=hub)
    monkeypatch.setattr(service, "CATALOGUE", (small,))
    return small


@pytest.fixture
def environ(tmp_path: Path, hub: Hub) -> dict[str, str]:
    """Give an environment with the mirror of the hub, and with the runtime's package in a folder."""
    packages = tmp_path / "packages"
    packages.mkdir()
    put_wheel(packages, RUNTIME.package, RUNTIME.version, {f"{RUNTIME.package}/__init__.py": b""})
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages), "PIP_CONFIG_FILE": "/dev/null", "PATH": "/usr/bin:/bin"}
    return {**pip, "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_secret"}


def test_model_of_a_hub_is_fetched_and_checked_by_the_hash_that_the_hub_tells(
    tmp_path: Path, hub: Hub, model: LocalModel, environ: dict[str, str]
) -> None:
    assert service.install(tmp_path, "small", unheard, environ)

    assert service.model_file(tmp_path, model).read_bytes() == _CONTENT
    assert service.list_installed(tmp_path) == (model,)
    assert hub.asked == [f"HEAD {_PATH}", f"GET {_PATH}", "GET /store/1"]
    assert hub.tokens == ["Bearer hf_secret", "Bearer hf_secret", None], "the token stays on the hub"
    assert hub.told in (tmp_path / "models" / "small.hub.json").read_text()
    assert not service.install(tmp_path, "small", unheard, {**environ, "HF_ENDPOINT": "http://127.0.0.1:9"})


def test_file_that_is_not_what_the_hub_tells_is_removed_again(
    tmp_path: Path, hub: Hub, model: LocalModel, environ: dict[str, str]
) -> None:
    hub.content = _CONTENT[:-1] + b"!"

    with pytest.raises(LocalModelDamagedError, match="were expected"):
        service.install(tmp_path, "small", unheard, environ)

    assert service.list_installed(tmp_path) == ()
    assert not service.model_file(tmp_path, model).exists()
    assert not (tmp_path / "models" / "small.hub.json").exists()


def test_file_that_was_replaced_since_the_first_download_is_refused(
    tmp_path: Path, hub: Hub, model: LocalModel, environ: dict[str, str]
) -> None:
    service.install(tmp_path, "small", unheard, environ)
    service.remove(tmp_path, "small")
    hub.content = _CONTENT[::-1]
    hub.told = hashlib.sha256(hub.content).hexdigest()

    with pytest.raises(LocalModelDamagedError, match="at the first download it was") as raised:
        service.install(tmp_path, "small", unheard, environ)

    assert "delete" in (raised.value.remedy_text or "")
    assert not service.is_complete(tmp_path, model)


def test_hub_that_tells_no_hash_or_cannot_be_reached_is_a_sentence_with_a_remedy(
    tmp_path: Path, hub: Hub, model: LocalModel, environ: dict[str, str]
) -> None:
    hub.has_headers = False
    for endpoint, words in ((hub.url, "X-Linked-ETag"), (f"{hub.url}/nowhere", "404"), ("ftp://x", "no URL")):
        with pytest.raises(LocalModelNotFetchedError, match=words) as raised:
            service.install(tmp_path, "small", unheard, {**environ, "HF_ENDPOINT": endpoint})
        assert "HF_ENDPOINT" in (raised.value.remedy_text or "") or endpoint == "ftp://x"
    assert service.list_installed(tmp_path) == ()
    assert not service.is_complete(tmp_path, model)


def test_catalogue_offers_small_models_of_the_hub_by_name() -> None:
    files = {each.name: f"{each.hub.repository}/{each.hub.file}" for each in CATALOGUE if each.hub}

    assert files == {
        "qwen3-0.6b": "Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf",
        "qwen3-1.7b": "Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf",
    }
