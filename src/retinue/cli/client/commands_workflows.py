"""The client's commands for workflows. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, Metadata, Tag, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

workflows = typer.Typer(help="Workflows: list, show, check, save, publish, run and delete them.", no_args_is_help=True)

WorkflowName = Annotated[str, typer.Argument(metavar="WORKFLOW", help="The workflow's name or id.")]
DefinitionFile = Annotated[Path, typer.Argument(metavar="FILE", help="A definition as JSON; - reads standard input.")]


@workflows.command("list")
def list_workflows(
    *,
    status: Annotated[
        str | None, typer.Option(help="Only workflows of this status: active, paused, error or inactive.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the organization's workflows."""
    _with_workflows(lambda actions, given: actions.list_workflows(given, {"status": status}, as_json=as_json))


@workflows.command()
def show(workflow: WorkflowName, *, as_json: Json = False) -> None:
    """Show a workflow: its status, versions and counters; with --json its definition, too."""
    _with_workflows(lambda actions, given: actions.show(given, workflow, as_json=as_json))


@workflows.command()
def export(
    workflow: WorkflowName,
    *,
    python: Annotated[
        bool, typer.Option("--python", help="Print a Python program for LangGraph alone; what it does not do is listed.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --python: exit code 1 when the program does not do something by itself.")
    ] = False,
) -> None:
    """Print a workflow's definition as JSON, as 'retinue workflows save' takes it; or as a program."""
    if python:
        _with_workflows(lambda actions, given: actions.export_program(given, workflow, strict=strict))
    else:
        _with_workflows(lambda actions, given: actions.export(given, workflow))


@workflows.command("import")
def import_graph(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="graph.get_graph().to_json() as JSON; - reads standard input.")
    ] = None,
    *,
    installed: Annotated[
        str | None, typer.Option(metavar="GRAPH", help="A graph that the operator installed, which runs as one node.")
    ] = None,
    name: Annotated[str, typer.Option(help="The workflow's name.")] = "Imported graph",
) -> None:
    """Print a LangGraph graph as a definition to go on from; what cannot be mapped is listed on standard error.

    With --installed, the tool that runs the graph is created where there is none.
    """
    if (file is None) == (installed is None):
        raise typer.BadParameter("Give FILE or --installed.")
    if installed is not None:
        _with_workflows(lambda actions, given: actions.import_installed(given, installed, name))
    else:
        _with_workflows(lambda actions, _: actions.import_graph(file, name))


@workflows.command()
def webhook(
    workflow: WorkflowName,
    *,
    accept: Annotated[bool | None, typer.Option("--accept/--refuse", help="Accept signed requests, or refuse them.")] = None,
    new_secret: Annotated[
        bool, typer.Option("--new-secret", help="Make a secret, shown this once; the one before is no longer accepted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show a workflow's webhook; accept or refuse its requests; make a new secret, with a request to try."""
    _with_workflows(
        lambda actions, given: actions.webhook(given, workflow, accept=accept, new_secret=new_secret, as_json=as_json)
    )


@workflows.command()
def validate(file: DefinitionFile, *, as_json: Json = False) -> None:
    """Tell every finding in a definition. Exit code 1 when one is an error; nothing is saved."""
    _with_workflows(lambda actions, given: actions.validate(given, file, as_json=as_json))


@workflows.command()
def save(
    file: DefinitionFile,
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Let runs take the saved version.")] = False,
    note: Annotated[str, typer.Option(help="Why, kept with the version.")] = "",
    as_json: Json = False,
) -> None:
    """Create the workflow that a definition names, or save the definition as its newest version."""
    _with_workflows(lambda actions, given: actions.save(given, file, note, publish=publish, as_json=as_json))


@workflows.command("publish")
def publish_version(
    workflow: WorkflowName,
    *,
    version: Annotated[int | None, typer.Option(help="The version; the newest when left out.")] = None,
) -> None:
    """Let runs take a version from now on."""
    _with_workflows(lambda actions, given: actions.publish(given, workflow, version))


@workflows.command()
def activate(workflow: WorkflowName) -> None:
    """Accept triggers, and begin runs again."""
    changes = {"is_active": True, "is_paused": False}
    _with_workflows(lambda actions, given: actions.change(given, workflow, changes))


@workflows.command()
def pause(workflow: WorkflowName) -> None:
    """Begin no runs until the workflow is activated again."""
    _with_workflows(lambda actions, given: actions.change(given, workflow, {"is_paused": True}))


@workflows.command()
def deactivate(workflow: WorkflowName) -> None:
    """Accept no triggers."""
    _with_workflows(lambda actions, given: actions.change(given, workflow, {"is_active": False}))


@workflows.command()
def delete(workflow: WorkflowName) -> None:
    """Delete a workflow that has no unfinished runs."""
    _with_workflows(lambda actions, given: actions.delete(given, workflow))


@workflows.command("send-event")
def send_event(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The event's name.")],
    *,
    key: Annotated[str | None, typer.Option(help="The key that waiting nodes have as correlation.")] = None,
    payload: Annotated[str, typer.Option(help="The payload as JSON.")] = "null",
    external_id: Annotated[str | None, typer.Option(help="Your id of the event; sent again, it does nothing.")] = None,
    as_json: Json = False,
) -> None:
    """Send an event to the runs that wait for it."""
    _with_workflows(lambda actions, given: actions.send_event(given, (name, key, external_id), payload, as_json=as_json))


@workflows.command()
def schema() -> None:
    """Print the JSON Schema of definitions."""
    _with_workflows(lambda actions, given: actions.schema(given))


@workflows.command()
def run(  # noqa: PLR0913 - each an option of the command
    workflow: WorkflowName,
    given_input: Annotated[
        str | None, typer.Option("--input", help="The input as a JSON object; with --from the input of the node.")
    ] = None,
    *,
    input_file: Annotated[Path | None, typer.Option(help="A JSON object as input; - reads it from standard input.")] = None,
    trial: Annotated[bool, typer.Option("--trial", help="Run the newest version as a trial, which is not counted.")] = False,
    from_node: Annotated[
        str | None,
        typer.Option("--from", metavar="RUN:NODE", help="Begin at a node of a finished run; nothing before runs."),
    ] = None,
    pin: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE=JSON", help="A result of a node, which is then not executed. Repeatable."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Make no call with effects outside; show what would have been called.")
    ] = False,
    tag: Tag = None,
    metadata: Metadata = None,
    no_wait: Annotated[bool, typer.Option("--no-wait", help="Print the run's id and end at once.")] = False,
    as_json: Json = False,
) -> None:
    """Run a workflow: progress on standard error, the result on standard output. Exit codes are those of 'retinue run'."""
    from retinue.cli.client import workflow_debugging as debugging  # noqa: PLC0415 - see the module's head

    def begin(actions: Any, given: "Credentials") -> Awaitable[int]:
        pins = debugging.pins_of(pin)
        if from_node is None:
            body = actions.body_of(given_input or "{}", input_file, tag, metadata, trial=trial)
            body |= {"pins": pins, "dry_run": dry_run}
            return actions.start(given, workflow, body, wait=not no_wait, as_json=as_json)
        run_id, node = debugging.place_of(from_node)
        body = debugging.body_from(node, given_input, pins, tag, metadata, dry_run=dry_run, newest=trial)
        return debugging.start_from(given, workflow, run_id, body, wait=not no_wait, as_json=as_json)

    if from_node is not None and input_file is not None:
        raise typer.BadParameter("--input-file is not for --from: use --input.")
    _with_workflows(begin)


@workflows.command()
def cost(
    workflow: WorkflowName,
    version: Annotated[int | None, typer.Option(help="Which version; by default the newest.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """Show the most that a run may cost, by node: bounds of maps and loops, attempts, prices of models."""
    _with_debugging(lambda debugging, given: debugging.show_cost(given, workflow, version, as_json=as_json))


@workflows.command()
def diff(
    workflow: WorkflowName,
    before: Annotated[int, typer.Argument(metavar="BEFORE", help="A version.")],
    after: Annotated[int, typer.Argument(metavar="AFTER", help="Another version.")],
    *,
    as_json: Json = False,
) -> None:
    """Show what changes from one version to another: nodes, edges, state and fields."""
    _with_debugging(lambda debugging, given: debugging.show_diff(given, workflow, before, after, as_json=as_json))


def _with_debugging(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import workflow_debugging as debugging  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(debugging, given))


def _with_workflows(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import workflows as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
