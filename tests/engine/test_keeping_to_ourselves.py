"""Nothing of a run leaves by a side door."""

from dataclasses import dataclass

import pytest
from langsmith.utils import tracing_is_enabled  # pyright: ignore[reportUnknownVariableType] - its own gap

from retinue.engine.compile.agent import compile_agent
from retinue.runs.execution import encoding


@dataclass
class _Foreign:
    number: int


def test_environment_cannot_switch_tracing_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")

    compile_agent()

    assert tracing_is_enabled() is False


def test_stored_values_revive_only_types_known_to_be_safe() -> None:
    stored = encoding.encode(_Foreign(1))

    assert not isinstance(encoding.decode(stored), _Foreign)
