"""How a benchmark says what it saw: one line a figure, with its target and whether it was reached."""

import json
import os
import statistics
from pathlib import Path
from typing import Any

_RESULTS = Path(__file__).parent / "results"


def percentile(values: list[float], share: float) -> float:
    """Return a percentile of some values, by the nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: list[float]) -> float:
    """Return the middle one."""
    return statistics.median(values)


class Report:
    """The figures of one benchmark; printed as they come and kept as JSON in ``benchmarks/results``."""

    def __init__(self, name: str) -> None:
        """Begin a report."""
        self.name = name
        self.rows: list[dict[str, Any]] = []
        print(f"== {name} (load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores)", flush=True)

    def figure(self, what: str, value: float, unit: str, *, least: float | None = None, most: float | None = None) -> None:
        """Tell one figure; ``least`` and ``most`` are the target."""
        reached = (least is None or value >= least) and (most is None or value <= most)
        target = f" (target ≥ {least:g})" if least is not None else f" (target ≤ {most:g})" if most is not None else ""
        mark = "" if not target else "  reached" if reached else "  NOT REACHED"
        print(f"{what:<62} {value:>10.2f} {unit}{target}{mark}", flush=True)
        self.rows.append({"what": what, "value": value, "unit": unit, "least": least, "most": most, "reached": reached})

    def close(self) -> None:
        """Keep the figures."""
        _RESULTS.mkdir(exist_ok=True)
        (_RESULTS / f"{self.name}.json").write_text(json.dumps(self.rows, indent=1) + "\n", encoding="utf-8")
