"""The client's commands: they speak to an installation's API as any other client does. Kept light for ``main``."""

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

runs = typer.Typer(help="Runs: list, show, follow and cancel them.", no_args_is_help=True)

providers = typer.Typer(help="Model providers: list, add and test them.", no_args_is_help=True)

web_search = typer.Typer(help="Web search: choose and test the provider.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on one line.")]
Tag = Annotated[list[str] | None, typer.Option("--tag", help="A tag of the run; repeat the option for more.")]
Metadata = Annotated[
    list[str] | None, typer.Option("--metadata", metavar="KEY=VALUE", help="An entry of the run's metadata; repeatable.")
]
RunId = Annotated[str, typer.Argument(help="The run's id, or its beginning: at least 8 characters.")]


def register(app: typer.Typer) -> None:
    """Add the client's commands to the command line."""
    app.command()(login)
    app.command()(agents)
    app.command()(run)
    from retinue.cli.client.commands_chat import chat, conversations  # noqa: PLC0415 - it needs what stands here

    app.command()(chat)
    app.add_typer(conversations, name="conversations")
    app.add_typer(runs, name="runs")
    app.add_typer(providers, name="providers")
    app.add_typer(web_search, name="web-search")
    app.command()(apply)
    app.command()(export)
    from retinue.cli.client.commands_alerts import alerts, notifications  # noqa: PLC0415 - it needs what stands here
    from retinue.cli.client.commands_approvals import approvals  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_budgets import budgets  # noqa: PLC0415 - it needs what stands here
    from retinue.cli.client.commands_external import agent_keys  # noqa: PLC0415 - as below
    from retinue.cli.client.commands_metrics import metrics, usage  # noqa: PLC0415 - it needs what stands here
    from retinue.cli.client.commands_n8n import n8n  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_schedules import schedules  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_teams import teams  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_variables import variables  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_webhooks import webhooks  # noqa: PLC0415 - as above
    from retinue.cli.client.commands_workflows import workflows  # noqa: PLC0415 - as above

    app.add_typer(teams, name="teams")
    app.add_typer(schedules, name="schedules")
    app.add_typer(workflows, name="workflows")
    app.add_typer(variables, name="variables")
    app.add_typer(agent_keys, name="agent-keys")
    app.add_typer(metrics, name="metrics")
    app.add_typer(usage, name="usage")
    app.add_typer(budgets, name="budgets")
    app.add_typer(webhooks, name="webhooks")
    app.add_typer(alerts, name="alerts")
    app.add_typer(notifications, name="notifications")
    app.add_typer(approvals, name="approvals")
    app.add_typer(n8n, name="n8n")


def login(
    url: Annotated[str, typer.Argument(help="Where Retinue runs.")] = "http://127.0.0.1:8600",
    *,
    email: Annotated[str | None, typer.Option(help="Your address; asked for when left out.")] = None,
    api_key: Annotated[str | None, typer.Option(help="Use an API key instead; - reads it from standard input.")] = None,
) -> None:
    """Sign in to an installation, for the commands to come.

    Without a terminal, the password and, where the account asks for one, the code are read as lines of standard input.
    """
    from retinue.cli.client import actions  # noqa: PLC0415 - see the module's head of main

    async def sign_in() -> int:
        place = url.rstrip("/")
        if api_key is not None:
            made, whose = await actions.check_key(place, sys.stdin.readline() if api_key == "-" else api_key)
        else:
            address = email or typer.prompt("E-mail", err=True)
            password = typer.prompt("Password", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline()
            made, whose = await actions.sign_in(place, address, password.rstrip("\r\n"), _ask_code)
        actions.save(dict(os.environ), made, whose)
        return 0

    _enter(sign_in)


def _ask_code() -> str:
    return typer.prompt("Code of the authenticator app", err=True) if sys.stdin.isatty() else sys.stdin.readline()


def agents(
    *,
    agent_type: Annotated[str | None, typer.Option("--type", help="Only agents of this type, such as market.")] = None,
    as_json: Json = False,
) -> None:
    """List the organization's agents."""
    as_signed_in(lambda actions, given: actions.list_agents(given, {"type": agent_type}, as_json=as_json))


def run(
    agent: Annotated[str, typer.Argument(help="The agent's name or id.")],
    prompt: Annotated[str | None, typer.Argument(help="What to do; read from standard input when left out.")] = None,
    *,
    input_file: Annotated[Path | None, typer.Option(help="A JSON object as input; - reads it from standard input.")] = None,
    tag: Tag = None,
    metadata: Metadata = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the run's id and exit.")] = False,
    as_json: Json = False,
) -> None:
    """Run an agent: progress on standard error, the result on standard output.

    Ends with 0 when the run completed, 1 when it failed, 2 for a wrong call, 3 when it was cancelled, 4 when it waits for
    an approval. As every command that speaks to an installation: 69 when it cannot be reached, 74 when the output cannot be
    written, 77 when you are not signed in, 130 after Ctrl-C (the run goes on), 141 when nobody reads the output any more.
    """
    as_signed_in(
        lambda actions, given: actions.start(
            given,
            agent,
            {"input": actions.read_input(prompt, input_file)} | actions.read_labels(tag, metadata),
            wait=not no_wait,
            as_json=as_json,
        )
    )


@runs.command("list")
def list_runs(  # noqa: PLR0913 - each an option
    *,
    status: Annotated[
        str | None,
        typer.Option(help="Filter by status: pending, running, waiting, completed, failed or cancelled."),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(help="Filter by outcome: success, warning (completed with warnings) or error.")
    ] = None,
    agent: Annotated[str | None, typer.Option(help="Only runs of this agent, by name or id.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Only runs with this tag; repeat it for all of them.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option("--metadata", metavar="KEY=VALUE", help="Only runs with this entry; repeatable.")
    ] = None,
    feedback: Annotated[str | None, typer.Option(help="Only runs with feedback up or down, or with none.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List the newest runs."""
    as_signed_in(
        lambda actions, given: actions.list_runs(
            given,
            {"status": status, "outcome": outcome, "agent_id": agent, "feedback": feedback}
            | actions.label_filters(tag, metadata),
            limit,
            as_json=as_json,
        )
    )


@runs.command()
def update(
    run_id: RunId,
    *,
    tag: Tag = None,
    no_tags: Annotated[bool, typer.Option("--no-tags", help="Remove all tags.")] = False,
    metadata: Metadata = None,
    no_metadata: Annotated[bool, typer.Option("--no-metadata", help="Remove all metadata.")] = False,
    as_json: Json = False,
) -> None:
    """Replace a run's tags or metadata. What you do not name stays as it is."""
    cleared: dict[str, Any] = {"tags": list[str]()} if no_tags else {}
    if no_metadata:
        cleared["metadata"] = dict[str, str]()
    as_signed_in(
        lambda actions, given: actions.update(
            given,
            run_id,
            cleared | actions.read_labels(tag, metadata),
            as_json=as_json,
        )
    )


@runs.command()
def show(run_id: RunId, *, as_json: Json = False) -> None:
    """Show a run with its steps."""
    as_signed_in(lambda actions, given: actions.show(given, run_id, as_json=as_json))


@runs.command("feedback")
def give_feedback(
    run_id: RunId,
    value: Annotated[
        str | None, typer.Argument(metavar="[up|down]", help="Your feedback; lists all of it when left out.")
    ] = None,
    *,
    comment: Annotated[str, typer.Option(help="Why.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Remove your feedback.")] = False,
    as_json: Json = False,
) -> None:
    """Give, change, remove or list feedback on a run."""
    as_signed_in(lambda actions, given: actions.feedback(given, run_id, value, comment, remove=remove, as_json=as_json))


@runs.command()
def tail(run_id: RunId, *, as_json: Json = False) -> None:
    """Follow a run from its beginning to its end. Exit codes are those of 'retinue run'."""
    as_signed_in(lambda actions, given: actions.tail(given, run_id, as_json=as_json))


@runs.command()
def cancel(run_id: RunId, *, as_json: Json = False) -> None:
    """Cancel a run and all that it started."""
    as_signed_in(lambda actions, given: actions.cancel(given, run_id, as_json=as_json))


@providers.command("list")
def list_providers(*, as_json: Json = False) -> None:
    """List the organization's model providers."""
    _with_providers(lambda actions, given: actions.list_providers(given, as_json=as_json))


@providers.command("add")
def add_provider(
    name: Annotated[str, typer.Argument(help="The provider's name.")],
    *,
    kind: Annotated[str, typer.Option(help="openai, openai_compatible, anthropic, google or ollama.")] = "openai_compatible",
    base_url: Annotated[str | None, typer.Option(help="URL of the API; leave out for the default of the kind.")] = None,
    api_key: Annotated[str | None, typer.Option(help="API key; - reads it from standard input.")] = None,
    model: Annotated[
        list[str] | None, typer.Option(help="Model that agents may use; may be repeated. Left out: all that are listed.")
    ] = None,
    save_untested: Annotated[
        bool, typer.Option("--save-untested", help="Save without testing the URL and the key.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Test a model provider and add it with the models it lists."""
    key = sys.stdin.readline().strip() if api_key == "-" else api_key
    body = {"name": name, "kind": kind, "base_url": base_url, "api_key": key or None, "models": model or []}
    _with_providers(
        lambda actions, given: actions.add_provider(given, {**body, "save_untested": save_untested}, as_json=as_json)
    )


@providers.command("test")
def check_provider(
    provider: Annotated[str, typer.Argument(help="The provider's name or id.")], *, as_json: Json = False
) -> None:
    """Test a model provider and list its models. Exits with 1 when the test fails."""
    _with_providers(lambda actions, given: actions.check_provider(given, provider, as_json=as_json))


def apply(
    file: Annotated[
        list[str],
        typer.Option(
            "--file", "-f", metavar="PATH", help="A YAML file, a folder of them, or - for standard input; repeatable."
        ),
    ],
    *,
    source: Annotated[
        str | None, typer.Option(help="Name of the origin of the files: resources are recorded under it.")
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Delete what was applied under the same --source earlier and is in no file.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="With --dry-run: exit with 5 when there is something to change.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    as_json: Json = False,
) -> None:
    """Make resources what YAML files say: show the plan, ask, and apply all of it or nothing.

    Exits with 0 when everything is applied or nothing differs, 1 when the installation refuses, 2 for a wrong call and for
    files that cannot be applied, 3 when you decline, and 5 for changes of --dry-run --exit-code.
    """
    options = {"source": source, "prune": prune, "dry_run": dry_run, "exit_code": exit_code, "yes": yes}
    _with_manifests(lambda actions, given: actions.apply(given, file, options, as_json=as_json))


def export(
    kind: Annotated[str | None, typer.Argument(help="agent, tool or template; all of them when left out.")] = None,
    name: Annotated[str | None, typer.Argument(help="Name of one resource.")] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="Folder for the files; standard output when left out."),
    ] = None,
) -> None:
    """Write resources as YAML files. Secrets are left out and named."""
    _with_manifests(lambda actions, given: actions.export(given, kind, name, output))


@web_search.command("show")
def show_web_search(*, as_json: Json = False) -> None:
    """Show which provider the tool web_search asks."""
    _with_web_search(lambda actions, given: actions.show(given, as_json=as_json))


@web_search.command("set")
def set_web_search(
    provider: Annotated[str, typer.Argument(help="searxng, brave or tavily.")],
    *,
    url: Annotated[str | None, typer.Option(help="URL of a SearXNG server; for the others their own when left out.")] = None,
    api_key: Annotated[str | None, typer.Option(help="API key; - reads it from standard input. Left out: it stays.")] = None,
    as_json: Json = False,
) -> None:
    """Choose the provider for the organization."""
    key = sys.stdin.readline().strip() if api_key == "-" else api_key
    body: dict[str, Any] = {"provider": provider, "url": url} | ({"api_key": key or None} if api_key is not None else {})
    _with_web_search(lambda actions, given: actions.put(given, body, as_json=as_json))


@web_search.command("test")
def check_web_search(*, as_json: Json = False) -> None:
    """Search once with the provider that is set. Exits with 1 when the search fails."""
    _with_web_search(lambda actions, given: actions.check(given, as_json=as_json))


@web_search.command("remove")
def remove_web_search() -> None:
    """Remove the organization's provider; that of the installation, if any, takes its place."""
    _with_web_search(lambda actions, given: actions.remove(given))


def _with_web_search(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import web_search as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))


def _with_manifests(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import manifests as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))


def _with_providers(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import providers as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))


def as_signed_in(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    """Run a command with the saved sign-in, and end with its exit code."""
    from retinue.cli.client import actions, credentials  # noqa: PLC0415 - see the module's head

    async def enter() -> int:
        return await act(actions, credentials.load(os.environ))

    _enter(enter)


def _enter(act: Callable[[], Awaitable[int]]) -> None:
    import asyncio  # noqa: PLC0415 - see the module's head

    from retinue.cli.client import errors, output  # noqa: PLC0415 - see the module's head

    async def main() -> int:
        return await act()

    try:
        with output.opened():
            code = asyncio.run(main())
    except errors.ClientError as error:
        print(output.harmless(str(error)), file=sys.stderr)
        code = error.code
    except KeyboardInterrupt:
        code = errors.INTERRUPTED
    raise typer.Exit(code)
