"""The client's commands of deployments. Kept light for ``main``, as ``commands`` is."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from retinue.cli.client.credentials import Credentials

deployments = typer.Typer(help="Deployments: list, roll back and stop them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name or id of the agent; with --team or --workflow, of one of those.")]
Team = Annotated[bool, typer.Option("--team", help="The name is a team's.")]
Workflow = Annotated[bool, typer.Option("--workflow", help="The name is a workflow's.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="End at once, without waiting for the checks.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(deploy)
    app.add_typer(deployments, name="deployments")


def deploy(  # noqa: PLR0913 - each is an option
    name: Name,
    *,
    team: Team = False,
    workflow: Workflow = False,
    version: Annotated[int | None, typer.Option(min=1, help="The version; the newest when left out.")] = None,
    at: Annotated[str | None, typer.Option(help="An instant with its time zone, such as 2026-12-01T06:00:00Z.")] = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Deploy a version and print its URL. Exits with 1 when a check fails; what was deployed stays."""
    body: dict[str, Any] = {"note": note}
    body |= {name: value for name, value in (("version", version), ("deploy_at", at)) if value is not None}
    _with(
        lambda actions, given: actions.deploy(
            given, actions.target(name, is_team=team, is_workflow=workflow), body, wait=not no_wait, as_json=as_json
        )
    )


@deployments.command("list")
def list_deployments(
    *,
    agent: Annotated[str | None, typer.Option(help="Only deployments of this agent, by name or id.")] = None,
    team: Annotated[str | None, typer.Option(help="Only deployments of this team, by name or id.")] = None,
    workflow: Annotated[str | None, typer.Option(help="Only deployments of this workflow, by name or id.")] = None,
    status: Annotated[
        str | None, typer.Option(help="Only this status: pending, deploying, deployed, failed or stopped.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List the newest deployments."""
    if sum(each is not None for each in (agent, team, workflow)) > 1:
        raise typer.BadParameter("give one of --agent, --team and --workflow.")

    def show(actions: Any, given: "Credentials") -> "Awaitable[int]":
        name = team or workflow or agent
        given_kinds = {"is_team": team is not None, "is_workflow": workflow is not None}
        target = None if name is None else actions.target(name, **given_kinds)
        return actions.list_deployments(given, target, status, limit, as_json=as_json)

    _with(show)


@deployments.command("roll-back")
def roll_back(
    name: Name,
    *,
    team: Team = False,
    workflow: Workflow = False,
    to: Annotated[str | None, typer.Option(help="The id of an earlier deployment; the one before when left out.")] = None,
    no_wait: NoWait = False,
    as_json: Json = False,
) -> None:
    """Deploy again the version that was deployed before."""
    _with(
        lambda actions, given: actions.roll_back(
            given, actions.target(name, is_team=team, is_workflow=workflow), to, wait=not no_wait, as_json=as_json
        )
    )


@deployments.command()
def stop(name: Name, *, team: Team = False, workflow: Workflow = False, as_json: Json = False) -> None:
    """Stop the deployed version of an agent, a team or a workflow. Active runs continue."""
    _with(
        lambda actions, given: actions.stop(given, actions.target(name, is_team=team, is_workflow=workflow), as_json=as_json)
    )


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import deployments as actions  # noqa: PLC0415 - see the head of main

    as_signed_in(lambda _, given: act(actions, given))
