"""Names in the OpenAPI document, from which clients are generated: operations are ``verb_noun``, schemas are nouns."""

import re
from typing import Any

from retinue.api import create_app
from retinue.core.http.openapi_names import rename_schemas
from retinue.process import Process

_VERBS = {
    "accept", "activate", "answer", "apply", "assign", "authorize", "backfill", "cancel", "change", "check", "claim",
    "clear", "compare", "add", "complete", "extend", "fail", "finish", "rotate",
    "confirm", "create", "decide", "delete", "deploy", "disable", "duplicate", "end", "enroll", "export", "fork", "get",
    "find",
    "import", "list", "pause", "preview", "publish", "query", "rebuild", "receive", "refresh", "regenerate", "remove",
    "renew", "report", "reset", "restore", "resume", "retry", "revoke", "roll", "run", "send", "set", "sign", "start",
    "stop", "stream", "switch", "test", "unpublish", "update", "upload", "validate",
}  # fmt: skip
_VAGUE = {"Body", "Data", "Info", "Item", "Status", "Type", "Kind", "Level", "Category", "Result", "Row", "State"}
_OPERATION = re.compile(r"[a-z]+(_(n8n|[a-z]+))+")
_SCHEMA = re.compile(r"(N8n|[A-Z][a-z]+)+")


def _document(process: Process) -> dict[str, Any]:
    return create_app(process).openapi()


def test_every_operation_id_is_a_unique_verb_and_noun(process: Process) -> None:
    operations = [each for path in _document(process)["paths"].values() for each in path.values()]
    ids = [each["operationId"] for each in operations]

    wrong = [each for each in ids if not _OPERATION.fullmatch(each) or each.partition("_")[0] not in _VERBS]
    assert wrong == [], "name the route's function verb_noun, and add a new verb to _VERBS"
    assert sorted(ids) == sorted(set(ids))


def test_every_schema_has_a_public_name(process: Process) -> None:
    names = list(_document(process)["components"]["schemas"])

    wrong = [name for name in names if not _SCHEMA.fullmatch(name) or name in _VAGUE or name.endswith("Body")]
    assert wrong == [], "give the schema a noun in openapi_names.NAMES"


def test_every_reference_names_a_schema(process: Process) -> None:
    document = _document(process)
    referred = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))

    assert referred - set(document["components"]["schemas"]) == set()


def test_schemas_that_would_share_a_name_keep_theirs() -> None:
    renamed = rename_schemas({"components": {"schemas": {"Step": {}, "RunStep": {}, "Sender": {}}}})

    assert set(renamed["components"]["schemas"]) == {"Step", "RunStep", "MessageSender"}
