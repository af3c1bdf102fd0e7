"""What conversations offer."""

from retinue.conversations import expiry, permissions, service, sharing, tasks
from retinue.conversations.settings import ConversationSettings
from retinue.core.feature import Feature, Periodic
from retinue.core.outbox import Listener

_DELETE_SECONDS = 3600
_reply = Listener(tasks.append_reply, tasks.is_of_conversation)

feature = Feature(
    name="conversations",
    routers=("retinue.conversations.routes", "retinue.conversations.routes_shares"),
    settings=(ConversationSettings,),
    permissions=permissions.ALL,
    periodic=(
        Periodic("conversations.delete_expired", _DELETE_SECONDS, expiry.delete_expired),
        Periodic("conversations.delete_expired_shares", _DELETE_SECONDS, sharing.delete_expired),
    ),
    account_deleted=(service.erase_person,),
    listens={
        "run.completed": _reply,
        "run.failed": _reply,
        "run.cancelled": _reply,
        service.FILES_ORPHANED: Listener(tasks.delete_files),
    },
)
