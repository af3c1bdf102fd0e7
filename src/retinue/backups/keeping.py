"""The backups in a folder: listing them, and deleting the daily ones that are no longer kept."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from retinue.backups import rules
from retinue.backups.settings import BackupSettings
from retinue.backups.types import MANIFEST, BackupTrigger, Listed, list_manifest


def list_backups(folder: Path) -> list[tuple[Path, Listed]]:
    """Return the complete backups of a folder, newest first; what is no backup of ours is passed over."""
    found = list(_backups(folder))
    return sorted(found, key=lambda each: each[0].name, reverse=True)


def _backups(folder: Path) -> Iterator[tuple[Path, Listed]]:
    for place in folder.glob("retinue-*") if folder.is_dir() else ():
        if rules.instant_of(place.name) is None:
            continue
        try:
            listed = list_manifest((place / MANIFEST).read_bytes())
        except OSError:
            continue
        if listed is not None:
            yield place, listed


def delete_old(folder: Path, settings: BackupSettings) -> list[Path]:
    """Delete the daily backups that the settings do not keep; backups made by hand stay. Return what was deleted.

    A backup loses its name before its files, so one that is half deleted is never taken for a backup.
    """
    daily: dict[datetime, Path] = {}
    for place, listed in list_backups(folder):
        instant = rules.instant_of(place.name)
        if instant is not None and listed.trigger == BackupTrigger.DAILY:
            daily[instant] = place
    kept = rules.kept(
        daily, daily=settings.backup_keep_daily, weekly=settings.backup_keep_weekly, monthly=settings.backup_keep_monthly
    )
    deleted = [place for instant, place in daily.items() if instant not in kept]
    for place in deleted:
        partial = place.with_name(f"{place.name}{rules.PARTIAL}")
        place.rename(partial)
        shutil.rmtree(partial)
    return deleted
