"""The client's command for conversations. Kept light for ``main``."""

from typing import Annotated

import typer

from retinue.cli.client.commands import Json, as_signed_in


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
