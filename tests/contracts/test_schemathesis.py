"""Schemathesis reads the OpenAPI document and tries every operation with good and bad input, as Olga with an API key.

It finds no server error, no status and no content type that the document does not name, and no answer of another shape.
Event streams are left out, because they end only with their run; so is what would take Olga's own way in away.
"""

import asyncio
import sys
from pathlib import Path

import psycopg
import pytest

from tests.cast import Cast
from tests.client import Client
from tests.conftest import Postgres

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
LEFT_OUT = (
    r"/events$|/live$|/auth/(sign-out|sign-out-everywhere|password|organization)$|^/api/v1/auth/sessions|"
    r"^/api/v1/api-keys/\{|^/api/v1/members/\{|^/api/v1/organizations|"
    r"^/api/v1/n8n/workflows"  # 503 with the reason when the n8n of a test's connection is not there
)


@pytest.mark.timeout(1800)
async def test_no_input_breaks_an_operation_or_its_contract(
    server: Client, cast: Cast, postgres: Postgres, tmp_path: Path
) -> None:
    # Thousands of requests a minute: the tier of the most, or most operations would only be answered that it is too much.
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET subscription_tier = 'enterprise' WHERE id = %s", (cast.olga.user_id,))
    permissions = (await cast.olga.http.get("/auth/session")).json["permissions"]
    made = await cast.olga.http.post("/api-keys", json={"name": "Schemathesis", "scopes": permissions})
    assert made.status == 201, made.text
    key = made.json["key"]
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{server.base_url}/api/v1/openapi.json"),
        *("--header", f"Authorization: Bearer {key}", "--checks", CHECKS, "--exclude-path-regex", LEFT_OUT),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--suppress-health-check", "all"),
        *("--workers", "1", "--no-color", "--continue-on-failure", "--request-timeout", "120"),
    ]

    process = await asyncio.create_subprocess_exec(
        *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()

    assert process.returncode == 0, output.decode()[-12_000:]
