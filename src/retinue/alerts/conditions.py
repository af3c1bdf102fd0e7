"""The grammar of conditions: what a rule may ask. One object of exactly one kind, or some of them under any or all."""

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, cast
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator

from retinue.alerts.errors import AlertInvalidError
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.validation import words_of

_DURATION = re.compile(r"([0-9]{1,7})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOST_LEAVES = 10
_DURATION_REMEDY = 'Write a duration as "90s", "5m", "2h" or "1d", or as seconds.'
_METRIC = re.compile(r"[a-z][a-z0-9_.]*")
RUN_METRICS = ("response_time", "duration", "cost", "success_rate")
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}
"""The figures of a metric that are quantiles."""


def _seconds(value: object) -> object:
    if isinstance(value, str):
        found = _DURATION.fullmatch(value)
        if found is None:
            raise ValueError('is not a duration such as "90s", "5m", "2h" or "1d"')
        return int(found[1]) * _SECONDS[found[2]]
    return value


_Read = BeforeValidator(_seconds)
_WEEK, _MONTH = 7 * 86400, 31 * 86400
_LONGEST_OF_POINTS = 86400
"""Points in groups are read one by one."""
Window: TypeAlias = Annotated[int, _Read, Field(ge=60, le=_WEEK)]
Short: TypeAlias = Annotated[int, _Read, Field(ge=0, le=_WEEK)]
Interval: TypeAlias = Annotated[int, _Read, Field(ge=10, le=_MONTH)]
Grace: TypeAlias = Annotated[int, _Read, Field(ge=60, le=_WEEK)]
Age: TypeAlias = Annotated[int, _Read, Field(ge=3600, le=366 * 86400)]
Longer: TypeAlias = Annotated[int, _Read, Field(ge=1, le=_MONTH)]
Longest: TypeAlias = Annotated[int, _Read, Field(ge=60, le=_MONTH)]
Label: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
RunStatus = Literal["error", "failed", "warning"]
"""error and failed are the same; warning is a completed run with warnings."""
RunTrigger = Literal["manual", "api", "schedule", "webhook", "conversation", "external", "n8n", "cli"]


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    key: ClassVar[str] = ""
    """The key that holds the kind's object; empty when its fields are the condition's own."""


class Outcome(_Kind):
    """The latest runs that ended all failed, or all had warnings. Cancelled runs do not count."""

    status: RunStatus
    consecutive_failures: int = Field(default=1, ge=1, le=100)
    triggers: tuple[RunTrigger, ...] = Field(default=(), max_length=8, strict=False)
    resolve_after_successes: int = Field(default=1, ge=1, le=100)


class Failures(_Kind):
    """So many runs of a window failed, or so large a part of them."""

    status: RunStatus
    count: int | None = Field(default=None, ge=1, le=1_000_000)
    ratio: float | None = Field(default=None, gt=0, le=1)
    window: Window
    min_count: int = Field(default=1, ge=1, le=1_000_000)
    triggers: tuple[RunTrigger, ...] = Field(default=(), max_length=8, strict=False)

    @model_validator(mode="after")
    def _is_one(self) -> "Failures":
        if (self.count is None) == (self.ratio is None):
            raise ValueError("needs either count or ratio with window")
        return self


class Heartbeat(_Kind):
    """An external agent has sent no heartbeat for its interval and the grace."""

    key: ClassVar[str] = "heartbeat"
    every: Interval
    grace: Short = 60


class MissedSchedule(_Kind):
    """A due time of a schedule has passed without a run."""

    key: ClassVar[str] = "missed_schedule"
    grace: Grace = 600


class RunDuration(_Kind):
    """A run takes longer: one that is running, or the last one that ended."""

    key: ClassVar[str] = "run_duration"
    gt: Longer


class Metric(_Kind):
    """A figure of a window: of its runs, or of the points of any other metric. ``warn`` is a milder threshold.

    ``group_by`` judges each value of up to two labels by itself: ``agent``, or a key of the metadata of runs or points.
    """

    metric: str = Field(max_length=100)
    agg: Literal["avg", "min", "max", "sum", "count", "last", "rate", "p50", "p90", "p95", "p99"]
    op: Literal[">", ">=", "<", "<=", "==", "!="]
    value: float = Field(strict=False, allow_inf_nan=False)
    warn: float | None = Field(default=None, strict=False, allow_inf_nan=False)
    window: Window
    for_: Short = Field(default=0, alias="for")
    group_by: tuple[Label, ...] = Field(default=(), max_length=2, strict=False)

    @field_validator("group_by")
    @classmethod
    def _is_set(cls, labels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(labels)) < len(labels):
            raise ValueError("must name each label once")
        return labels

    @field_validator("metric")
    @classmethod
    def _is_name(cls, name: str) -> str:
        if _METRIC.fullmatch(name) is None:
            raise ValueError(f"is not the name of a metric, such as {', '.join(RUN_METRICS)} or one that agents report")
        return name

    @property
    def is_of_runs(self) -> bool:
        """Whether the figure is that of runs which ended; else it is of points that agents report."""
        return self.metric in RUN_METRICS

    @model_validator(mode="after")
    def _is_short(self) -> "Metric":
        if self.group_by and not self.is_of_runs and self.window > _LONGEST_OF_POINTS:
            raise ValueError("must have a window of at most 1d to group points that agents report")
        return self

    @model_validator(mode="after")
    def _is_milder(self) -> "Metric":
        if self.warn is not None:
            is_rising = self.op in (">", ">=")
            if self.op in ("==", "!=") or (self.warn >= self.value if is_rising else self.warn <= self.value):
                raise ValueError("warn must be on the safe side of value")
        return self


class Budget(_Kind):
    """The cost of runs in a period passes a part of an amount."""

    key: ClassVar[str] = "budget"
    usd: float = Field(gt=0, le=1e9, strict=False, allow_inf_nan=False)
    period: Literal["day", "week", "month"] = "month"
    tz: str = "UTC"
    at: tuple[Annotated[float, Field(gt=0, le=10, strict=False)], ...] = Field(
        default=(0.8, 1.0), min_length=1, max_length=10, strict=False
    )
    forecast: bool = False
    action: Literal["none", "block", "pause_agent"] = "none"
    """At the whole amount: block has the spending guard refuse calls, pause_agent also pauses the agent."""

    @field_validator("tz")
    @classmethod
    def _is_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("is not a time zone such as Europe/Berlin")
        return name

    @model_validator(mode="after")
    def _is_of_the_guard(self) -> "Budget":
        if self.action != "none" and self.period == "week":
            raise ValueError("must have the period day or month to block calls")
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which periods begin."""
        return ZoneInfo(self.tz)


class BudgetUsed(_Kind):
    """Parts of a budget of the spending guard are settled."""

    key: ClassVar[str] = "budget_used"
    budget_id: UUID = Field(strict=False)
    at: tuple[Annotated[float, Field(gt=0, le=10, strict=False)], ...] = Field(
        default=(0.8, 1.0), min_length=1, max_length=10, strict=False
    )


class Absence(_Kind):
    """Fewer runs than expected ended within a window: nothing says that anything is wrong."""

    key: ClassVar[str] = "absence"
    of: Literal["completed", "ended"] = "completed"
    at_least: int = Field(default=1, ge=1, le=1000)
    window: Longest


class ApprovalWaiting(_Kind):
    """An approval or a question has waited for an answer for longer."""

    key: ClassVar[str] = "approval_waiting"
    gt: Longer


class AgentStatus(_Kind):
    """An agent has a status."""

    agent_status: Literal["error", "paused", "inactive"]
    for_: Short = Field(default=0, alias="for")


class DeploymentStatus(_Kind):
    """The newest deployment failed."""

    deployment: Literal["failed"]


class WorkflowStatus(_Kind):
    """A workflow has a status."""

    workflow_status: Literal["error", "paused", "inactive"]


class DeliveryFailures(_Kind):
    """So many deliveries of alerts were given up within an hour."""

    delivery_failures: int = Field(ge=1, le=1000)


class BackupAge(_Kind):
    """No backup of the installation has succeeded for so long."""

    key: ClassVar[str] = "backup"
    older_than: Age


class RehearsalAge(_Kind):
    """No rehearsal of a backup has succeeded for so long, or the last one failed."""

    key: ClassVar[str] = "rehearsal"
    older_than: Age


Leaf: TypeAlias = (
    Outcome
    | Failures
    | Heartbeat
    | MissedSchedule
    | RunDuration
    | Metric
    | Budget
    | BudgetUsed
    | Absence
    | ApprovalWaiting
    | AgentStatus
    | DeploymentStatus
    | WorkflowStatus
    | DeliveryFailures
    | BackupAge
    | RehearsalAge
)
_BY_KEY: dict[str, type[Leaf]] = {
    "heartbeat": Heartbeat,
    "missed_schedule": MissedSchedule,
    "run_duration": RunDuration,
    "metric": Metric,
    "budget": Budget,
    "budget_used": BudgetUsed,
    "absence": Absence,
    "approval_waiting": ApprovalWaiting,
    "agent_status": AgentStatus,
    "deployment": DeploymentStatus,
    "workflow_status": WorkflowStatus,
    "delivery_failures": DeliveryFailures,
    "backup": BackupAge,
    "rehearsal": RehearsalAge,
}
_REQUIRED = (".window", ".every", ".gt", ".older_than")
KINDS = ("status", *_BY_KEY, "any", "all")


class Condition(BaseModel):
    """A parsed condition: its leaves, of which any or all must be true."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    leaves: tuple[Leaf, ...]
    is_any: bool = False

    @property
    def for_seconds(self) -> int:
        """How long the condition itself says that it must be true."""
        return max((each.for_ for each in self.leaves if isinstance(each, Metric | AgentStatus)), default=0)

    @property
    def guarded(self) -> "Budget | None":
        """The budget condition whose action the spending guard carries out."""
        first = self.leaves[0]
        return first if isinstance(first, Budget) and first.action != "none" else None

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels by whose values the condition is evaluated in groups; none: for the whole target."""
        first = self.leaves[0]
        return first.group_by if isinstance(first, Metric) else ()


def parse(conditions: JsonObject) -> Condition:
    """Read conditions. Raises ``AlertInvalidError`` that names the path of what is wrong."""
    return _parse(orjson.dumps(conditions, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=4096)
def _parse(text: bytes) -> Condition:
    conditions = orjson.loads(text)
    joined = next((word for word in ("any", "all") if word in conditions), None)
    if joined is None:
        return Condition(leaves=(_leaf(conditions, "conditions"),))
    path, parts = f"conditions.{joined}", conditions[joined]
    if len(conditions) > 1:
        raise _problem("conditions", f"has other keys beside {joined}", "Put each condition into its list.")
    if not isinstance(parts, list) or not 1 <= len(cast("list[Any]", parts)) <= _MOST_LEAVES:
        raise _problem(path, f"is not a list of 1 to {_MOST_LEAVES} conditions", 'Write [{"status": "error"}, …].')
    leaves = tuple(_leaf(part, f"{path}.{place}") for place, part in enumerate(cast("list[Any]", parts)))
    for place, each in enumerate(leaves):
        if isinstance(each, Budget) and each.action != "none":
            remedy = "Use none here, or make it a rule of its own."
            raise _problem(f"{path}.{place}.budget.action", "is for a condition that stands alone", remedy)
    labels = [each.group_by if isinstance(each, Metric) else () for each in leaves]
    other = next((place for place, each in enumerate(labels) if each != labels[0]), None)
    if other is not None:
        remedy = "Give each condition of the list the same group_by, or none of them."
        raise _problem(f"{path}.{other}.group_by", "is not that of the first condition", remedy)
    return Condition(leaves=leaves, is_any=joined == "any")


def _leaf(part: Any, path: str) -> Leaf:  # noqa: ANN401 - any JSON
    if not isinstance(part, dict):
        raise _problem(path, "is not an object", 'Write an object such as {"status": "error", "consecutive_failures": 3}.')
    found = cast("dict[str, Any]", part)
    kinds = [key for key in found if key in _BY_KEY or key == "status"]
    if len(kinds) != 1:
        named = "names no kind of condition" if not kinds else f"names several kinds: {', '.join(kinds)}"
        raise _problem(path, named, f"Use one of {', '.join(KINDS)}; several conditions go into any or all.")
    kind = (
        Failures if kinds[0] == "status" and found.keys() & {"count", "ratio", "window"} else _BY_KEY.get(kinds[0], Outcome)
    )
    if kind.key:
        unknown = [key for key in found if key != kind.key]
        if unknown:
            raise _problem(f"{path}.{unknown[0]}", "is not known here", f"Put the fields of the condition into {kind.key}.")
        path, found = f"{path}.{kind.key}", found[kind.key]
    try:
        return kind.model_validate(found)
    except ValidationError as error:
        raise AlertInvalidError.of(*(_to_problem(path, each) for each in error.errors(include_url=False))) from None


def _to_problem(path: str, error: Any) -> FieldProblem:  # noqa: ANN401 - Pydantic's
    place = ".".join([path, *(str(part) for part in error["loc"])])
    if error["type"] == "extra_forbidden":
        return FieldProblem(place, "is not known here", "Remove it, or see the kinds of conditions in docs/alerts.md.")
    if error["type"] == "missing":
        return FieldProblem(place, "is required", _DURATION_REMEDY if place.endswith(_REQUIRED) else None)
    message, remedy = words_of(error)
    return FieldProblem(place, message, _remedy(place) or remedy)


def _remedy(place: str) -> str | None:
    if place.endswith((".window", ".every", ".grace", ".gt", ".for", ".older_than")):
        return _DURATION_REMEDY
    if ".group_by" in place:
        return 'Write up to two labels: agent, or a key of the metadata of runs or points, as ["region"].'
    return None


def _problem(field: str, message: str, remedy: str) -> AlertInvalidError:
    return AlertInvalidError.of(FieldProblem(field, message, remedy))
