"""A release as a person meets it: installed from its archives into an empty environment, and started there."""

import json
import subprocess
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tools.docs import components

from retinue import __version__
from tools import release

pytestmark = pytest.mark.timeout(600)  # a hundred packages are unpacked twice


def test_wheel_and_source_distribution_install_and_the_wheel_starts(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    wheel, source = release.make(tmp_path / "dist")

    served = release.try_out(release.install(wheel, tmp_path / "wheel"), tmp_path)
    told = subprocess.run(
        [release.install(source, tmp_path / "source"), "--version"], check=True, capture_output=True, text=True
    )

    assert served == __version__
    assert __version__ in told.stdout
    sums = (tmp_path / "dist" / "SHA256SUMS").read_text().split()
    assert {wheel.name, source.name, f"retinue-{__version__}.cdx.json"} == set(sums[1::2])


def test_every_package_has_a_permissive_licence_or_a_reason() -> None:
    allowed = components.PERMISSIVE | components.EXCEPTIONS.keys()

    others = {f"{each.name}: {each.licence}" for each in components.components() if not each.terms <= allowed}

    assert others == set()


def test_bill_of_materials_is_valid_and_names_every_package() -> None:
    text = components.bill_of_materials(__version__)

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    named = {(each["name"], each["version"]) for each in json.loads(text)["components"]}
    assert named == {(each.name, each.version) for each in components.components()}
