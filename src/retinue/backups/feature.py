"""What the package offers: its settings, the daily backup, and how backups stand."""

from retinue.backups.settings import BackupSettings
from retinue.backups.tasks import back_up, tell_superusers
from retinue.core.feature import Feature, Periodic

feature = Feature(
    name="backups",
    settings=(BackupSettings,),
    routers=("retinue.backups.routes",),
    periodic=(Periodic("backups", 60.0, back_up), Periodic("backups.tell", 300.0, tell_superusers)),
)
