"""The commands of tools. Kept light for ``main``: what they do is in ``tools``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

tools = typer.Typer(
    help="Tools: list, import, test and restore them, and see who uses and calls them.", no_args_is_help=True
)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on one line, for programs.")]


@tools.command("list")
def list_tools(*, as_json: Json = False) -> None:
    """List the organization's tools and the built-in ones."""
    _with_tools(lambda actions, given: actions.list_tools(given, as_json=as_json))


@tools.command("import")
def import_tools(
    source: Annotated[str, typer.Argument(help="A file, a URL, or - for standard input.")],
    *,
    create: Annotated[
        list[str] | None, typer.Option("--create", help="Id of an operation to import; repeat the option for more.")
    ] = None,
    all_operations: Annotated[bool, typer.Option("--all", help="Import every operation.")] = False,
    base_url: Annotated[str | None, typer.Option(help="Replaces the servers of the document.")] = None,
    prefix: Annotated[str, typer.Option(help="Put before each tool's name.")] = "",
    bearer: Annotated[
        str | None, typer.Option(help="Token that the tools sign in with, or a variable such as {{token}}; - reads it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import tools from an OpenAPI 3.0, 3.1 or Swagger 2.0 document; without --create and --all, show its operations.

    Importing again updates the tools that changed. Ends with 1 when an operation that was chosen could not be imported.
    """
    if create and all_operations:
        raise typer.BadParameter("use either --create or --all", param_hint="--create")
    wanted = {"create": "all" if all_operations else create or [], "base_url": base_url, "name_prefix": prefix}
    _with_tools(lambda actions, given: actions.import_tools(given, source, wanted, bearer=bearer, as_json=as_json))


ToolName = Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name or id.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=2000, help="Show at most this many.")]


@tools.command("calls")
def list_calls(
    tool: ToolName,
    *,
    state: Annotated[
        str | None, typer.Option(help="Only calls in this state: planned, started, succeeded, failed or unknown.")
    ] = None,
    limit: Most = 50,
    as_json: Json = False,
) -> None:
    """List the calls that runs made of a tool, newest first."""
    _with_tools(lambda actions, given: actions.list_calls(given, tool, state, limit, as_json=as_json))


@tools.command("versions")
def list_versions(tool: ToolName, *, limit: Most = 50, as_json: Json = False) -> None:
    """List the versions of a tool, newest first."""
    _with_tools(lambda actions, given: actions.list_versions(given, tool, limit, as_json=as_json))


@tools.command()
def restore(tool: ToolName, version: Annotated[int, typer.Argument(min=1, help="The version to restore.")]) -> None:
    """Restore an earlier version of a tool. This creates a new version; credentials are unchanged."""
    _with_tools(lambda actions, given: actions.restore(given, tool, version))


@tools.command("used-by")
def list_users(tool: ToolName, *, limit: Most = 200, as_json: Json = False) -> None:
    """List the agents that have a tool, their teams, and workflows that call it, and whether it lets them use it."""
    _with_tools(lambda actions, given: actions.list_users(given, tool, limit, as_json=as_json))


@tools.command("allow")
def allow(
    tool: ToolName,
    *,
    agent: Annotated[list[str] | None, typer.Option(help="An agent, by name or id; repeat the option for more.")] = None,
    team: Annotated[list[str] | None, typer.Option(help="A team, which stands for its members; may be repeated.")] = None,
    workflow: Annotated[list[str] | None, typer.Option(help="A workflow; may be repeated.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All agents and workflows of the organization.")] = False,
) -> None:
    """Say who alone may use a tool, in place of what was said before.

    Others are refused when they are saved with the tool, and when they run.
    """
    named = {"agent": agent or [], "team": team or [], "workflow": workflow or []}
    if everyone == any(named.values()):
        raise typer.BadParameter("give --all, or who may use the tool", param_hint="--all")
    _with_tools(lambda actions, given: actions.allow(given, tool, named))


@tools.command("connect")
def connect_tool(
    tool: ToolName,
    *,
    timeout: Annotated[int, typer.Option(min=0, max=600, help="Wait so many seconds until it is connected.")] = 300,
    as_json: Json = False,
) -> None:
    """Print the page on which you connect a tool by OAuth, and wait until it is connected.

    Ends with 1 when it is not connected in time.
    """
    _with_tools(lambda actions, given: actions.connect_tool(given, tool, timeout, as_json=as_json))


@tools.command("test")
def send_test_call(
    tool: ToolName,
    arguments: Annotated[str, typer.Argument(help="The arguments as a JSON object, or - to read them.")] = "{}",
    *,
    as_json: Json = False,
) -> None:
    """Send a test call to a tool and print its output. The call is real and has its side effects.

    Ends with 1 when the call fails.
    """
    _with_tools(lambda actions, given: actions.send_test_call(given, tool, arguments, as_json=as_json))


def _with_tools(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import tools as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
