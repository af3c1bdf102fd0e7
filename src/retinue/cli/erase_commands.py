"""The commands of `retinue erase`. Kept light for ``main``."""

from pathlib import Path
from typing import Annotated

import typer

erase = typer.Typer(
    help="Erase a person, an agent or an organization completely, with a certificate. Requires access to its database.",
    no_args_is_help=True,
)

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for the name.")]
Output = Annotated[Path | None, typer.Option("--output", help="Write the certificate to this file, as JSON.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(erase, name="erase")


@erase.command("person")
def erase_person(
    email: Annotated[str, typer.Argument(help="The address the person signs in with.")],
    *,
    yes: Yes = False,
    output: Output = None,
) -> None:
    """Erase a person: account, conversations, files, and the runs they started by hand."""
    _erase("person", email, is_confirmed=yes, output=output)


@erase.command("agent")
def erase_agent(
    agent_id: Annotated[str, typer.Argument(help="The agent's id.")], *, yes: Yes = False, output: Output = None
) -> None:
    """Erase an agent with its runs, conversations, metrics, schedules and files."""
    _erase("agent", agent_id, is_confirmed=yes, output=output)


@erase.command("organization")
def erase_organization(
    slug: Annotated[str, typer.Argument(help="The organization's slug.")], *, yes: Yes = False, output: Output = None
) -> None:
    """Erase an organization with everything in it."""
    _erase("organization", slug, is_confirmed=yes, output=output)


def _erase(kind: str, name: str, *, is_confirmed: bool, output: Path | None) -> None:
    from retinue.cli.erase import erase as run  # noqa: PLC0415 - see the module's head

    raise typer.Exit(run(kind, name, is_confirmed=is_confirmed, output=output))
