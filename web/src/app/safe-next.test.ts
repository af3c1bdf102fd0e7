import { expect, test } from "vitest";
import { safeNext } from "./safe-next";

test.each([
  [undefined, "/"],
  ["/runs?status=failed", "/runs?status=failed"],
  ["//elsewhere.example", "/"],
  ["https://elsewhere.example", "/"],
  ["/\\elsewhere.example", "/"],
])("after signing in, %s leads to %s", (next, to) => {
  expect(safeNext(next)).toBe(to);
});
