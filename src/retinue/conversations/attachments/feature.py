"""What attachments offer."""

from retinue.conversations.attachments import tasks
from retinue.conversations.attachments.settings import AttachmentSettings
from retinue.core.feature import Feature, Periodic

_DELETE_SECONDS = 3600

feature = Feature(
    name="attachments",
    routers=("retinue.conversations.attachments.routes",),
    settings=(AttachmentSettings,),
    file_folders=("attachments",),
    periodic=(Periodic("attachments.delete_unused", _DELETE_SECONDS, tasks.delete_unused),),
)
