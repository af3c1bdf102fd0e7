"""Means to apply and export files over HTTP."""

from typing import Any

from tests.cast import Person


async def apply(person: Person, *texts: str, **options: Any) -> Any:
    """Apply texts as files a.yaml, b.yaml and so on; return the plan."""
    files = [{"path": f"{chr(ord('a') + number)}.yaml", "text": text} for number, text in enumerate(texts)]
    response = await person.http.post("/apply", json={"files": files, **options})
    assert response.status == 200, response.text
    return response.json


async def problems(person: Person, *texts: str, **options: Any) -> list[tuple[str, int, int, str]]:
    """Plan texts that must be refused; return where and which fields."""
    plan = await apply(person, *texts, dry_run=True, **options)
    return [(each["file"], each["line"], each["column"], each["field"]) for each in plan["problems"]]


def actions(plan: Any) -> list[tuple[str, str, str]]:
    """Return what a plan does: action, kind and name."""
    return [(each["action"], each["kind"], each["name"]) for each in plan["changes"]]


def fields(plan: Any, name: str) -> dict[str, tuple[Any, Any]]:
    """Return the fields of a resource that a plan changes, before and after."""
    (change,) = [each for each in plan["changes"] if each["name"] == name]
    return {each["field"]: (each["before"], each["after"]) for each in change["fields"]}


async def exported(person: Person, query: str = "") -> dict[str, str]:
    """Export; return the texts by path."""
    response = await person.http.get(f"/export?{query}")
    assert response.status == 200, response.text
    assert response.json["warnings"] == []
    return {each["path"]: each["text"] for each in response.json["files"]}


async def agents_named(person: Person, name: str) -> list[Any]:
    """Return the agents of a name."""
    items = (await person.http.get(f"/agents?q={name}&limit=200")).json["items"]
    return [each for each in items if each["name"] == name]
