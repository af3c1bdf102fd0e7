"""The client's commands for metrics and usage. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

metrics = typer.Typer(help="Metrics of agents: list, show and report them.", no_args_is_help=True)
usage = typer.Typer(help="Usage: calls, tokens and costs of requests and model calls.", no_args_is_help=True)

Start = Annotated[str | None, typer.Option(metavar="INSTANT", help="Start, as 2026-11-01T00:00:00Z.")]
End = Annotated[str | None, typer.Option(metavar="INSTANT", help="End, not part of it; by default now.")]
By = Annotated[
    list[str] | None, typer.Option("--by", help="agent, model, user, api_key, endpoint or day; twice for two of them.")
]
Kind = Annotated[str | None, typer.Option(help="request or model_call; by default both.")]


@metrics.command("list")
def list_metrics(*, as_json: Json = False) -> None:
    """List the metrics with their units."""
    _with(lambda actions, given: actions.list_metrics(given, as_json=as_json))


@metrics.command()
def show(  # noqa: PLR0913 - each an option
    metric: Annotated[str, typer.Argument(help="The metric, such as response_time.")],
    *,
    agent: Annotated[list[str] | None, typer.Option("--agent", help="An agent, by name or id; repeatable.")] = None,
    each: Annotated[bool, typer.Option("--each", help="Show each agent by itself.")] = False,
    aggregation: Annotated[str | None, typer.Option(help="avg, sum, min, max, count, p50, p95 or p99.")] = None,
    bucket: Annotated[str | None, typer.Option(help="minute, hour or day; by default one that suits the time.")] = None,
    start: Start = None,
    end: End = None,
    as_json: Json = False,
) -> None:
    """Show a metric over time, by default of the last 24 hours."""
    query = {
        "metric_type": metric,
        "aggregation": aggregation,
        "bucket": bucket,
        "start": start,
        "end": end,
        "group_by": "agent" if each else None,
    }
    _with(lambda actions, given: actions.show_metric(given, agent or [], query, as_json=as_json))


@metrics.command()
def report(
    agent: Annotated[str, typer.Argument(help="The agent, by name or id.")],
    metric: Annotated[str, typer.Argument(help="The metric, such as accuracy, or a name of your own.")],
    value: Annotated[str, typer.Argument(help="The value, a decimal.")],
    *,
    unit: Annotated[str | None, typer.Option(help="The unit; required for the first point of a metric of your own.")] = None,
    at: Annotated[str | None, typer.Option(metavar="INSTANT", help="When it was measured; by default now.")] = None,
) -> None:
    """Report a point of a metric of an agent."""
    given_fields = {"metric_type": metric, "value": value, "unit": unit, "recorded_at": at}
    point = {name: each for name, each in given_fields.items() if each is not None}
    _with(lambda actions, given: actions.report_metric(given, agent, point))


@usage.command("show")
def show_usage(*, by: By = None, kind: Kind = None, start: Start = None, end: End = None, as_json: Json = False) -> None:
    """Show usage in groups, by default each day of the last 30 days."""
    query = {"group_by": by or ["day"], "kind": kind, "start": start, "end": end}
    _with(lambda actions, given: actions.show_usage(given, query, as_json=as_json))


@usage.command("export")
def export_usage(*, by: By = None, kind: Kind = None, start: Start = None, end: End = None) -> None:
    """Print usage in groups as CSV."""
    query = {"group_by": by or ["day"], "kind": kind, "start": start, "end": end}
    _with(lambda actions, given: actions.export_usage(given, query))


@usage.command("rebuild")
def rebuild_usage(
    start: Annotated[str, typer.Argument(help="Start of the window in which the runs were created.")],
    end: Annotated[str, typer.Argument(help="End of the window; not part of it.")],
) -> None:
    """Write the model calls and metrics of runs again from their records."""
    _with(lambda actions, given: actions.rebuild_usage(given, {"start": start, "end": end}))


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import metrics as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
