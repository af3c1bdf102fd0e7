"""The client's commands for approvals. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

approvals = typer.Typer(help="Approvals: list, show, approve, deny, answer and assign them.", no_args_is_help=True)

ApprovalId = Annotated[
    str, typer.Argument(metavar="APPROVAL", help="The approval's id, or its beginning: at least 8 characters.")
]
Comment = Annotated[str | None, typer.Option(help="Shown with the decision, and to the model when a call is denied.")]


class View(StrEnum):
    """Which approvals are listed."""

    MINE = "mine"
    PENDING = "pending"
    DECIDED = "decided"
    ALL = "all"


@approvals.command("list")
def list_approvals(
    *,
    view: Annotated[
        View, typer.Option(help="mine: those that wait for you. pending: all that wait. decided, or all.")
    ] = View.MINE,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List the approvals that wait for you, newest first."""
    _with(lambda actions, given: actions.list_approvals(given, view.value, limit, as_json=as_json))


@approvals.command()
def show(approval: ApprovalId, *, as_json: Json = False) -> None:
    """Show what is asked, of whom, and what was decided."""
    _with(lambda actions, given: actions.show(given, approval, as_json=as_json))


@approvals.command()
def approve(
    approval: ApprovalId,
    *,
    comment: Comment = None,
    arguments: Annotated[str | None, typer.Option(help="Arguments to call the tool with instead, as JSON.")] = None,
    value: Annotated[str | None, typer.Option(help="The edited value of a node, as JSON.")] = None,
    as_json: Json = False,
) -> None:
    """Approve; the run goes on when enough persons have."""

    def act(actions: Any, given: "Credentials") -> Awaitable[int]:
        body = _body("approve", comment)
        if arguments is not None:
            body["arguments"] = actions.json_of(arguments, "--arguments")
        if value is not None:
            body["value"] = actions.json_of(value, "--value")
        return actions.decide(given, approval, body, as_json=as_json)

    _with(act)


@approvals.command()
def deny(approval: ApprovalId, *, comment: Comment = None, as_json: Json = False) -> None:
    """Deny; the run goes on without what was asked."""
    _with(lambda actions, given: actions.decide(given, approval, _body("reject", comment), as_json=as_json))


@approvals.command()
def answer(
    approval: ApprovalId,
    text: Annotated[str, typer.Argument(metavar="JSON", help="What is entered in the form, as a JSON object.")],
    *,
    as_json: Json = False,
) -> None:
    """Answer the question of a workflow."""
    _with(lambda actions, given: actions.answer(given, approval, text, as_json=as_json))


@approvals.command()
def assign(
    approval: ApprovalId,
    *,
    to: Annotated[list[str] | None, typer.Option("--to", help="E-mail address or id of a member; repeatable.")] = None,
    role: Annotated[str | None, typer.Option(help="Members with this role or a higher one may decide.")] = None,
    quorum: Annotated[int, typer.Option(min=1, max=50, help="So many must approve the same.")] = 1,
    as_json: Json = False,
) -> None:
    """Let others decide, such as when those who were asked have left. For owners and admins."""
    body = {"assignees": to or [], "role": role, "quorum": quorum}
    _with(lambda actions, given: actions.assign(given, approval, body, as_json=as_json))


def _body(decision: str, comment: str | None) -> dict[str, Any]:
    return {"decision": decision} if comment is None else {"decision": decision, "comment": comment}


def _with(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import approvals as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
