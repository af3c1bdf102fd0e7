"""Null in a change: it removes a value where the document allows it, and is refused elsewhere."""

from typing import Any

from retinue.core.ids import new_id
from tests.cast import Cast


async def _changes(cast: Cast) -> dict[str, dict[str, Any]]:
    document = (await cast.olga.http.get("/openapi.json")).json
    found: dict[str, dict[str, Any]] = {}
    for path, operations in document["paths"].items():
        if "patch" in operations:
            schema = operations["patch"]["requestBody"]["content"]["application/json"]["schema"]
            if "$ref" in schema:
                schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
            found[path.removeprefix("/api/v1")] = schema["properties"]
    return found


def _takes_null(described: dict[str, Any]) -> bool:
    return {"type": "null"} in described.get("anyOf", [])


async def test_null_is_refused_forevery_field_that_cannot_be_removed(cast: Cast) -> None:
    tried = 0
    for path, fields in (await _changes(cast)).items():
        address = "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))
        for name, described in fields.items():
            if _takes_null(described):
                continue
            tried += 1
            refused = await cast.olga.http.patch(address, json={name: None})
            assert (refused.status, refused.json["errors"][0]["field"]) == (422, name), f"{path}: {refused.text}"
            assert refused.json["errors"][0]["remedy"]
    assert tried > 30


async def test_null_removes_what_can_be_removed(cast: Cast) -> None:
    clearable = {
        (path, name) for path, fields in (await _changes(cast)).items() for name in fields if _takes_null(fields[name])
    }
    assert clearable == {
        ("/agents/{agent_id}", "webhook_url"),
        ("/agents/{agent_id}/variables/{variable_id}", "value"),
        ("/alert-configs/{config_id}", "agent_id"),
        ("/alert-configs/{config_id}", "team_id"),
        ("/alert-configs/{config_id}", "workflow_id"),
        ("/alert-configs/{config_id}", "group_by"),
        ("/alert-configs/{config_id}", "runbook_url"),
        ("/alert-configs/{config_id}", "tag"),
        ("/alert-configs/{config_id}", "paused_until"),
        ("/alert-channels/{channel_id}", "quiet_hours"),
        ("/webhooks/{webhook_id}", "target_id"),
        ("/alert-maintenance/{window_id}", "config_id"),
        ("/alert-maintenance/{window_id}", "agent_id"),
        ("/alert-maintenance/{window_id}", "tag"),
        ("/alert-maintenance/{window_id}", "severity"),
        ("/budgets/{budget_id}", "limit_usd"),
        ("/budgets/{budget_id}", "limit_tokens"),
        ("/budgets/{budget_id}", "fallback_provider_id"),
        ("/budgets/{budget_id}", "fallback_model"),
        ("/model-providers/{provider_id}", "base_url"),
        ("/model-providers/{provider_id}", "api_key"),
        ("/model-providers/{provider_id}", "default_model"),
        ("/notifications/{notification_id}", "snoozed_until"),
        ("/schedules/{schedule_id}", "start_at"),
        ("/schedules/{schedule_id}", "end_at"),
        ("/schedules/{schedule_id}", "time"),
        ("/variables/{organization_variable_id}", "rotation_days"),
        ("/variables/{organization_variable_id}", "value"),
        ("/workflows/{workflow_id}", "agent_id"),
        ("/tools/{tool_id}", "limits"),
        ("/tools/{tool_id}", "parameters_schema"),
        ("/tools/{tool_id}", "effect"),
        ("/tools/{tool_id}", "credentials"),
    }
    http = cast.olga.http
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    body = {
        "name": f"tool_{cast.marker}",
        "tool_type": "api",
        "configuration": {"method": "GET", "url": "https://example.com/"},
    }
    made = (await http.post("/tools", json={**body, "parameters_schema": schema})).json
    cleared = (await http.patch(f"/tools/{made['id']}", json={"parameters_schema": None})).json
    assert made["parameters_schema"]["properties"]
    assert not cleared["parameters_schema"].get("properties")
