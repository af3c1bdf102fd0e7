"""What the package offers: its settings and the daily backup."""

from retinue.backups.settings import BackupSettings
from retinue.backups.tasks import back_up
from retinue.core.feature import Feature, Periodic

feature = Feature(name="backups", settings=(BackupSettings,), periodic=(Periodic("backups", 60.0, back_up),))
