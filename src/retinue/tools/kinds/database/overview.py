"""What a database has, told to a model: tables with their columns, keys and references."""

from typing import cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import ToolResult
from retinue.tools.kinds.database.values import Answer

_MANY_TABLES = 40

MARIADB = """
SELECT t.table_name, CASE t.table_type WHEN 'VIEW' THEN 'view' ELSE 'table' END, c.column_name, c.column_type,
       c.is_nullable = 'YES', c.column_key = 'PRI',
       k.others, c.column_comment
FROM information_schema.tables t
JOIN information_schema.columns c ON c.table_schema = t.table_schema AND c.table_name = t.table_name
LEFT JOIN (
  SELECT table_name, column_name, group_concat(DISTINCT referenced_table_name SEPARATOR ', ') AS others
  FROM information_schema.key_column_usage
  WHERE table_schema = database() AND referenced_table_name IS NOT NULL GROUP BY table_name, column_name
) k ON k.table_name = c.table_name AND k.column_name = c.column_name
WHERE t.table_schema = database() AND (? IS NULL OR t.table_name = ?)
ORDER BY t.table_name, c.ordinal_position
"""


def overview_of(answer: Answer, table: str | None, max_bytes: int) -> ToolResult:
    """Turn the rows of an engine's ``OVERVIEW`` into tables; only their names when there are many or they are large.

    A row is: table, kind, column, type, may be null, is in the primary key, tables referred to, comment.
    """
    tables: dict[str, JsonObject] = {}
    for row in answer.rows.rows:
        entry = tables.setdefault(str(row[0]), {"name": row[0], "kind": row[1], "columns": []})
        cast("list[Json]", entry["columns"]).append(_column(row))
    if table is not None and not tables:
        return ToolResult(f"There is no table {table} that may be read; describe without table lists them.", is_error=True)
    whole: JsonObject = {"tables": list[Json](tables.values())}
    is_large = len(tables) > _MANY_TABLES or len(dumps(whole)) > max_bytes
    if table is None and (is_large or answer.rows.is_cut):
        note = "There are many tables. Describe one by its name to see its columns."
        return ToolResult(
            {"tables": [{"name": each["name"], "kind": each["kind"]} for each in tables.values()], "note": note}
        )
    return ToolResult(whole)


def _column(row: list[Json]) -> JsonObject:
    _, _, name, kind, is_nullable, is_key, references, comment = row
    column: JsonObject = {"name": name, "type": kind}
    if not is_nullable:
        column["not_null"] = True
    if is_key:
        column["primary_key"] = True
    if references:
        column["references"] = references
    if comment:
        column["comment"] = comment
    return column
