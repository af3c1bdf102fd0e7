"""The client's commands for n8n. Kept light for ``main``."""

import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

n8n = typer.Typer(
    help="n8n: connect it, list, publish and link its workflows, and look at links.",
    no_args_is_help=True,
)

N8nId = Annotated[str, typer.Argument(metavar="N8N_ID", help="The workflow's id in n8n, as in its URL there.")]
WorkflowName = Annotated[str, typer.Argument(metavar="WORKFLOW", help="The workflow's name or id.")]


@n8n.command()
def show(*, as_json: Json = False) -> None:
    """Show the connection, without its secrets."""
    _with_n8n(lambda actions, given: actions.show(given, as_json=as_json))


@n8n.command()
def connect(
    url: Annotated[str, typer.Argument(help="Where n8n is, without /api/v1.")],
    *,
    api_key: Annotated[
        str | None,
        typer.Option(envvar="N8N_API_KEY", help="An API key of n8n; - reads it from standard input. Left out, it stays."),
    ] = None,
    webhook_url: Annotated[str | None, typer.Option(help="Where n8n receives webhooks, if elsewhere.")] = None,
    callback_url: Annotated[
        str | None, typer.Option(help="Under which address n8n reaches Retinue, if not its public URL.")
    ] = None,
    webhook_header: Annotated[str | None, typer.Option(help="The header that webhooks demand.")] = None,
    webhook_secret: Annotated[
        str | None, typer.Option(envvar="N8N_WEBHOOK_SECRET", help="The value of that header. Left out, it stays.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Connect the organization to n8n, and test the connection."""
    body: dict[str, Any] = {"base_url": url, "webhook_url": webhook_url, "callback_url": callback_url}
    body |= {"webhook_header": webhook_header, "webhook_secret": webhook_secret}
    body["api_key"] = sys.stdin.readline().strip() if api_key == "-" else api_key
    given_fields = {name: value for name, value in body.items() if value is not None}
    _with_n8n(lambda actions, given: actions.connect(given, given_fields, as_json=as_json))


@n8n.command("test")
def check(*, as_json: Json = False) -> None:
    """Ask n8n for a workflow, and say whether it answers."""
    _with_n8n(lambda actions, given: actions.check(given, as_json=as_json))


@n8n.command()
def disconnect() -> None:
    """Delete the connection. No workflow may be linked."""
    _with_n8n(lambda actions, given: actions.disconnect(given))


@n8n.command()
def workflows(
    *,
    name: Annotated[str | None, typer.Option(help="Only workflows with this part of a name.")] = None,
    as_json: Json = False,
) -> None:
    """List the workflows of n8n, and which of them are linked."""
    _with_n8n(lambda actions, given: actions.list_workflows(given, name, as_json=as_json))


@n8n.command()
def publish(n8n_id: N8nId) -> None:
    """Publish (activate) a workflow in n8n."""
    _with_n8n(lambda actions, given: actions.set_active(given, n8n_id, "publish"))


@n8n.command()
def unpublish(n8n_id: N8nId) -> None:
    """Unpublish (deactivate) a workflow in n8n."""
    _with_n8n(lambda actions, given: actions.set_active(given, n8n_id, "unpublish"))


@n8n.command()
def link(
    n8n_id: N8nId,
    *,
    workflow: Annotated[
        str | None, typer.Option(help="The workflow that it carries out; left out, a new one is created.")
    ] = None,
    imports_runs: Annotated[
        bool, typer.Option("--import-runs/--no-import-runs", help="Whether executions that n8n starts become runs.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Let a workflow of n8n carry out a workflow of Retinue."""
    body: dict[str, Any] = {"n8n_workflow_id": n8n_id, "imports_runs": imports_runs}
    _with_n8n(lambda actions, given: actions.link(given, body, workflow, as_json=as_json))


@n8n.command()
def links(*, as_json: Json = False) -> None:
    """List the workflows that n8n carries out."""
    _with_n8n(lambda actions, given: actions.list_links(given, as_json=as_json))


@n8n.command()
def refresh(workflow: WorkflowName, *, as_json: Json = False) -> None:
    """Read a linked workflow from n8n again, and look at its executions now."""
    _with_n8n(lambda actions, given: actions.refresh(given, workflow, as_json=as_json))


@n8n.command()
def unlink(workflow: WorkflowName) -> None:
    """Remove a link; the workflow is carried out by its own definition again."""
    _with_n8n(lambda actions, given: actions.unlink(given, workflow))


def _with_n8n(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import n8n as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
