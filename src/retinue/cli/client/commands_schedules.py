"""The client's commands for schedules. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

schedules = typer.Typer(help="Schedules: list, create, pause, run and backfill them.", no_args_is_help=True)

ScheduleName = Annotated[str, typer.Argument(metavar="SCHEDULE", help="The schedule's name or id.")]
Cron = Annotated[str | None, typer.Option(help="A cron expression, such as '0 9 * * MON-FRI'.")]
Every = Annotated[
    str | None, typer.Option("--frequency", help="hourly, daily, weekly, monthly or once, in place of a cron expression.")
]
Interval = Annotated[int | None, typer.Option(help="Every how many hours, days, weeks or months.")]
Time = Annotated[str | None, typer.Option("--time", help="Wall time HH:MM.")]
Day = Annotated[list[int] | None, typer.Option("--day", help="A weekday, 1 is Monday, 0 and 7 are Sunday; repeatable.")]
Date = Annotated[int | None, typer.Option("--date", help="Day of the month, 1 to 31.")]
LastDay = Annotated[bool, typer.Option("--last-day", help="Run on the last day of a month without the date.")]
On = Annotated[str | None, typer.Option("--on", metavar="YYYY-MM-DD", help="The day of a schedule that runs once.")]
Zone = Annotated[str, typer.Option("--timezone", help="A time zone, such as Europe/Berlin.")]


@schedules.command("list")
def list_schedules(*, as_json: Json = False) -> None:
    """List the organization's schedules with their next times."""
    _with(lambda actions, given: actions.list_schedules(given, as_json=as_json))


@schedules.command()
def show(schedule: ScheduleName, *, as_json: Json = False) -> None:
    """Show a schedule with its next times."""
    _with(lambda actions, given: actions.show(given, schedule, as_json=as_json))


@schedules.command()
def preview(  # noqa: PLR0913 - each an option
    *,
    cron: Cron = None,
    frequency: Every = None,
    interval: Interval = None,
    time: Time = None,
    day: Day = None,
    date: Date = None,
    last_day: LastDay = False,
    on: On = None,
    timezone: Zone = "UTC",
    as_json: Json = False,
) -> None:
    """Print times in words and the next ten, with what daylight saving does to them. Nothing is saved."""
    timing = _timing(locals())
    _with(lambda actions, given: actions.preview(given, timing, as_json=as_json))


@schedules.command()
def create(  # noqa: PLR0913 - each an option
    name: Annotated[str, typer.Argument(help="The schedule's name.")],
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="The agent to run, by name or id; see --team and --workflow.")
    ],
    prompt: Annotated[str | None, typer.Argument(help="What each run is to do; a workflow may do without.")] = None,
    *,
    team: Annotated[bool, typer.Option("--team", help="Run a team.")] = False,
    workflow: Annotated[bool, typer.Option("--workflow", help="Run a workflow, which must be active.")] = False,
    given_input: Annotated[str, typer.Option("--input", help="The input of each run as a JSON object.")] = "{}",
    cron: Cron = None,
    frequency: Every = None,
    interval: Interval = None,
    time: Time = None,
    day: Day = None,
    date: Date = None,
    last_day: LastDay = False,
    on: On = None,
    timezone: Zone = "UTC",
    catch_up: Annotated[str, typer.Option(help="What is made up after an outage: skip, last or all.")] = "last",
    overlap: Annotated[str, typer.Option(help="Beside an unfinished run: skip, queue, cancel or allow.")] = "skip",
    jitter: Annotated[int, typer.Option(help="Delay each run by up to so many seconds.")] = 0,
    as_json: Json = False,
) -> None:
    """Create a schedule that starts runs of an agent, a team or a workflow."""
    if team and workflow:
        raise typer.BadParameter("Choose one of --team and --workflow.")
    body = _timing(locals()) | {
        "name": name,
        "target_type": "team" if team else "workflow" if workflow else "agent",
        "catch_up": catch_up,
        "overlap": overlap,
        "jitter_seconds": jitter,
    }
    _with(lambda actions, given: actions.create(given, target, body, prompt, given_input, as_json=as_json))


@schedules.command()
def pause(
    schedule: ScheduleName,
    *,
    until: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Go on by itself then, as 2027-03-01T09:00:00Z.")
    ] = None,
) -> None:
    """Pause a schedule until it is resumed, or until an instant."""
    body = {} if until is None else {"until": until}
    _with(lambda actions, given: actions.act(given, schedule, "pause", body))


@schedules.command()
def resume(schedule: ScheduleName) -> None:
    """Resume a paused schedule."""
    _with(lambda actions, given: actions.act(given, schedule, "resume", None))


@schedules.command()
def run(schedule: ScheduleName, *, as_json: Json = False) -> None:
    """Start a run of a schedule at once; print its id."""
    _with(lambda actions, given: actions.run_now(given, schedule, as_json=as_json))


@schedules.command()
def backfill(
    schedule: ScheduleName,
    start: Annotated[str, typer.Argument(help="Start of the window, as 2027-03-01T00:00:00Z.")],
    end: Annotated[str, typer.Argument(help="End of the window; not part of it.")],
) -> None:
    """Run the due times of a past window that were not started, one after the other."""
    _with(lambda actions, given: actions.backfill(given, schedule, {"start": start, "end": end}))


@schedules.command()
def occurrences(
    schedule: ScheduleName,
    *,
    status: Annotated[str | None, typer.Option(help="queued, started, skipped, missed or failed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List the outcomes of a schedule's due times, and why one was not started."""
    _with(lambda actions, given: actions.list_occurrences(given, schedule, {"status": status}, limit, as_json=as_json))


@schedules.command()
def delete(schedule: ScheduleName) -> None:
    """Delete a schedule and its occurrences. Its runs stay."""
    _with(lambda actions, given: actions.delete(given, schedule))


def _timing(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a timing that were given."""
    names = {"cron": "cron", "frequency": "frequency", "interval": "interval", "time": "time", "day": "days", "date": "date"}
    body = {wire: given[name] for name, wire in names.items() if given[name]}
    if given["on"]:
        body["run_date"] = given["on"]
    if given["last_day"]:
        body["missing_date"] = "last_day"
    return body | {"timezone": given["timezone"]}


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import schedules as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
