"""What attachments offer."""

from retinue.conversations.attachments import routes, tasks
from retinue.conversations.attachments.settings import AttachmentSettings
from retinue.core.feature import Feature, Periodic

_DELETE_SECONDS = 3600

feature = Feature(
    name="attachments",
    routers=(routes.router,),
    settings=(AttachmentSettings,),
    periodic=(Periodic("attachments.delete_unused", _DELETE_SECONDS, tasks.delete_unused),),
)
