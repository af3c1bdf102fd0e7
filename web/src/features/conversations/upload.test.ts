import { expect, test } from "vitest";
import { LARGEST_BYTES, refusalOf } from "./upload";

test("empty files, programs and what is too large are refused before they are sent", () => {
  expect(refusalOf({ name: "a.txt", size: 10 })).toBeNull();
  expect(refusalOf({ name: "a.txt", size: 0 })).toContain("empty");
  expect(refusalOf({ name: "a.pdf", size: LARGEST_BYTES + 1 })).toContain("larger");
  expect(refusalOf({ name: "setup.EXE", size: 10 })).toContain("program");
});
