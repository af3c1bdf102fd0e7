"""The client's commands for external agents. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

agent_keys = typer.Typer(help="Keys of external agents: list, create, rotate and revoke them.", no_args_is_help=True)

Agent = Annotated[str, typer.Argument(help="The external agent, by name or id.")]
Key = Annotated[str, typer.Argument(help="The key, by its prefix or id.")]


@agent_keys.command("list")
def list_keys(agent: Agent, *, as_json: Json = False) -> None:
    """List the keys of an agent."""
    _with(lambda actions, given: actions.list_keys(given, agent, as_json=as_json))


@agent_keys.command()
def create(agent: Agent, *, as_json: Json = False) -> None:
    """Create a key, and print it: it is shown this once."""
    _with(lambda actions, given: actions.create_key(given, agent, as_json=as_json))


@agent_keys.command()
def rotate(
    agent: Agent,
    key: Key,
    *,
    overlap: Annotated[int, typer.Option(min=0, help="Seconds for which the replaced key is accepted still.")] = 3600,
    as_json: Json = False,
) -> None:
    """Create a key in place of another, and print it: it is shown this once."""
    _with(lambda actions, given: actions.rotate_key(given, agent, key, overlap, as_json=as_json))


@agent_keys.command()
def revoke(agent: Agent, key: Key) -> None:
    """Revoke a key at once and permanently."""
    _with(lambda actions, given: actions.revoke_key(given, agent, key))


@agent_keys.command("webhook-secret")
def webhook_secret(agent: Agent, *, as_json: Json = False) -> None:
    """Create the secret that signs calls of an agent's webhook, or another one, and print it: it is shown this once."""
    _with(lambda actions, given: actions.create_webhook_secret(given, agent, as_json=as_json))


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import external as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
