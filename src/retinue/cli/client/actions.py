"""What the client's commands do: sign in, list, start, follow, cancel. ``commands`` enters the event loop once for each."""

import asyncio
import re
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retinue.cli.client import credentials
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, NOT_WRITTEN, USAGE, ClientError
from retinue.cli.client.output import print_json
from retinue.cli.client.progress import Teller, code_of
from retinue.cli.client.tables import print_agents, print_feedback, print_run, print_runs
from retinue.core.json import loads

_MOST_AGENTS = 200
_MOST_FEEDBACK = 1000
_MOST_SHOWN = 6
_BEGINNING = re.compile("[0-9a-f]{8}(-[0-9a-f-]{0,27})?")
"""The beginning of an id as it is written. A run's short id has 13 characters of it."""


async def sign_in(url: str, email: str, password: str, ask_code: Callable[[], str]) -> tuple[Credentials, str]:
    """Sign in with a password; return the session's credentials and whose they are.

    ``ask_code`` returns a code of the authenticator app, and is called only when the account has a second factor.
    """
    async with connected(Credentials(url)) as connection:
        try:
            session, csrf_token = await connection.sign_in(email, password, None)
        except ClientError as error:
            if error.problem != "second_factor_required":
                raise
            session, csrf_token = await connection.sign_in(email, password, ask_code().strip())
    made = Credentials(url, session=session, csrf_token=csrf_token)
    async with connected(made) as connection:
        mine = await connection.get("/auth/session")
    return made, str(mine["user"]["email"])


async def check_key(url: str, api_key: str) -> tuple[Credentials, str]:
    """See to it that an API key is good; return its credentials and whose it is."""
    key = api_key.strip()
    if not key:
        raise ClientError("The API key is empty. Make one under Settings, API keys.", USAGE)
    made = Credentials(url, api_key=key)
    async with connected(made) as connection:
        await connection.get("/agents", limit=1)
    return made, "an API key"


async def list_agents(given: Credentials, filters: dict[str, Any], *, as_json: bool) -> int:
    """Print the organization's agents."""
    async with connected(given) as connection:
        agents = await all_of(connection, "/agents", _MOST_AGENTS, **filters)
    print_json(agents) if as_json else print_agents(agents)
    return COMPLETED


async def start(given: Credentials, agent: str, asked: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    """Start a run of an agent or a team and follow it; print its result.

    ``asked`` has the run's input, and type, tags and metadata if there are any.
    """
    from retinue.cli.client import teams  # noqa: PLC0415 - it needs what stands here

    async with connected(given) as connection:
        is_team = asked.get("type") == "team"
        target = await (teams.find_team if is_team else find_agent)(connection, agent)
        body = {"type": "agent", "target_id": target} | asked
        # The key lets the request be repeated after a lost reply without starting a second run.
        run = await connection.post("/runs", body, {"Idempotency-Key": str(uuid.uuid4())})
        if not wait:
            print_json(run) if as_json else print(run["id"])
            return COMPLETED
        return await follow(connection, run["id"], as_json=as_json)


async def tail(given: Credentials, run_id: str, *, as_json: bool) -> int:
    """Follow a run from its beginning to its end, or until it waits."""
    async with connected(given) as connection:
        return await follow(connection, await _run_id(connection, run_id), as_json=as_json)


async def list_runs(given: Credentials, filters: dict[str, Any], limit: int, *, as_json: bool) -> int:
    """Print the newest runs."""
    async with connected(given) as connection:
        if filters.get("agent_id"):
            filters = filters | {"agent_id": await find_agent(connection, str(filters["agent_id"]))}
        runs = await all_of(connection, "/runs", limit, **filters)
    print_json(runs) if as_json else print_runs(runs)
    return COMPLETED


async def show(given: Credentials, run_id: str, *, as_json: bool) -> int:
    """Print a run with its steps."""
    async with connected(given) as connection:
        path = f"/runs/{await _run_id(connection, run_id)}"
        run = await connection.get(path)
        overview = await connection.get(f"{path}/overview")
        steps = await all_of(connection, f"{path}/steps", 1000)
    print_json(run | {"overview": overview, "steps": steps}) if as_json else print_run(run, overview, steps)
    return COMPLETED


async def update(given: Credentials, run_id: str, changes: dict[str, Any], *, as_json: bool) -> int:
    """Replace a run's tags, metadata or both."""
    if not changes:
        raise ClientError("Say what to change: --tag, --no-tags, --metadata or --no-metadata.", USAGE)
    async with connected(given) as connection:
        run = await connection.patch(f"/runs/{await _run_id(connection, run_id)}", changes)
    print_json(run) if as_json else print(f"Run {run['id']} updated.")
    return COMPLETED


async def feedback(given: Credentials, run_id: str, value: str | None, comment: str, *, remove: bool, as_json: bool) -> int:
    """Give, change or remove feedback on a run, or print all of it."""
    async with connected(given) as connection:
        path = f"/runs/{await _run_id(connection, run_id)}/feedback"
        if remove:
            await connection.delete(path)
        elif value is not None:
            mine = await connection.put(path, {"value": value, "comment": checked(comment, "The comment")})
            print_json(mine) if as_json else print(f"Your feedback: {mine['value']}.")
        else:
            items = await all_of(connection, path, _MOST_FEEDBACK)
            print_json(items) if as_json else print_feedback(items)
    return COMPLETED


async def cancel(given: Credentials, run_id: str, *, as_json: bool) -> int:
    """Cancel a run."""
    async with connected(given) as connection:
        run = await connection.post(f"/runs/{await _run_id(connection, run_id)}/cancel")
    print_json(run) if as_json else print(f"Run {run['id']} cancelled.")
    return COMPLETED


def read_input(prompt: str | None, input_file: Path | None) -> dict[str, Any]:
    """Return a run's input: a prompt, a JSON object from a file (``-``: standard input), or both together.

    Raises ``ClientError`` for a file that is no JSON object, and when there is nothing at all.
    """
    given: dict[str, Any] = {}
    if input_file is not None:
        try:
            text = sys.stdin.buffer.read() if str(input_file) == "-" else input_file.read_bytes()
            read = loads(text)
        except (OSError, ValueError) as error:
            raise ClientError(f"{input_file} cannot be used as input: {error}.", USAGE) from None
        if not isinstance(read, dict):
            raise ClientError(f'{input_file} must hold a JSON object, such as {{"prompt": "…"}}.', USAGE)
        given = {str(name): value for name, value in read.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - foreign JSON
    elif prompt is None and not sys.stdin.isatty():
        prompt = sys.stdin.buffer.read().decode(errors="surrogateescape").strip()
    if prompt:
        given["prompt"] = checked(prompt, "The prompt")
    if not given:
        raise ClientError('Say what to do: retinue run AGENT "prompt", or --input-file.', USAGE)
    return given


def read_labels(tags: list[str] | None, metadata: list[str] | None) -> dict[str, Any]:
    """Return tags and metadata as a request has them; what is not given is left out. Raises ``ClientError``."""
    labels: dict[str, Any] = {}
    if tags:
        labels["tags"] = [checked(tag, "The tag") for tag in tags]
    if metadata:
        labels["metadata"] = dict(_entry(each) for each in metadata)
    return labels


def label_filters(tags: list[str] | None, metadata: list[str] | None) -> dict[str, Any]:
    """Return tags and metadata as the parameters of a list. Raises ``ClientError``."""
    labels = read_labels(tags, metadata)
    entries = [f"{key}:{value}" for key, value in labels.get("metadata", {}).items()]
    return {"tag": labels.get("tags"), "metadata": entries or None}


def _entry(given: str) -> tuple[str, str]:
    key, separator, value = checked(given, "The metadata").partition("=")
    if not separator or not key:
        raise ClientError(f"--metadata {given} is not KEY=VALUE, such as --metadata order=17.", USAGE)
    return key, value


def save(environ: dict[str, str], made: Credentials, whose: str) -> None:
    """Store credentials for later commands, and print where."""
    path = credentials.path_of(environ)
    try:
        credentials.save(path, made)
    except OSError as error:
        remedy = "Set XDG_CONFIG_HOME to a folder that can be written, or use RETINUE_URL and RETINUE_API_KEY."
        raise ClientError(f"{path} cannot be written: {error.strerror}. {remedy}", NOT_WRITTEN) from None
    print(f"Signed in to {made.url} with {whose}; kept in {path}.", file=sys.stderr)


async def follow(
    connection: Connection, run_id: str, *, as_json: bool, shown: Callable[[Any], Any] = lambda run: run["output"]
) -> int:
    """Follow a run to its end, or until it waits; print its result (``shown`` of it) and return the exit code."""
    teller = Teller(is_live=sys.stdout.isatty() and not as_json, is_quiet=False)
    teller.say(f"run {run_id}")
    try:
        async for sent in connection.follow(f"/runs/{run_id}/events"):
            teller.take(sent)
            if sent.event == "run.waiting" and _waits_for_person(await connection.get(f"/runs/{run_id}")):
                break
    except asyncio.CancelledError:
        teller.say(
            f"The run goes on. 'retinue runs tail {run_id}' follows it again, 'retinue runs cancel {run_id}' stops it."
        )
        raise
    run = await connection.get(f"/runs/{run_id}")
    if as_json:
        print_json(run)
    elif run["status"] == "completed":
        teller.result(shown(run))
    elif run["status"] == "failed":
        error: dict[str, Any] = run["error"] or {}
        sentences = [run["error_message"], error.get("remedy")]
        teller.say("✗ failed: " + " ".join(f"{str(each).rstrip('.')}." for each in sentences if each))
    elif run["status"] == "waiting":
        teller.say(f"The run waits ({run['waiting_reason']}). Decide in the console; then 'retinue runs tail {run_id}'.")
    return code_of(run["status"])


def _waits_for_person(run: dict[str, Any]) -> bool:
    """Tell whether a run stands still; one that waits for its members, for its turn or for a time goes on by itself."""
    return run["status"] == "waiting" and run["waiting_reason"] not in {"members", "turn", "timer", "external"}


async def find_agent(connection: Connection, agent: str) -> str:
    """Find an agent by its id or its name, whatever the case. Raises ``ClientError`` for none or several."""
    try:
        return str(uuid.UUID(agent))
    except ValueError:
        found = await all_of(connection, "/agents", _MOST_AGENTS, q=checked(agent, "The agent's name"))
    wanted = agent.casefold()
    exact = [each for each in found if each["name"].casefold() == wanted]
    # The search looks into descriptions too: fine to look for an agent by, not to start one by.
    chosen = exact or [each for each in found if wanted in each["name"].casefold()]
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        raise ClientError(f"There is no agent named {agent!r}. 'retinue agents' lists them.", USAGE)
    names = ", ".join(f"{each['name']} ({each['id']})" for each in chosen[:5])
    raise ClientError(f"{agent!r} may mean several agents: {names}. Use the id.", USAGE)


async def all_of(connection: Connection, path: str, most: int, **params: Any) -> list[Any]:
    """Return everything that a list has, page by page, up to so many."""
    items: list[Any] = []
    cursor: str | None = None
    while len(items) < most:
        page = await connection.get(path, limit=min(200, most - len(items)), cursor=cursor, **params)
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return items


def checked(text: str, what: str) -> str:
    """Return a text that came as bytes. Raises ``ClientError`` when they were no UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ClientError(f"{what} is not valid UTF-8.", USAGE) from None
    return text


async def _run_id(connection: Connection, given: str) -> str:
    """Return the id of a run that is given whole, or by at least the first 8 characters. Raises ``ClientError``."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        beginning = given.lower()
    if not _BEGINNING.fullmatch(beginning):
        raise ClientError(f"{given!r} is not the id of a run. 'retinue runs list' shows them.", USAGE)
    found = await all_of(connection, "/runs", _MOST_SHOWN, id_prefix=beginning)
    if len(found) == 1:
        return str(found[0]["id"])
    if not found:
        raise ClientError(f"There is no run whose id begins with {given}. 'retinue runs list' shows them.", USAGE)
    ids = ", ".join(run["id"] for run in found[: _MOST_SHOWN - 1]) + (", …" if len(found) == _MOST_SHOWN else "")
    raise ClientError(f"The ids of several runs begin with {given}: {ids}. Use more of the id.", USAGE)
