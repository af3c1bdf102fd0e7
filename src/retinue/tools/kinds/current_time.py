"""The built-in tool ``current_time``: the instant of the platform's clock in a zone of the IANA database."""

from functools import cache
from typing import Annotated, cast
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field

from retinue.engine.ports import ToolResult
from retinue.tools.kinds.built_in import BuiltInSettings
from retinue.tools.ports import KindCall


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def _known(name: str) -> str:
    if "{{" not in name and name.lower() not in _zones():
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Europe/Berlin")
    return name


class Settings(BuiltInSettings):
    """Narrowing: the zone used when the model names none."""

    timezone: Annotated[str, Field(max_length=64), AfterValidator(_known)] = "UTC"


async def invoke(call: KindCall) -> ToolResult:
    """Tell the instant; an unknown zone is told to the model."""
    wanted = cast("str", call.arguments.get("timezone") or call.settings.get("timezone") or "UTC").strip()
    name = _zones().get(wanted.lower())
    if name is None:
        last = wanted.lower().rpartition("/")[2].replace(" ", "_")
        close = sorted(zone for zone in _zones().values() if last and last in zone.lower())[:5]
        hint = f" Did you mean {', '.join(close)}?" if close else " Use an IANA name such as Europe/Berlin."
        return ToolResult(f"{wanted!r} is not a time zone.{hint}", is_error=True)
    local = call.now.astimezone(ZoneInfo(name))
    offset = local.strftime("%z")
    return ToolResult(
        {
            "iso": local.isoformat(timespec="seconds"),
            "date": local.date().isoformat(),
            "time": local.strftime("%H:%M:%S"),
            "weekday": local.strftime("%A"),
            "week": local.isocalendar().week,
            "timezone": name,
            "utc_offset": f"{offset[:3]}:{offset[3:5]}",
            "unix": int(local.timestamp()),
        }
    )
