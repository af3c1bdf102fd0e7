"""The client's command for conversations. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

conversations = typer.Typer(help="Links by which others read your conversations.", no_args_is_help=True)

ConversationId = Annotated[str, typer.Argument(metavar="CONVERSATION", help="The id of a conversation of yours.")]


def chat(
    message: Annotated[
        str | None, typer.Argument(help="What you say. Left out: each line of standard input is a message.")
    ] = None,
    *,
    agent: Annotated[str | None, typer.Option(help="The agent to chat with, by name or id.")] = None,
    team: Annotated[str | None, typer.Option(help="The team to chat with, by name or id.")] = None,
    workflow: Annotated[str | None, typer.Option(help="The workflow to chat with, by name or id.")] = None,
    conversation: Annotated[str | None, typer.Option(help="The id of a conversation to continue.")] = None,
    as_json: Json = False,
) -> None:
    """Chat with an agent, a team, or a workflow whose input is one text.

    Answers go to standard output, all else to standard error. Exit codes are those of 'retinue run', of the last answer.
    """
    from retinue.cli.client import chatting  # noqa: PLC0415 - see the module's head

    chosen = {"agent": agent, "team": team, "workflow": workflow, "conversation": conversation}
    as_signed_in(lambda _, given: chatting.chat(given, chosen, message, as_json=as_json))


@conversations.command("share")
def share(
    conversation: ConversationId,
    *,
    anyone: Annotated[bool, typer.Option("--anyone", help="For anyone who has the link, not members alone.")] = False,
    days: Annotated[int, typer.Option(min=1, max=90, help="After how many days it expires.")] = 30,
    as_json: Json = False,
) -> None:
    """Create a link by which others read a conversation up to its last finished message. It is shown once."""
    body = {"audience": "anyone" if anyone else "members", "expires_in_days": days}
    _with_links(lambda actions, given: actions.share(given, conversation, body, as_json=as_json))


@conversations.command("links")
def list_links(conversation: ConversationId, *, as_json: Json = False) -> None:
    """List the links to a conversation that have not expired."""
    _with_links(lambda actions, given: actions.list_links(given, conversation, as_json=as_json))


@conversations.command("revoke")
def revoke(conversation: ConversationId, link: Annotated[str, typer.Argument(help="The id of the link.")]) -> None:
    """Revoke a link: it shows nothing from now on."""
    _with_links(lambda actions, given: actions.revoke(given, conversation, link))


def _with_links(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import chatting_links as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
