"""The dashboard and the alert rules of ``deploy/`` name metrics that exist."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from retinue.process import Process

RULES = Path("deploy/prometheus/retinue.rules.yml")
DASHBOARD = Path("deploy/grafana/dashboards/retinue.json")
_NAME = re.compile(r"\b(?:retinue|process)_[a-z0-9_]+\b(?!:)")
_PARTS = re.compile(r"_(bucket|sum|count)$")


def rules() -> list[dict[str, Any]]:
    """Return every rule."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def panels() -> dict[str, list[str]]:
    """Return the queries of the dashboard by panel, with Grafana's variables filled in."""
    found: dict[str, list[str]] = {}
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        if panel["type"] != "row":
            queries = [target["expr"] for target in panel["targets"]]
            found[panel["title"]] = [each.replace("$__rate_interval", "1m").replace("$instance", ".*") for each in queries]
    return found


def _named(text: str) -> set[str]:
    return set(_NAME.findall(re.sub(r"retinue:[\w:]+", "", text)))


def _existing(process: Process) -> set[str]:
    found: set[str] = set()
    for metric in process.resources.telemetry.describe():
        found.add(metric.name)
        if metric.type == "histogram":
            found |= {f"{metric.name}_{part}" for part in ("bucket", "sum", "count")}
    return found


def test_every_metric_that_deploy_names_exists(process: Process) -> None:
    named = {name for queries in panels().values() for query in queries for name in _named(query)}
    named |= {name for rule in rules() for name in _named(rule["expr"])}

    assert len(named) > 25
    assert named - _existing(process) == set()


def test_every_metric_has_a_panel(process: Process) -> None:
    shown = {_PARTS.sub("", name) for queries in panels().values() for query in queries for name in _named(query)}
    by_organization = {name for name in _existing(process) if name.startswith("retinue_organization_")}

    ours = {_PARTS.sub("", name) for name in _existing(process) if name.startswith("retinue_")}
    assert ours - shown - by_organization == set()


def test_recorded_values_that_rules_name_are_recorded() -> None:
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    named = {name for rule in rules() for name in re.findall(r"retinue:[\w:]+", rule["expr"])}

    assert named <= recorded


def test_every_alert_says_what_to_do() -> None:
    alerts = [rule for rule in rules() if "alert" in rule]

    assert len(alerts) >= 9
    for rule in alerts:
        assert rule["annotations"]["summary"], rule["alert"]
        assert rule["annotations"]["description"], rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
