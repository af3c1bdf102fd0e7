"""Schedules in files. What they run is named; occurrences are not part of a file."""

from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.manifests.kinds.base import KindWithoutSecrets
from retinue.manifests.kinds.configuration import named_id
from retinue.manifests.models import ScheduleFile
from retinue.schedules import service as schedules
from retinue.schedules.errors import ScheduleInvalidError, ScheduleMissingError
from retinue.schedules.types import Schedule, ScheduleDefinition, TargetType, Timing

_TIMING = tuple(Timing.__slots__)
_RUN = ("description", "input", "jitter_seconds", "catch_up", "catch_up_window_seconds", "overlap")


class ScheduleKind(KindWithoutSecrets):
    """Schedules in files."""

    name = "schedule"
    folder = "schedules"
    model = ScheduleFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the schedules, those of one name only when it is given."""
        return await schedules.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a schedule in the full form of files."""
        try:
            schedule = await schedules.get(ctx, resource_id)
        except ScheduleMissingError:
            return None
        file = ScheduleFile.model_construct(
            kind="schedule",
            name=schedule.name,
            is_enabled=schedule.enabled,
            **{each.value: None for each in TargetType} | {schedule.target_type.value: schedule.target_name},
            **{name: getattr(schedule, name) for name in (*_TIMING, *_RUN)},
        )
        return cast("JsonObject", file.model_dump(mode="json"))

    async def create(self, ctx: Context, file: ScheduleFile, note: str) -> UUID:
        """Create a schedule."""
        del note  # schedules have no versions
        definition = await self._definition(ctx, file)
        return (await schedules.create(ctx, definition, enabled=file.is_enabled is not False)).id

    async def update(self, ctx: Context, resource_id: UUID, file: ScheduleFile, note: str) -> None:
        """Make a schedule what a file says."""
        del note
        wanted = await self._definition(ctx, file)
        before = await schedules.get(ctx, resource_id)
        timing = {name: getattr(wanted.timing, name) for name in _TIMING}
        if all(getattr(before, name) == value for name, value in timing.items()):
            timing = {}  # the same times leave the next run as it is
        names = [name for name in ScheduleDefinition.__slots__ if name != "timing"]
        changes = {name: getattr(wanted, name) for name in names if getattr(wanted, name) != getattr(before, name)}
        if changes or timing:
            before = await schedules.update(ctx, resource_id, changes, timing=timing)
        await self._set_enabled(ctx, before, wanted=file.is_enabled)

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a schedule; its runs stay."""
        await schedules.delete(ctx, resource_id)

    def references(self, file: ScheduleFile) -> list[tuple[str, str]]:
        """Return what the schedule runs."""
        return [_target_of(file)]

    @staticmethod
    async def _definition(ctx: Context, file: ScheduleFile) -> ScheduleDefinition:
        kind, name = _target_of(file)
        found = await named_id(ctx, kind, name)
        if not isinstance(found, UUID):
            message, remedy = found
            raise ScheduleInvalidError.of(FieldProblem(kind, message, remedy))
        timing = Timing(**{name: getattr(file, name) for name in _TIMING})
        rest = {name: getattr(file, name) for name in _RUN}
        return ScheduleDefinition(name=file.name, target_type=TargetType(kind), target_id=found, timing=timing, **rest)

    @staticmethod
    async def _set_enabled(ctx: Context, schedule: Schedule, *, wanted: bool | None) -> None:
        if wanted is None or wanted == schedule.enabled:
            return
        if wanted:
            await schedules.resume(ctx, schedule.id)
        else:
            await schedules.pause(ctx, schedule.id)


def _target_of(file: ScheduleFile) -> tuple[str, str]:
    return next((each.value, name) for each in TargetType if (name := getattr(file, each.value)) is not None)
