"""Durations and costs of the command line, written as the console writes them."""

from typing import Any

import pytest

from retinue.cli.client.format import cost_text, duration_text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (None, "—"),
        (0, "0ms"),
        (840, "840ms"),
        (3_240, "3.2s"),
        (9_990, "10s"),
        (18_820, "19s"),
        (59_900, "1m"),
        (73_000, "1m 13s"),
        (252_000, "4m 12s"),
        (7_500_000, "2h 5m"),
        (273_600_000, "3d 4h"),
    ],
)
def test_duration_is_written_as_in_the_console(ms: int | None, text: str) -> None:
    assert duration_text(ms) == text


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        ({"cost_usd": None, "cost_state": "none"}, "—"),
        ({"cost_usd": "0", "cost_state": "known"}, "$0"),
        ({"cost_usd": "0.000012346", "cost_state": "known"}, "$0.00001235"),
        ({"cost_usd": "0.0123", "cost_state": "known"}, "$0.0123"),
        ({"cost_usd": "0.5", "cost_state": "known"}, "$0.500"),
        ({"cost_usd": "12.345", "cost_state": "known"}, "$12.35"),
        ({"cost_usd": "1234.5", "cost_state": "known"}, "$1,234.50"),
        ({"cost_usd": "0.0123", "cost_state": "partial"}, "≥ $0.0123"),
        ({"cost_usd": "0.0123", "cost_state": "known", "is_estimated": True}, "$0.0123 (estimated)"),
        ({"cost_usd": None, "cost_state": "unknown", "is_estimated": True}, "unknown"),
        ({"cost_usd": None, "cost_state": "unknown"}, "unknown"),
    ],
)
def test_cost_is_written_as_in_the_console(usage: dict[str, Any], text: str) -> None:
    assert cost_text(usage) == text
