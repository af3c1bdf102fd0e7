"""The client's commands for budgets. Kept light for ``main``."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from retinue.cli.client.commands import Json, as_signed_in

if TYPE_CHECKING:
    from retinue.cli.client.credentials import Credentials

budgets = typer.Typer(help="Budgets: limits of what model calls may cost.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The budget's name.")]


@budgets.command("list")
def list_budgets(*, as_json: Json = False) -> None:
    """List budgets with what is used of them now."""
    _with_budgets(lambda actions, given: actions.list_budgets(given, as_json=as_json))


@budgets.command("set")
def set_budget(  # noqa: PLR0913 - each an option
    name: Name,
    *,
    usd: Annotated[str | None, typer.Option(help="Limit in US dollars, as 50 or 0.25; none removes it.")] = None,
    tokens: Annotated[str | None, typer.Option(help="Limit in tokens, input and output together; none removes it.")] = None,
    scope: Annotated[
        str | None,
        typer.Option(help="organization (the default), agent, team, workflow, user, api_key or run."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="The id of the agent, team, workflow, user or API key; of an agent also its name.")
    ] = None,
    period: Annotated[str | None, typer.Option(help="day, month (the default) or total.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Time zone of its days and months; by default UTC.")] = None,
    at_limit: Annotated[str | None, typer.Option(help="refuse (the default), ask or downgrade.")] = None,
    fallback_provider: Annotated[str | None, typer.Option(help="For downgrade: the id of the provider.")] = None,
    fallback_model: Annotated[str | None, typer.Option(help="For downgrade: the cheaper model.")] = None,
    warn_percent: Annotated[int | None, typer.Option(help="Notify from this part of a limit on; by default 80.")] = None,
    enabled: Annotated[bool | None, typer.Option("--enable/--disable", help="Whether it limits anything.")] = None,
    as_json: Json = False,
) -> None:
    """Create a budget, or change the one of this name."""
    given: dict[str, Any] = {
        "scope": scope,
        "subject_id": subject,
        "period": period,
        "timezone": timezone,
        "limit_usd": usd,
        "limit_tokens": tokens,
        "at_limit": at_limit,
        "fallback_provider_id": fallback_provider,
        "fallback_model": fallback_model,
        "warn_percent": warn_percent,
        "enabled": enabled,
    }
    body = {key: value for key, value in given.items() if value is not None}
    _with_budgets(lambda actions, signed_in: actions.set_budget(signed_in, name, body, as_json=as_json))


@budgets.command()
def remove(name: Name) -> None:
    """Delete a budget with what it has counted."""
    _with_budgets(lambda actions, given: actions.remove(given, name))


def _with_budgets(act: "Callable[[Any, Credentials], Awaitable[int]]") -> None:
    from retinue.cli.client import budgets as actions  # noqa: PLC0415 - see the module's head

    as_signed_in(lambda _, given: act(actions, given))
