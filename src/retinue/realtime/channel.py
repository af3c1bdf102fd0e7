"""One channel of one connection: its reader, its subscriptions, and what it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from retinue.core.json import Json, JsonObject
from retinue.realtime import frames
from retinue.realtime.readers import Reader
from retinue.realtime.subscriptions import ChangeSubscription, Subscription

if TYPE_CHECKING:
    from retinue.realtime.connection import Connection


@dataclass(slots=True, eq=False)
class Channel:
    """A joined channel. ``reader`` is None for a client that has not signed in."""

    connection: "Connection"
    topic: str
    join_ref: str | None
    token: str | None
    reader: Reader | None
    expires_at: float | None
    entries: Sequence[ChangeSubscription] = ()
    subscriptions: list[Subscription] = field(default_factory=list[Subscription])
    hears_itself: bool = False
    acknowledges: bool = False
    presence_key: str | None = None
    has_presence: bool = False

    @property
    def name(self) -> str:
        """The topic without its prefix."""
        return self.topic.partition(":")[2]

    def push(self, event: str, payload: Json) -> None:
        """Send an event of this channel."""
        self.connection.send(frames.encode(self.connection.version, (self.join_ref, None), self.topic, event, payload))

    def reply(self, ref: str | None, status: str, response: JsonObject) -> None:
        """Answer a message of the client."""
        payload: JsonObject = {"status": status, "response": response}
        version = self.connection.version
        self.connection.send(frames.encode(version, (self.join_ref, ref), self.topic, "phx_reply", payload))

    def tell(self, status: str, message: str, extension: str = "system") -> None:
        """Send a message of the system, which the client may show."""
        self.push("system", {"extension": extension, "status": status, "message": message, "channel": self.name})

    def close(self, reason: str) -> None:
        """End the channel permanently: the client does not join again by itself."""
        self.tell("error", reason)
        self.push("phx_close", {})
