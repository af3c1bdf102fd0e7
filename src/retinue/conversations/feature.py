"""What conversations offer."""

from retinue.conversations import permissions, service, tasks
from retinue.core.events import Listener
from retinue.core.feature import Feature

_reply = Listener(tasks.append_reply, tasks.is_of_conversation)

feature = Feature(
    name="conversations",
    routers=("retinue.conversations.routes",),
    permissions=permissions.ALL,
    account_deleted=(service.erase_person,),
    listens={
        "run.completed": _reply,
        "run.failed": _reply,
        "run.cancelled": _reply,
        service.FILES_ORPHANED: Listener(tasks.delete_files),
    },
)
