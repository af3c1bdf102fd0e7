"""The client's commands for variables of the organization. Kept light for ``main``."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

variables = typer.Typer(
    help="Variables that all agents and tools of the organization may use: list, set, show and delete them.",
    no_args_is_help=True,
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The variable's name.")]


@variables.command("list")
def list_variables(*, as_json: Json = False) -> None:
    """List the organization's variables, and which are due for rotation."""
    _with_variables(lambda actions, given: actions.list_variables(given, as_json=as_json))


@variables.command()
def show(name: Name, *, as_json: Json = False) -> None:
    """Show a variable, and which agents and tools use it."""
    _with_variables(lambda actions, given: actions.show(given, name, as_json=as_json))


@variables.command("set")
def set_variable(
    name: Name,
    value: Annotated[
        str | None, typer.Argument(help="The value; - reads it from standard input, and left out it stays.")
    ] = None,
    *,
    secret: Annotated[
        bool | None, typer.Option("--secret/--plain", help="Whether the value is stored encrypted and never shown again.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What the variable is for.")] = None,
    rotation_days: Annotated[
        int | None, typer.Option(help="Days after which the value is due for rotation; 0 removes the reminder.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a variable, or change it. A new value of a secret one applies at the next call of a tool."""
    body: dict[str, Any] = {}
    if value is not None:
        body["value"] = sys.stdin.read().removesuffix("\n") if value == "-" else value
    if secret is not None:
        body["is_secret"] = secret
    if description is not None:
        body["description"] = description
    if rotation_days is not None:
        body["rotation_days"] = rotation_days or None
    _with_variables(lambda actions, given: actions.set_variable(given, name, body, as_json=as_json))


@variables.command()
def delete(name: Name) -> None:
    """Delete a variable that no agent and no tool uses."""
    _with_variables(lambda actions, given: actions.delete(given, name))


def _with_variables(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import variables as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
