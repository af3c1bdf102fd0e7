"""What a team's leader is told: who its members are, how to delegate in the team's mode, and what members see. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.ports import ROUTE_REMINDER, Message, ToolSchema
from retinue.engine.spec.team import Mode, TeamConfig

DELEGATE = "delegate"
DELEGATE_TO_ALL = "delegate_to_all"
PLAN_TASKS = "plan_tasks"

_RULES = {
    Mode.ROUTE: (
        "Choose the one member that fits the request best, by one call of `delegate`. Write no text of your own: the "
        "member's answer is the team's answer. Give `confidence` between 0 and 1: how sure you are of the choice."
    ),
    Mode.COORDINATE: (
        "Give members focused tasks by calls of `delegate`, one call for each task. Call for independent tasks in the same "
        "turn: members then work at the same time. Do not ask members whose expertise is not needed. Treat their answers as "
        "evidence: compare them, say plainly when a member failed, ask again more clearly or ask another where that helps. "
        "Then write one answer of your own; do not list the members' answers one after another."
    ),
    Mode.COLLABORATE: (
        "All members work on the same question. From their answers write one: remove what is said twice, settle "
        "contradictions or name them, and keep what only one of them saw. Say plainly when a member failed."
    ),
    Mode.TASKS: (
        "Break the goal into tasks by a call of `plan_tasks`: each with a title, a description, the member that does it, "
        "and the titles of the tasks whose results it needs. Tasks that need nothing run at the same time. When their "
        "results are there, plan further tasks if something is missing, or write the answer."
    ),
}
_TASK_TEXT = "The whole task as a text that stands alone: members see nothing else unless it is said below."


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A member as the leader is shown it."""

    key: str
    name: str
    role: str
    description: str
    is_team: bool


def leader_instructions(own: str, mode: Mode, config: TeamConfig, roster: Sequence[RosterEntry]) -> str:
    """Return the leader's instructions: the author's own, the roster, the rules of the mode, and what members see."""
    lines = [own.strip(), "You lead a team. Its members, by id:"]
    for each in roster:
        about = ". ".join(part.strip().rstrip(".") for part in (each.role, each.description) if part.strip())
        kind = " (a team)" if each.is_team else ""
        lines.append(f"- {each.key}: {each.name}{kind}{'. ' + about if about else ''}.")
    rules = _RULES[mode]
    if mode is Mode.COLLABORATE and config.leader_writes_task:
        rules = f"First ask all members one complete question by one call of `{DELEGATE_TO_ALL}`. {rules}"
    lines += [rules, _sight(config), "Use the ids exactly as they are written."]
    return "\n\n".join([lines[0], "\n".join(lines[1 : 2 + len(roster)]), *lines[2 + len(roster) :]]).strip()


def _sight(config: TeamConfig) -> str:
    shown = [
        name
        for is_on, name in (
            (config.sharing.history, "the conversation before"),
            (config.sharing.answers, "what members answered earlier in this run"),
            (config.sharing.state, "the shared state"),
        )
        if is_on
    ]
    if not shown:
        return "Members see their task and nothing else."
    return f"Members see their task, and {', '.join(shown)}."


def leader_tools(mode: Mode, config: TeamConfig, keys: Sequence[str]) -> tuple[ToolSchema, ...]:
    """Return what the leader may call in a mode."""
    member: JsonObject = {"type": "string", "enum": [*keys], "description": "The member's id."}
    task: JsonObject = {"type": "string", "minLength": 1, "description": _TASK_TEXT}
    match mode:
        case Mode.ROUTE:
            properties: JsonObject = {
                "member": member,
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "reason": {"type": "string", "description": "Why this member, in one sentence."},
            }
            required = ["member"]
            if config.leader_writes_task:
                properties["task"], required = task, ["member", "task"]
            return (_tool(DELEGATE, "Choose the member that answers.", properties, required),)
        case Mode.COORDINATE:
            return (_tool(DELEGATE, "Give a member a task.", {"member": member, "task": task}, ["member", "task"]),)
        case Mode.COLLABORATE:
            if not config.leader_writes_task:
                return ()
            return (_tool(DELEGATE_TO_ALL, "Ask all members the same question.", {"task": task}, ["task"]),)
        case Mode.TASKS:
            item: JsonObject = {
                "type": "object",
                "properties": {
                    "title": {"type": "string", "minLength": 1},
                    "description": task,
                    "member": member,
                    "depends_on": {"type": "array", "items": {"type": "string"}, "description": "Titles of other tasks."},
                },
                "required": ["title", "description", "member"],
            }
            tasks: JsonObject = {"type": "array", "items": item, "minItems": 1, "maxItems": 50}
            return (_tool(PLAN_TASKS, "Plan tasks and have them done.", {"tasks": tasks}, ["tasks"]),)


def _tool(name: str, description: str, properties: JsonObject, required: list[str]) -> ToolSchema:
    parameters: JsonObject = {
        "type": "object",
        "properties": properties,
        "required": [*required],
        "additionalProperties": False,
    }
    return ToolSchema(name, description, parameters)


def confidence_of(arguments: JsonObject) -> float | None:
    """Return the confidence that a leader gave with its choice, rounded as it is stored; None for none, or for nonsense."""
    value = arguments.get("confidence")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        return None
    return round(float(value), 2)


def route_reminder(problem: str, keys: Sequence[str], step_id: str) -> Message:
    """Return the message that asks a leader once more to choose a member."""
    listed = ", ".join(keys)
    content = f"{problem} Call `{DELEGATE}` once, with one of: {listed}."
    return {"role": "user", "name": ROUTE_REMINDER, "content": content, "step_id": step_id}


def is_reminded(messages: Sequence[Message]) -> bool:
    """Return whether a leader has been reminded in this run."""
    return any(message.get("name") == ROUTE_REMINDER for message in messages)


def read_tasks(arguments: JsonObject, keys: Sequence[str]) -> tuple[list[JsonObject], str]:
    """Read what a leader planned: tasks in their order, or none and what is wrong, in a sentence for the model."""
    given = arguments.get("tasks")
    if not isinstance(given, list) or not given:
        return [], "tasks is missing. Give at least one."
    tasks: list[JsonObject] = []
    for number, each in enumerate(given):
        problem = _task_problem(each, keys)
        if problem is not None:
            return [], f"{problem.field.replace('N', str(number))} {problem.message}."
        task = cast("dict[str, Any]", each)
        needs: list[object] = task.get("depends_on") or []
        tasks.append(
            {
                "title": str(task["title"]).strip(),
                "description": task["description"],
                "member": task["member"],
                "depends_on": [str(name).strip() for name in needs],
            }
        )
    names = [str(task["title"]).casefold() for task in tasks]
    if len(set(names)) < len(names):
        return [], "Two tasks have the same title. Give each a title of its own."
    for task in tasks:
        for needed in cast("list[str]", task["depends_on"]):
            if needed.casefold() not in names:
                return [], f"{task['title']} depends on {needed!r}, which is no task of this plan."
    return ([], "The tasks depend on each other in a circle.") if _has_circle(tasks) else (tasks, "")


def _task_problem(task: Json, keys: Sequence[str]) -> FieldProblem | None:
    if not isinstance(task, dict):
        return FieldProblem("tasks.N", "is not an object")
    for name in ("title", "description"):
        value = task.get(name)
        if not isinstance(value, str) or not value.strip():
            return FieldProblem(f"tasks.N.{name}", "is not a text")
    if task.get("member") not in keys:
        return FieldProblem("tasks.N.member", f"is none of: {', '.join(keys)}")
    if not isinstance(task.get("depends_on") or [], list):
        return FieldProblem("tasks.N.depends_on", "is not a list of titles")
    return None


def _has_circle(tasks: Sequence[JsonObject]) -> bool:
    left: dict[str, set[str]] = {}
    for task in tasks:
        needs = cast("list[str]", task["depends_on"])
        left[str(task["title"]).casefold()] = {each.casefold() for each in needs}
    while left:
        free = [name for name, needs in left.items() if not needs & left.keys()]
        if not free:
            return True
        for name in free:
            del left[name]
    return False
