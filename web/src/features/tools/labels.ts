import type { Tool } from "@/api/types";

/** What a tool is built on, in words. */
export const KINDS: Record<Tool["tool_type"], string> = {
  api: "HTTP API",
  database: "Database",
  file: "Files",
  custom: "Python",
  mcp: "MCP",
};

/** What repeating a call of a tool would do, in words. */
export const EFFECTS: Record<Tool["effect"], { word: string; sentence: string }> = {
  read_only: { word: "Read-only", sentence: "Calls change nothing. After a crash the call is repeated." },
  idempotent: {
    word: "Idempotent",
    sentence: "A repeated call has no additional effect. It carries the same idempotency key.",
  },
  dangerous: {
    word: "Dangerous",
    sentence: "A call is made at most once. If a crash leaves its outcome unknown, a person decides.",
  },
};

/** Choices of a configuration, in words. */
export const CHOICES: Readonly<Record<string, string>> = {
  postgresql: "PostgreSQL",
  mariadb: "MariaDB",
  mysql: "MySQL",
  sqlite: "SQLite",
  folder: "Folder",
  s3: "S3-compatible store",
  verify: "Verify",
  require: "Require",
  off: "Off",
};
