"""The client's commands for webhooks. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

webhooks = typer.Typer(help="Webhooks: signed requests to a URL of yours when runs end.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's name or id.")]


@webhooks.command("list")
def list_webhooks(*, as_json: Json = False) -> None:
    """List webhooks with their state."""
    _with_webhooks(lambda actions, given: actions.list_webhooks(given, as_json=as_json))


@webhooks.command()
def add(
    name: Annotated[str, typer.Argument(help="Name of the webhook.")],
    url: Annotated[str, typer.Argument(help="Where it is sent.")],
    *,
    events: Annotated[str | None, typer.Option(help="run.completed, run.failed, run.cancelled; by default all.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only runs of this agent, by name or id.")] = None,
    without_output: Annotated[bool, typer.Option("--without-output", help="Do not send the output of runs.")] = False,
) -> None:
    """Create a webhook and print its signing secret, once."""
    body: dict[str, Any] = {"name": name, "url": url, "includes_output": not without_output}
    if events is not None:
        body["events"] = [each.strip() for each in events.split(",")]
    _with_webhooks(lambda actions, given: actions.add(given, body, agent))


@webhooks.command()
def remove(webhook: Name) -> None:
    """Delete a webhook and its deliveries."""
    _with_webhooks(lambda actions, given: actions.remove(given, webhook))


@webhooks.command()
def enable(webhook: Name) -> None:
    """Enable a webhook that was disabled."""
    _with_webhooks(lambda actions, given: actions.enable(given, webhook))


@webhooks.command()
def test(webhook: Name) -> None:
    """Send a test message and print the receiver's answer."""
    _with_webhooks(lambda actions, given: actions.test(given, webhook))


@webhooks.command()
def deliveries(
    webhook: Name, *, limit: Annotated[int, typer.Option(min=1, help="Maximum number of rows.")] = 20, as_json: Json = False
) -> None:
    """List what was sent to a webhook, newest first, with its last answer."""
    _with_webhooks(lambda actions, given: actions.list_deliveries(given, webhook, limit=limit, as_json=as_json))


@webhooks.command()
def redeliver(delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")]) -> None:
    """Send a delivery again, under its id."""
    _with_webhooks(lambda actions, given: actions.redeliver(given, delivery))


def _with_webhooks(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import webhooks as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
