"""The client's commands for alerts and notifications. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

alerts = typer.Typer(help="Alerts: list and resolve them; their rules, channels and silences.", no_args_is_help=True)
notifications = typer.Typer(help="Your notifications: list, read, snooze and mute them.", no_args_is_help=True)

AlertId = Annotated[str, typer.Argument(metavar="ALERT", help="The alert's id.")]
RuleName = Annotated[str, typer.Argument(metavar="RULE", help="The rule's name or id.")]
Agent = Annotated[str | None, typer.Option(help="Only runs of this agent, by name or id.")]
Limit = Annotated[int, typer.Option(min=1, help="Maximum number of rows.")]
Conditions = Annotated[
    str, typer.Argument(help="""When it fires, as JSON: '{"status": "error", "consecutive_failures": 3}'.""")
]


@alerts.command("list")
def list_alerts(
    *,
    all_: Annotated[bool, typer.Option("--all", help="Include resolved alerts.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List alerts that are firing."""
    _with(lambda actions, given: actions.list_alerts(given, all_=all_, limit=limit, as_json=as_json))


@alerts.command()
def show(alert: AlertId) -> None:
    """Show an alert with what happened to it and each attempt to send something about it, as JSON."""
    _with(lambda actions, given: actions.show(given, alert))


@alerts.command()
def acknowledge(alert: AlertId) -> None:
    """Acknowledge an alert: no reminder of it is sent any more."""
    _with(lambda actions, given: actions.act(given, alert, "acknowledge"))


@alerts.command()
def resolve(alert: AlertId) -> None:
    """Resolve an alert by hand."""
    _with(lambda actions, given: actions.act(given, alert, "resolve"))


@alerts.command()
def rules(*, as_json: Json = False) -> None:
    """List alert rules with their state."""
    _with(lambda actions, given: actions.list_rules(given, as_json=as_json))


@alerts.command()
def create(
    name: Annotated[str, typer.Argument(help="The rule's name.")],
    conditions: Conditions,
    *,
    agent: Agent = None,
    channels: Annotated[
        str, typer.Option(help="""Where to send, as JSON: '{"email": "user@example.com", "slack": "#alerts"}'.""")
    ] = "{}",
    severity: Annotated[str, typer.Option(help="info, warning or critical.")] = "warning",
    for_seconds: Annotated[int, typer.Option("--for", help="Fire when it has been true for so many seconds.")] = 0,
    as_json: Json = False,
) -> None:
    """Create an alert rule."""
    body = {"name": name, "severity": severity, "for_seconds": for_seconds}
    _with(lambda actions, given: actions.create(given, body, agent, (conditions, channels), as_json=as_json))


@alerts.command()
def preview(
    conditions: Conditions,
    *,
    agent: Agent = None,
    per_agent: Annotated[bool, typer.Option("--per-agent", help="Evaluate each agent by itself.")] = False,
    for_seconds: Annotated[int, typer.Option("--for", help="Fire when it has been true for so many seconds.")] = 0,
    days: Annotated[int, typer.Option(min=1, max=30, help="How many days back.")] = 30,
    as_json: Json = False,
) -> None:
    """Show when conditions would have fired over the past days. Nothing is saved."""
    body: dict[str, Any] = {"days": days, "for_seconds": for_seconds} | ({"group_by": "agent"} if per_agent else {})
    _with(lambda actions, given: actions.preview(given, body, conditions, agent, as_json=as_json))


@alerts.command("starter-pack")
def starter_pack() -> None:
    """Create the rules of the starter pack."""
    _with(lambda actions, given: actions.starter_pack(given))


@alerts.command()
def delete(rule: RuleName) -> None:
    """Delete an alert rule."""
    _with(lambda actions, given: actions.delete(given, rule))


@alerts.command()
def silence(
    *,
    rule: Annotated[str | None, typer.Option(help="Only alerts of this rule, by name or id.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only alerts about this agent, by name or id.")] = None,
    alert: Annotated[str | None, typer.Option(help="Only this alert, until it is resolved.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only alerts of rules with this tag.")] = None,
    minutes: Annotated[int, typer.Option(min=1, max=43_200, help="For how long; not with --alert.")] = 60,
    reason: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Send nothing about matching alerts for a time, or about one alert until it is resolved."""
    _with(lambda actions, given: actions.silence(given, (rule, agent, alert, tag), minutes, reason))


@alerts.command()
def maintenance(*, as_json: Json = False) -> None:
    """List maintenance windows."""
    _with(lambda actions, given: actions.list_windows(given, as_json=as_json))


@alerts.command("add-maintenance")
def add_maintenance(
    name: Annotated[str, typer.Argument(help="Name of the window.")],
    cron: Annotated[str, typer.Argument(help="When it begins, as '0 2 * * SUN'.")],
    *,
    minutes: Annotated[int, typer.Option(min=1, max=10_080, help="How long it lasts.")] = 60,
    timezone: Annotated[str, typer.Option(help="Time zone, as Europe/Berlin.")] = "UTC",
    rule: Annotated[str | None, typer.Option(help="Only alerts of this rule, by name or id.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only alerts about this agent, by name or id.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only alerts of rules with this tag.")] = None,
) -> None:
    """Send nothing about matching alerts in a time that comes again."""
    body = {"name": name, "duration_minutes": minutes, "recurrence": {"cron": cron, "timezone": timezone}}
    _with(lambda actions, given: actions.add_window(given, body, (rule, agent, tag)))


@alerts.command("remove-maintenance")
def remove_maintenance(window: Annotated[str, typer.Argument(help="Name or id of the window.")]) -> None:
    """Delete a maintenance window."""
    _with(lambda actions, given: actions.remove_window(given, window))


@alerts.command()
def status(*, as_json: Json = False) -> None:
    """Tell whether rules are evaluated and which channels send nothing; exit with 1 when something is wrong."""
    _with(lambda actions, given: actions.show_status(given, as_json=as_json))


@alerts.command()
def channels(*, as_json: Json = False) -> None:
    """List channels with their state."""
    _with(lambda actions, given: actions.list_channels(given, as_json=as_json))


@alerts.command("test-channel")
def test_channel(channel: Annotated[str, typer.Argument(help="The channel's name or id.")]) -> None:
    """Send a test message to a channel and print the receiver's answer."""
    _with(lambda actions, given: actions.test_channel(given, channel))


@notifications.command("list")
def list_notifications(
    *,
    unread: Annotated[bool, typer.Option("--unread", help="Only unread notifications.")] = False,
    snoozed: Annotated[bool, typer.Option("--snoozed", help="Only snoozed notifications.")] = False,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """List your notifications."""
    wanted = {name: "true" for name, is_wanted in (("unread", unread), ("snoozed", snoozed)) if is_wanted}
    _with_inbox(lambda actions, given: actions.list_notifications(given, wanted, limit=limit, as_json=as_json))


@notifications.command()
def snooze(
    notification: Annotated[str, typer.Argument(metavar="NOTIFICATION", help="The notification's id.")],
    *,
    hours: Annotated[float, typer.Option(min=0, max=720, help="For so many hours; 0 lists it again at once.")] = 24,
) -> None:
    """Put a notification off: it is not unread until then."""
    _with_inbox(lambda actions, given: actions.snooze(given, notification, hours))


@notifications.command()
def mute(
    kind: Annotated[str, typer.Argument(metavar="TYPE", help="A type of notification, such as agent_error.")],
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Show the type in the inbox again.")] = False,
) -> None:
    """Show a type of notification in your inbox no more. E-mail about it stays as it is."""
    _with_inbox(lambda actions, given: actions.mute(given, kind, is_muted=not undo))


@notifications.command()
def read() -> None:
    """Mark all your notifications as read."""
    _with_inbox(lambda actions, given: actions.read_notifications(given))


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import alerts as actions  # noqa: PLC0415 - see the head of main

    as_signed_in(lambda _, given: act(actions, given))


def _with_inbox(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import notifications as actions  # noqa: PLC0415 - see the head of main

    as_signed_in(lambda _, given: act(actions, given))
