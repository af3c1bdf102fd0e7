"""The commands of backups. Kept light for ``main``: each imports what it needs when it is called."""

from pathlib import Path
from typing import Annotated

import typer

backups = typer.Typer(help="Back up the database, the files and, sealed, the secret key.", invoke_without_command=True)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", envvar="RETINUE_DATA_DIR", readable=False, help="Folder for all data."),
]
Place = Annotated[str, typer.Argument(help="One backup: its folder, or s3://bucket/prefix/NAME.")]
WithoutKey = Annotated[bool, typer.Option("--without-secret-key", help="Leave out the secret key that the backup holds.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(backups, name="backup")
    app.command()(restore)


@backups.callback()
def back_up(
    context: typer.Context,
    to: Annotated[
        str | None, typer.Option("--to", help="Folder, or s3://bucket/prefix, in which the backup gets a name of its own.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Back up the database, the files and, sealed, the secret key.

    Without --to it goes to RETINUE_BACKUP_DIR, else "backups" in the data folder. RETINUE_BACKUP_KEY encrypts the
    backup; RETINUE_BACKUP_PASSPHRASE seals the secret key in it, which is left out otherwise.
    """
    if context.invoked_subcommand is not None:
        return
    from retinue.cli.backup import back_up as run  # noqa: PLC0415 - see the module's head

    raise typer.Exit(run(to, data_dir))


@backups.command("list")
def list_backups(
    where: Annotated[
        str | None,
        typer.Argument(help="Folder or s3://bucket/prefix with backups; as for 'retinue backup' when left out."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """List the complete backups of a folder or bucket, newest first."""
    from retinue.cli.backup import print_backups  # noqa: PLC0415 - see the module's head

    raise typer.Exit(print_backups(where, data_dir))


@backups.command("verify")
def verify(backup: Place, data_dir: DataDir = None) -> None:
    """Rehearse a restore: into a scratch server, with every row and file compared and the API started on it.

    Nothing of the installation is touched, and the scratch is removed. Exits with 1 when anything differs.
    """
    from retinue.cli.rehearsal import rehearse  # noqa: PLC0415 - see the module's head

    raise typer.Exit(rehearse(backup, data_dir))


def restore(backup: Place, data_dir: DataDir = None, *, without_secret_key: WithoutKey = False) -> None:
    """Restore a backup into an empty data folder, or into the empty database that DATABASE_URL names.

    Every checksum is checked first. Nothing is overwritten: a target that is not empty is refused.
    """
    from retinue.cli.restore import restore as run  # noqa: PLC0415 - see the module's head

    raise typer.Exit(run(backup, data_dir, without_secret_key=without_secret_key))
