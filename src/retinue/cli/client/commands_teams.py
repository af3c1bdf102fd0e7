"""The client's commands for teams. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, Metadata, Tag, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

teams = typer.Typer(help="Teams: list, show, create, run and delete them.", no_args_is_help=True)

TeamName = Annotated[str, typer.Argument(metavar="TEAM", help="The team's name or id.")]


@teams.command("list")
def list_teams(
    *,
    team_type: Annotated[
        str | None, typer.Option("--type", help="Only teams of this type: route, coordinate, collaborate or tasks.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the organization's teams."""
    _with_teams(lambda actions, given: actions.list_teams(given, {"type": team_type}, as_json=as_json))


@teams.command()
def show(team: TeamName, *, as_json: Json = False) -> None:
    """Show a team with its members."""
    _with_teams(lambda actions, given: actions.show(given, team, as_json=as_json))


@teams.command()
def create(
    name: Annotated[str, typer.Argument(help="The team's name.")],
    *,
    team_type: Annotated[str, typer.Option("--type", help="route, coordinate, collaborate or tasks.")] = "coordinate",
    member: Annotated[
        list[str] | None,
        typer.Option("--member", metavar="AGENT[=ROLE]", help="An agent by name or id, with its role; repeatable."),
    ] = None,
    team: Annotated[
        list[str] | None, typer.Option("--team", metavar="TEAM[=ROLE]", help="A team as a member; repeatable.")
    ] = None,
    instructions: Annotated[str, typer.Option(help="What the leader is told.")] = "",
    description: Annotated[str, typer.Option(help="What the team is for.")] = "",
    as_json: Json = False,
) -> None:
    """Create a team."""
    body = {"name": name, "type": team_type, "instructions": instructions, "description": description}
    _with_teams(lambda actions, given: actions.create(given, body, member or [], team or [], as_json=as_json))


@teams.command()
def delete(team: TeamName) -> None:
    """Delete a team that has no unfinished runs and is in no other team."""
    _with_teams(lambda actions, given: actions.delete(given, team))


@teams.command()
def preview(
    team: TeamName,
    sentence: Annotated[str, typer.Argument(help="What a person might ask.")],
    *,
    as_json: Json = False,
) -> None:
    """Tell which member of a routing team would take a sentence. The leader's model is called; no member works."""
    _with_teams(lambda actions, given: actions.preview(given, team, sentence, as_json=as_json))


@teams.command()
def run(
    team: TeamName,
    prompt: Annotated[str | None, typer.Argument(help="What to do; read from standard input when left out.")] = None,
    *,
    input_file: Annotated[Path | None, typer.Option(help="A JSON object as input; - reads it from standard input.")] = None,
    tag: Tag = None,
    metadata: Metadata = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the run's id and end at once.")] = False,
    as_json: Json = False,
) -> None:
    """Run a team: progress on standard error, the result on standard output. Exit codes are those of 'retinue run'."""
    as_signed_in(
        lambda actions, given: actions.start(
            given,
            team,
            {"type": "team", "input": actions.read_input(prompt, input_file)} | actions.read_labels(tag, metadata),
            wait=not no_wait,
            as_json=as_json,
        )
    )


def _with_teams(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import teams as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
