"""Hostile documents: each is refused by field and remedy, by a child process with limits of its own."""

import pytest

from tests.cast import Cast

_NINE = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param(f"openapi: 3.1.0\n{_NINE}", "more than 3,000,000 parts, counting what aliases repeat", id="aliases"),
        pytest.param("openapi: 3.1.0\npaths: &p {a: *p}", "uses the anchor *p before it is defined at line 2", id="itself"),
        pytest.param("[" * 100_000, "is nested more than 200 levels deep at line 1", id="brackets"),
        pytest.param('{"openapi": ' + "[" * 900 + "]" * 900 + "}", "is nested more than 200 levels deep", id="deep"),
        pytest.param("a: " + "- " * 5000, "is neither JSON nor YAML", id="sequences"),
        pytest.param("openapi: 3.1.0\n" + "\n".join(" " * n + f"a{n}:" for n in range(300)), "levels deep", id="indents"),
        pytest.param(f"openapi: 3.1.0\nx: {'9' * 5000}", "has a number of more than 1,000 digits at line 2", id="integer"),
        pytest.param(f'{{"openapi": "3.1.0", "x": {"9" * 5000}}}', "has a number of more than 1,000 digits", id="json"),
        pytest.param("openapi: 3.1.0\n? [a, b]\n: c", "has a key that is not a string", id="key"),
        pytest.param("openapi: 3.1.0\n<<: " + "[" * 150 + "]" * 150, "describes no operation", id="merge"),
        pytest.param("openapi: 3.1.0\nx: !!python/object/apply:os.system ['id']", "describes no operation", id="tag"),
        pytest.param("openapi: 3.1.0\nx: \x01", "holds characters that YAML does not allow", id="control"),
        pytest.param("%YAML 3.0\n---\na: 1", "is neither JSON nor YAML", id="directive"),
    ],
)  # fmt: skip
async def test_a_hostile_document_is_refused_by_field_and_remedy(cast: Cast, document: str, message: str) -> None:
    answer = await cast.anna.http.post("/tools/import-openapi", json={"document": document})

    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (422, ["document"]), answer.text
    assert message in answer.json["errors"][0]["message"]
    assert answer.json["remedy"]


async def test_a_document_that_needs_too_much_memory_is_refused(cast: Cast) -> None:
    parts = ",".join(f"{n}: {{}}" for n in range(900_000))
    answer = await cast.anna.http.post(
        "/tools/import-openapi", json={"document": f"{{openapi: 3.1.0, x: {{{parts[:9_000_000]}"}
    )

    assert answer.status == 422, answer.text
    assert answer.json["errors"][0]["field"] == "document"
    assert answer.json["remedy"]
