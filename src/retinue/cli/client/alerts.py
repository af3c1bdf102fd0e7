"""What the client's commands for alerts do."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from retinue.cli.client.actions import all_of, checked, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_alert_configs, print_alerts, print_channels

_MOST = 500


async def list_alerts(given: Credentials, *, all_: bool, limit: int, as_json: bool) -> int:
    """Print alerts that fire, or all of them."""
    async with connected(given) as connection:
        found = await all_of(connection, "/alerts", limit, **({} if all_ else {"firing": "true"}))
    print_json(found) if as_json else print_alerts(found)
    return COMPLETED


async def show(given: Credentials, alert: str) -> int:
    """Print an alert with what happened to it and what was sent about it."""
    async with connected(given) as connection:
        print_json(await connection.get(f"/alerts/{_id(alert)}"))
    return COMPLETED


async def act(given: Credentials, alert: str, verb: str) -> int:
    """Acknowledge or resolve an alert."""
    async with connected(given) as connection:
        changed = await connection.post(f"/alerts/{_id(alert)}/{verb}", None)
    print(f"{changed['id']} is {changed['status']}.")
    return COMPLETED


async def list_rules(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's alert rules."""
    async with connected(given) as connection:
        found = await all_of(connection, "/alert-configs", _MOST)
    print_json(found) if as_json else print_alert_configs(found)
    return COMPLETED


async def create(
    given: Credentials, body: dict[str, Any], agent: str | None, texts: tuple[str, str], *, as_json: bool
) -> int:
    """Create a rule; ``texts`` are its conditions and channels as JSON."""
    conditions, channels = _json(texts[0], "The conditions"), _json(texts[1], "The channels")
    async with connected(given) as connection:
        scope = {} if agent is None else {"agent_id": await find_agent(connection, agent)}
        made = await connection.post("/alert-configs", body | scope | {"conditions": conditions, "channels": channels})
    print_json(made) if as_json else print(harmless(f"{made['id']} is created. Fires when: {made['summary']}."))
    return COMPLETED


async def preview(given: Credentials, body: dict[str, Any], conditions: str, agent: str | None, *, as_json: bool) -> int:
    """Print when conditions would have been true, of each group that a rule has."""
    body |= {"conditions": _json(conditions, "The conditions")}
    async with connected(given) as connection:
        if agent is not None:
            body["agent_id"] = await find_agent(connection, agent)
        found = await connection.post("/alert-configs/preview", body)
    if as_json:
        print_json(found)
        return COMPLETED
    fired = [group for group in found["groups"] if group["periods"]]
    for group in fired:
        print(harmless(f"{group['name']}: {_times(len(group['periods']))}, {_notifications(group['notification_count'])}"))
        _print_periods(group["periods"], "  ")
    _print_periods(found["periods"], "")
    number = len(found["periods"]) + sum(len(group["periods"]) for group in fired)
    among = f" for {len(fired)} of {found['group_count']} groups" if found["group_count"] else ""
    sent = f" and sent {_notifications(found['notification_count'])} to a channel" if number else ""
    print(f"Would have fired {_times(number)} in {found['run_count']} runs of {body['days']} days{among}{sent}.")
    return COMPLETED


def _print_periods(periods: list[Any], indent: str) -> None:
    for each in periods:
        print(f"{indent}{each['fired_at'][:19]}  to {(each['ended_at'] or 'now')[:19]}")


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _notifications(number: int) -> str:
    return "1 notification" if number == 1 else f"{number} notifications"


async def starter_pack(given: Credentials) -> int:
    """Create the rules of the starter pack."""
    async with connected(given) as connection:
        made = await connection.post("/alert-configs/starter-pack", None)
    print(f"{len(made['created'])} rules are created, {len(made['existing'])} existed.")
    return COMPLETED


async def delete(given: Credentials, rule: str) -> int:
    """Delete a rule."""
    async with connected(given) as connection:
        config_id = await _find_rule(connection, rule)
        await connection.delete(f"/alert-configs/{config_id}")
    print(f"{config_id} is deleted.")
    return COMPLETED


async def silence(given: Credentials, which: tuple[str | None, ...], minutes: int, reason: str) -> int:
    """Silence alerts for a time from now on; ``which`` are a rule, an agent, an alert and a tag."""
    rule, agent, alert, tag = which
    body: dict[str, Any] = {"reason": reason}
    if alert is None:
        body["ends_at"] = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
    else:
        body |= {"alert_id": _id(alert), "ends_when_resolved": True}
    async with connected(given) as connection:
        body |= await _matchers(connection, rule, agent, tag)
        made = await connection.post("/alert-silences", body)
    print(f"{made['id']} hides {made['hidden_count']} alerts until {made['ends_at'][:19]}.")
    return COMPLETED


async def _matchers(connection: Connection, rule: str | None, agent: str | None, tag: str | None) -> dict[str, Any]:
    found: dict[str, Any] = {} if tag is None else {"tag": tag}
    if rule is not None:
        found["config_id"] = await _find_rule(connection, rule)
    if agent is not None:
        found["agent_id"] = await find_agent(connection, agent)
    return found


async def list_windows(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's maintenance windows."""
    async with connected(given) as connection:
        found = (await connection.get("/alert-maintenance"))["items"]
    if as_json:
        print_json(found)
        return COMPLETED
    for each in found:
        until = each["active_until"]
        now = f"active until {until[:16]}" if until else f"next {(each['next_start'] or 'never')[:16]}"
        print(harmless(f"{each['name']}: {each['summary']}, {each['duration_minutes']} minutes; {now}"))
    return COMPLETED


async def add_window(given: Credentials, body: dict[str, Any], which: tuple[str | None, str | None, str | None]) -> int:
    """Create a maintenance window; ``which`` are a rule, an agent and a tag."""
    async with connected(given) as connection:
        made = await connection.post("/alert-maintenance", body | await _matchers(connection, *which))
    print(harmless(f"{made['id']} is created. {made['summary']}, for {made['duration_minutes']} minutes."))
    return COMPLETED


async def remove_window(given: Credentials, window: str) -> int:
    """Delete a maintenance window."""
    async with connected(given) as connection:
        listed = (await connection.get("/alert-maintenance"))["items"]
        found = [each for each in listed if window in {each["id"], each["name"]}]
        if len(found) != 1:
            raise ClientError(f"There is no one window named {window!r}. 'retinue alerts maintenance' lists them.", USAGE)
        await connection.delete(f"/alert-maintenance/{found[0]['id']}")
    print(f"{found[0]['id']} is deleted.")
    return COMPLETED


async def show_status(given: Credentials, *, as_json: bool) -> int:
    """Print whether alerts work."""
    async with connected(given) as connection:
        found = await connection.get("/alert-status")
    is_well = not (found["is_late"] or found["failed_channels"] or found["unreachable_rules"])
    if as_json:
        print_json(found)
        return COMPLETED if is_well else FAILED
    late = "too long ago" if found["is_late"] else "as it should be"
    print(f"Rules were last evaluated at {found['last_sweep_at'][:19]}: {late}.")
    for each in found["failed_channels"]:
        print(harmless(f"The {each['kind']} channel {each['name']} is disabled: {each['last_error'] or 'after errors'}"))
    for each in found["unreachable_rules"]:
        print(harmless(f"The critical rule {each['name']} reaches nobody outside the console."))
    return COMPLETED if is_well else FAILED


async def list_channels(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's channels."""
    async with connected(given) as connection:
        found = (await connection.get("/alert-channels"))["items"]
    print_json(found) if as_json else print_channels(found)
    return COMPLETED


async def test_channel(given: Credentials, channel: str) -> int:
    """Send a test message and print the answer."""
    async with connected(given) as connection:
        found = [
            each for each in (await connection.get("/alert-channels"))["items"] if channel in {each["id"], each["name"]}
        ]
        if len(found) != 1:
            raise ClientError(f"There is no one channel named {channel!r}. 'retinue alerts channels' lists them.", USAGE)
        told = await connection.post(f"/alert-channels/{found[0]['id']}/test", None)
    print(harmless(told["response"] or told["error"] or "sent"))
    return COMPLETED if told["sent"] else FAILED


async def _find_rule(connection: Connection, rule: str) -> str:
    try:
        return str(uuid.UUID(rule))
    except ValueError:
        found = await all_of(connection, "/alert-configs", _MOST, q=checked(rule, "The rule's name"))
    chosen = [each for each in found if each["name"].casefold() == rule.casefold()]
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    raise ClientError(f"There is no one rule named {rule!r}. 'retinue alerts rules' lists them.", USAGE)


def _id(alert: str) -> str:
    try:
        return str(uuid.UUID(alert))
    except ValueError:
        raise ClientError(f"{alert!r} is no id of an alert. 'retinue alerts list' lists them.", USAGE) from None


def _json(text: str, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ClientError(f"{what} are not JSON: {error}.", USAGE) from None
