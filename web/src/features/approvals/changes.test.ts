import { expect, test } from "vitest";
import { changesOf } from "./changes";

test("fields that differ are listed by their paths, in order", () => {
  const before = { to: "Otto", mail: { subject: "Hello", cc: ["a"] }, gone: 1 };
  const after = { to: "Otto", mail: { subject: "Bye", cc: ["a", "b"] }, added: null };
  expect(changesOf(before, after)).toEqual([
    { field: "mail.subject", before: "Hello", after: "Bye" },
    { field: "mail.cc", before: ["a"], after: ["a", "b"] },
    { field: "gone", before: 1, after: null },
    { field: "added", before: null, after: null },
  ]);
});

test("values that are no objects are compared whole", () => {
  expect(changesOf("a", "b")).toEqual([{ field: "value", before: "a", after: "b" }]);
  expect(changesOf(5, 5)).toEqual([]);
});
