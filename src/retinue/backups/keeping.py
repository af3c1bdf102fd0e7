"""The backups in a folder or a bucket: found by what names them, and the daily ones deleted that are no longer kept."""

from datetime import datetime
from pathlib import Path

from retinue.backups import rules
from retinue.backups.buckets import BucketTarget
from retinue.backups.folders import FolderPlace, FolderTarget
from retinue.backups.settings import BackupSettings
from retinue.backups.targets import Place, Target
from retinue.backups.types import BackupTrigger
from retinue.core.errors import InvalidError
from retinue.core.s3 import SCHEME, Bucket


def target_of(text: str, settings: BackupSettings) -> Target:
    """Return the folder or the bucket, s3://bucket/prefix, that a text names."""
    if not text.startswith(SCHEME):
        return FolderTarget(Path(text).expanduser().absolute())
    secret = settings.backup_secret_access_key.get_secret_value()
    return BucketTarget(
        Bucket(text.rstrip("/"), settings.backup_endpoint, settings.backup_region, settings.backup_access_key_id, secret)
    )


def place_of(text: str, settings: BackupSettings) -> Place:
    """Return the backup that a text names: a folder, or s3://bucket/prefix/NAME. It may not be there.

    Raises ``InvalidError`` for a URL that names no backup in a bucket.
    """
    if not text.startswith(SCHEME):
        return FolderPlace(Path(text).expanduser().absolute())
    above, _, name = text.rstrip("/").rpartition("/")
    if rules.instant_of(name) is None or not above.removeprefix(SCHEME):
        raise InvalidError(
            f"{text} names no backup in a bucket.", remedy="Name one as s3://bucket/prefix/retinue-20261129T030000Z."
        )
    target = target_of(above, settings)
    assert isinstance(target, BucketTarget)  # noqa: S101 - by its scheme
    return target.place(name)


def delete_old(target: Target, settings: BackupSettings) -> list[Place]:
    """Delete the daily backups that the settings do not keep; backups made by hand stay. Return what was deleted."""
    daily: dict[datetime, Place] = {}
    for place, listed in target.list():
        instant = rules.instant_of(place.name)
        if instant is not None and listed.trigger == BackupTrigger.DAILY:
            daily[instant] = place
    kept = rules.kept(
        daily, daily=settings.backup_keep_daily, weekly=settings.backup_keep_weekly, monthly=settings.backup_keep_monthly
    )
    deleted = [place for instant, place in daily.items() if instant not in kept]
    for place in deleted:
        target.delete(place.name)
    return deleted
