"""Broadcast and presence: what the members of a topic tell one another, over all processes.

A message reaches members who share an organization with its sender. A topic whose name begins with the id of an organization
and a colon is that organization's alone. Other processes hear of it by the bus; what does not fit there waits a minute in
the key-value store.
"""

import asyncio
import secrets
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import orjson

from retinue.core.errors import UnavailableError
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject, loads
from retinue.core.logging import get_logger
from retinue.core.resources import Resources
from retinue.realtime import frames
from retinue.realtime.channel import Channel

_log = get_logger(__name__)
_RELAY = "realtime"
_RELAYED_BYTES = 7000
_KEPT_SECONDS = 60.0
_UUID_CHARACTERS = 36


@dataclass(slots=True, eq=False)
class Tracked:
    """One entry of presence: under which key, its document with its reference, whose organizations, of which process."""

    ref: str
    key: str
    document: JsonObject
    places: frozenset[str]
    node: str


class Topics:
    """The members of topics in this process, and the presence known of all processes."""

    def __init__(self, resources: Resources) -> None:
        """Begin with none."""
        self._resources = resources
        self._node = secrets.token_hex(6)
        self._members: defaultdict[str, set[Channel]] = defaultdict(set)
        self._present: defaultdict[str, dict[str, Tracked]] = defaultdict(dict)
        self._own: dict[Channel, Tracked] = {}
        self._heard: dict[str, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    # --- members

    def join(self, channel: Channel) -> None:
        """Add a member; one with presence is told who is there."""
        if not self._members:
            self._resources.bus.relay_listeners[_RELAY] = self._on_relay
        self._members[channel.topic].add(channel)
        if channel.has_presence:
            places = places_of(channel)
            entries = [each for each in self._present.get(channel.topic, {}).values() if each.places & places]
            channel.push("presence_state", _documents(entries))
            self._relay(channel.topic, {"kind": "ask"})

    def leave(self, channel: Channel) -> None:
        """Take a member away, and its presence."""
        self.untrack(channel)
        members = self._members.get(channel.topic)
        if members is None:
            return
        members.discard(channel)
        if not members:
            del self._members[channel.topic]
            self._present.pop(channel.topic, None)
        if not self._members:
            self._resources.bus.relay_listeners.pop(_RELAY, None)

    # --- broadcast

    def broadcast(self, channel: Channel, content: JsonObject, binary: bytes | None) -> bool:
        """Send a member's message to the others; say whether it may send any."""
        places = places_of(channel)
        if not places:
            return False
        self._give(channel.topic, places, content, binary, None if channel.hears_itself else channel)
        self._send_on(channel.topic, places, content, binary)
        return True

    def announce(self, topic: str, places: frozenset[str], content: JsonObject, binary: bytes | None) -> None:
        """Send a message that came by HTTP to the members of a topic."""
        self._give(topic, places, content, binary, None)
        self._send_on(topic, places, content, binary)

    def _send_on(self, topic: str, places: frozenset[str], content: JsonObject, binary: bytes | None) -> None:
        told: JsonObject = {"kind": "broadcast", "places": [*sorted(places)], "content": content}
        if binary is not None:
            told["binary"] = binary.hex()
        self._relay(topic, told)

    def _give(
        self, topic: str, places: frozenset[str], content: JsonObject, binary: bytes | None, sender: Channel | None
    ) -> None:
        encoded: dict[int, str | bytes | None] = {}
        for member in self._members.get(topic, ()):
            if member is sender or not places & places_of(member):
                continue
            version = member.connection.version
            if version not in encoded:
                encoded[version] = (
                    frames.encode(version, (None, None), topic, "broadcast", content)
                    if binary is None
                    else frames.encode_binary(version, topic, str(content.get("event", "")), binary)
                )
            message = encoded[version]
            if message is not None:
                member.connection.send(message)

    # --- presence

    def track(self, channel: Channel, document: JsonObject) -> bool:
        """Say that a member is there, with a document; say whether it may."""
        places = places_of(channel)
        if not places:
            return False
        earlier = self._own.get(channel)
        key = channel.presence_key or str(uuid.uuid4())
        channel.presence_key = key
        ref = secrets.token_urlsafe(9)
        meta: JsonObject = {**document, "phx_ref": ref}  # ours is the last word: references of others are not to be had
        if earlier is not None:
            meta["phx_ref_prev"] = earlier.ref
        entry = self._own[channel] = Tracked(ref, key, meta, places, self._node)
        self._change(channel.topic, [entry], [] if earlier is None else [earlier])
        self._relay(channel.topic, {"kind": "joins", "entries": [_wire(entry)], "left": [earlier.ref] if earlier else []})
        return True

    def untrack(self, channel: Channel) -> None:
        """Say that a member is no longer there. May be repeated."""
        entry = self._own.pop(channel, None)
        if entry is not None:
            self._change(channel.topic, [], [entry])
            self._relay(channel.topic, {"kind": "joins", "entries": [], "left": [entry.ref]})

    def beat(self) -> None:
        """Tell that this process lives, and forget the presence of processes that were not heard for a while."""
        if self._own:
            self._relay("", {"kind": "alive"})
        silent = {node for node, at in self._heard.items() if time.monotonic() - at > _KEPT_SECONDS}
        for node in silent:
            del self._heard[node]
        for topic, entries in list(self._present.items()):
            gone = [each for each in entries.values() if each.node in silent]
            if gone:
                self._change(topic, [], gone)

    def _change(self, topic: str, joined: list[Tracked], left: list[Tracked]) -> None:
        present = self._present[topic]
        for each in left:
            present.pop(each.ref, None)
        for each in joined:
            present[each.ref] = each
        for member in self._members.get(topic, ()):
            if not member.has_presence:
                continue
            places = places_of(member)
            joins = _documents([each for each in joined if each.places & places])
            leaves = _documents([each for each in left if each.places & places])
            if joins or leaves:
                member.push("presence_diff", {"joins": joins, "leaves": leaves})

    # --- other processes

    def _relay(self, topic: str, told: JsonObject) -> None:
        whole: JsonObject = {"node": self._node, "topic": topic, **told}
        text = orjson.dumps(whole)
        if len(text) <= _RELAYED_BYTES:
            self._resources.bus.relay(_RELAY, whole)
            return
        self._spawn(self._relay_large(text.decode()))

    async def _relay_large(self, text: str) -> None:
        name = f"realtime:relay:{secrets.token_hex(12)}"
        try:
            await self._resources.kv.set(name, text, ttl_seconds=_KEPT_SECONDS)
        except UnavailableError as error:
            _log.warning("realtime.relay_lost", reason=error.detail)
            return
        self._resources.bus.relay(_RELAY, {"node": self._node, "name": name})

    def _on_relay(self, document: JsonObject) -> None:
        if document.get("node") == self._node:
            return
        if "name" in document:
            self._spawn(self._take_large(str(document["name"])))
        else:
            self._take(document)

    async def _take_large(self, name: str) -> None:
        try:
            found = await self._resources.kv.get_many([name])
        except UnavailableError as error:
            _log.warning("realtime.relay_lost", reason=error.detail)
            return
        if name in found:
            self._take(loads(found[name]))

    def _take(self, told: Any) -> None:  # noqa: ANN401 - from another process of ours
        node, topic = str(told["node"]), str(told["topic"])
        self._heard[node] = time.monotonic()
        if topic not in self._members:
            return
        if told["kind"] == "broadcast":
            binary = bytes.fromhex(told["binary"]) if "binary" in told else None
            self._give(topic, frozenset(told["places"]), told["content"], binary, None)
        elif told["kind"] == "ask":
            own = [each for each in self._present.get(topic, {}).values() if each.node == self._node]
            if own:
                self._relay(topic, {"kind": "joins", "entries": [_wire(each) for each in own], "left": []})
        elif told["kind"] == "joins":
            known = self._present[topic]
            left = [known[ref] for ref in told["left"] if ref in known]
            joined = [
                Tracked(each["ref"], each["key"], each["document"], frozenset(each["places"]), node)
                for each in told["entries"]
                if each["ref"] not in known
            ]
            self._change(topic, joined, left)

    def _spawn(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task: asyncio.Task[None] = asyncio.create_task(work, name="realtime relay")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def places_of(channel: Channel) -> frozenset[str]:
    """Return the organizations in which a member may tell and be told; none for a client that has not signed in."""
    if channel.reader is None:
        return frozenset()
    places = frozenset(str(each) for each in channel.reader.places)
    named = organization_of(channel.name)
    return places if named is None else places & {str(named)}


def organization_of(name: str) -> OrganizationId | None:
    """Return the organization whose topic a name is; None when it belongs to none."""
    if name[_UUID_CHARACTERS : _UUID_CHARACTERS + 1] != ":":
        return None
    try:
        return OrganizationId(uuid.UUID(name[:_UUID_CHARACTERS]))
    except ValueError:
        return None


def _wire(entry: Tracked) -> JsonObject:
    return {"ref": entry.ref, "key": entry.key, "document": entry.document, "places": [*sorted(entry.places)]}


def _documents(entries: list[Tracked]) -> JsonObject:
    found: dict[str, Any] = {}
    for each in entries:
        found.setdefault(each.key, {"metas": []})["metas"].append(each.document)
    return found
