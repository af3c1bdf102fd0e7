"""What a connection's messages do: joining, leaving, new tokens, broadcasts, presence. One message at a time.

The reasons that clients see have the codes of Supabase. An error of joining is held back a little: clients try indefinitely.
"""

import asyncio

import psycopg
from psycopg_pool import PoolTimeout

from retinue.core.errors import UnavailableError
from retinue.core.json import Json, JsonObject
from retinue.core.logging import get_logger
from retinue.realtime import frames, subscriptions, topics
from retinue.realtime.channel import Channel
from retinue.realtime.connection import Connection
from retinue.realtime.errors import FrameInvalidError, JoinRefusedError
from retinue.realtime.frames import Frame
from retinue.realtime.hub import Hub
from retinue.realtime.subscriptions import Subscription

_log = get_logger(__name__)
CONNECTION_ERRORS = (psycopg.Error, PoolTimeout, UnavailableError, TimeoutError)
"""What is raised while the database is away."""
_PREFIX = "realtime:"
_REFUSAL_SECONDS = 0.5
_LONGEST_KEY = 200
_LARGEST_PRESENCE_BYTES = 8192
"""Of one member: every process holds the presence of all."""
_KEY_PREFIX = "sb_"
_SIGN_IN = "Unauthorized: sign in first. Without a session no rows can be read, and nothing can be broadcast."
_UNREADABLE = "Unauthorized: your role does not allow reading {table}."


async def handle(hub: Hub, connection: Connection, frame: Frame) -> None:
    """Do what a message asks. Raises ``FrameInvalidError`` for one that no client sends."""
    if frame.topic == "phoenix" and frame.event == "heartbeat":
        _answer(connection, frame, "ok", {})
        return
    if frame.event == "phx_join":
        await _join(hub, connection, frame)
        return
    channel = connection.channels.get(frame.topic)
    if channel is None:
        _answer(connection, frame, "error", {"reason": "unmatched topic"})
    elif frame.event == "phx_leave":
        leave(hub, channel)
        _answer(connection, frame, "ok", {})
        connection.send(
            frames.encode(connection.version, (channel.join_ref, channel.join_ref), channel.topic, "phx_close", {})
        )
    elif frame.event == "access_token":
        await _refresh(hub, channel, frame.payload.get("access_token"))
    elif frame.event == "broadcast":
        _broadcast(hub, channel, frame)
    elif frame.event == "presence":
        _presence(hub, channel, frame)
    else:
        raise FrameInvalidError(f"The event {frame.event[:60]} is unknown.")


def leave(hub: Hub, channel: Channel) -> None:
    """Take a channel from its connection."""
    channel.connection.channels.pop(channel.topic, None)
    hub.remove(channel)


def _answer(connection: Connection, frame: Frame, status: str, response: JsonObject) -> None:
    payload: JsonObject = {"status": status, "response": response}
    connection.send(frames.encode(connection.version, (frame.join_ref, frame.ref), frame.topic, "phx_reply", payload))


async def _join(hub: Hub, connection: Connection, frame: Frame) -> None:
    try:
        channel = await _channel(hub, connection, frame)
    except JoinRefusedError as error:
        reason = str(error)
    except CONNECTION_ERRORS as error:
        _log.warning("realtime.join_failed", error=str(error))
        reason = "UnknownErrorOnChannel: the database does not answer. The client tries again."
    else:
        earlier = connection.channels.get(frame.topic)
        if earlier is not None:
            leave(hub, earlier)
            earlier.push("phx_close", {})
        connection.channels[frame.topic] = channel
        try:
            await hub.add(channel, lambda: _accept(channel, frame))
        except CONNECTION_ERRORS as error:
            _log.warning("realtime.join_failed", error=str(error))
            leave(hub, channel)
            channel.push("phx_error", {})
        else:
            _tell_problems(channel)
        return
    if not connection.refusals.take():
        connection.cut(f"Too many joins are refused. The last: {reason}")
        return
    await asyncio.sleep(_REFUSAL_SECONDS)
    _answer(connection, frame, "error", {"reason": reason})


async def _channel(hub: Hub, connection: Connection, frame: Frame) -> Channel:
    """Read a join. Raises ``JoinRefusedError``."""
    if not frame.topic.startswith(_PREFIX):
        raise JoinRefusedError("unmatched topic")
    if frame.topic == _PREFIX:
        raise JoinRefusedError("TopicNameRequired: You must provide a topic name")
    if len(connection.channels) >= hub.settings.realtime_channels and frame.topic not in connection.channels:
        raise JoinRefusedError("ChannelRateLimitReached: Too many channels")
    if not connection.joins.take():
        raise JoinRefusedError("ClientJoinRateLimitReached: Too many joins per second")
    config = frame.payload.get("config")
    if config is not None and not isinstance(config, dict):
        raise JoinRefusedError("The config must be an object.")
    config = config or {}
    token = _token(frame.payload)
    channel = Channel(connection, frame.topic, frame.join_ref or frame.ref, token, None, None)
    if token is not None:
        found = await hub.readers.find(token)
        if found is None:
            raise JoinRefusedError("InvalidJWTToken: Token has expired, or its session has ended. Sign in again.")
        channel.reader, channel.expires_at = found[0], float(found[1].expires_at)
        if not hub.crowd.enter(connection, found[0].user_id):
            raise JoinRefusedError("ConnectionRateLimitReached: Too many connections of this user")
    _require_place(channel, is_private=_truth(config.get("private")))
    _configure(channel, config)
    channel.entries = subscriptions.read_entries(config, await hub.tables())
    if channel.reader is not None:
        channel.subscriptions = [
            Subscription(channel, entry, table)
            for entry in channel.entries
            for table in entry.tables
            if channel.reader.identity(table)[1]
        ]
    return channel


def _token(payload: JsonObject) -> str | None:
    token = payload.get("access_token") or payload.get("user_token")
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise JoinRefusedError("MalformedJWT: The token provided is not a valid JWT")
    return None if token.startswith(_KEY_PREFIX) else token


def _require_place(channel: Channel, *, is_private: bool) -> None:
    named = topics.organization_of(channel.name)
    is_member = channel.reader is not None and (named is None or named in channel.reader.places)
    if (named is not None or is_private) and not is_member:
        text = f"Unauthorized: You do not have permissions to read from this Channel topic: {channel.name}"
        raise JoinRefusedError(text)


def _configure(channel: Channel, config: JsonObject) -> None:
    broadcast, presence = config.get("broadcast"), config.get("presence")
    if isinstance(broadcast, dict):
        if broadcast.get("replay") is not None:
            raise JoinRefusedError("UnableToReplayMessages: broadcasts are not kept. Leave out broadcast.replay.")
        channel.hears_itself = _truth(broadcast.get("self"))
        channel.acknowledges = _truth(broadcast.get("ack"))
    if isinstance(presence, dict):
        key = presence.get("key")
        channel.has_presence = _truth(presence.get("enabled"))
        channel.presence_key = key[:_LONGEST_KEY] if isinstance(key, str) and key else None


def _truth(value: Json) -> bool:
    return value is True or value == "true"


def _accept(channel: Channel, frame: Frame) -> None:
    channel.reply(frame.ref, "ok", {"postgres_changes": [each.echo for each in channel.entries]})


def _tell_problems(channel: Channel) -> None:
    """Say of each entry that is not live why, and that the others are."""
    live = {each.entry for each in channel.subscriptions}
    is_told = False
    for entry in channel.entries:
        if entry in live:
            is_told = True
            continue
        if entry.problem is not None:
            reason = f"Unable to subscribe to changes with given parameters. {entry.problem}"
        elif channel.reader is None:
            reason = _SIGN_IN
        else:
            reason = _UNREADABLE.format(table=entry.tables[0].name)
        channel.tell("error", reason, "postgres_changes")
    if is_told:
        channel.tell("ok", "Subscribed to PostgreSQL", "postgres_changes")


async def _refresh(hub: Hub, channel: Channel, token: Json) -> None:
    if not isinstance(token, str) or token.startswith(_KEY_PREFIX) or token == channel.token or not token:
        return
    found = await hub.readers.find(token)
    if found is None:
        hub.end(channel, "InvalidJWTToken: Token has expired, or its session has ended. Sign in again.")
        return
    reader, claims = found
    if not hub.crowd.enter(channel.connection, reader.user_id):
        hub.end(channel, "ConnectionRateLimitReached: Too many connections of this user")
        return
    if channel.reader is not None and channel.reader.session_id == reader.session_id:
        channel.token, channel.expires_at = token, float(claims.expires_at)
        return
    # Another person, or one who has just signed in: what was joined is joined again, under the new rights.
    hub.remove(channel)
    channel.token, channel.reader, channel.expires_at = token, reader, float(claims.expires_at)
    channel.subscriptions = [
        Subscription(channel, entry, table)
        for entry in channel.entries
        for table in entry.tables
        if reader.identity(table)[1]
    ]
    await hub.add(channel, lambda: None)
    _tell_problems(channel)


def _broadcast(hub: Hub, channel: Channel, frame: Frame) -> None:
    event = frame.payload.get("event")
    if not isinstance(event, str):
        raise FrameInvalidError("A broadcast needs an event.")
    content: JsonObject = {"type": "broadcast", "event": event, "payload": frame.payload.get("payload")}
    frames.measure(content)
    is_sent = hub.topics.broadcast(channel, content, frame.binary)
    if channel.acknowledges:
        channel.reply(frame.ref, "ok" if is_sent else "error", {} if is_sent else {"reason": _SIGN_IN})
    elif not is_sent:
        channel.tell("error", _SIGN_IN)


def _presence(hub: Hub, channel: Channel, frame: Frame) -> None:
    event, document = str(frame.payload.get("event", "")).lower(), frame.payload.get("payload")
    if event == "untrack":
        hub.topics.untrack(channel)
        channel.reply(frame.ref, "ok", {})
    elif event == "track" and isinstance(document, dict):
        if frames.measure(document) > _LARGEST_PRESENCE_BYTES:
            reason = f"PayloadTooLarge: a presence has at most {_LARGEST_PRESENCE_BYTES // 1024} KiB."
            channel.reply(frame.ref, "error", {"reason": reason})
            return
        is_there = hub.topics.track(channel, document)
        channel.reply(frame.ref, "ok" if is_there else "error", {} if is_there else {"reason": _SIGN_IN})
    else:
        channel.reply(frame.ref, "error", {"reason": "Presence takes track with an object, or untrack."})
