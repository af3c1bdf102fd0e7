import { expect, test } from "vitest";
import { LARGEST_PICTURE_BYTES, refusalOf } from "./upload";

test("pictures and texts may be attached, and what nobody has named", () => {
  expect(refusalOf({ name: "a.png", size: 10, type: "image/png" })).toBeNull();
  expect(refusalOf({ name: "a.txt", size: 10, type: "text/plain" })).toBeNull();
  expect(refusalOf({ name: "a.json", size: 10, type: "application/json" })).toBeNull();
  expect(refusalOf({ name: "Makefile", size: 10, type: "" })).toBeNull();
});

test("what is empty, too large or of another kind is refused before it is sent", () => {
  expect(refusalOf({ name: "a.txt", size: 0, type: "text/plain" })).toContain("empty");
  expect(refusalOf({ name: "a.png", size: LARGEST_PICTURE_BYTES + 1, type: "image/png" })).toContain("larger");
  expect(refusalOf({ name: "a.zip", size: 10, type: "application/zip" })).toContain("neither");
  expect(refusalOf({ name: "a.svg", size: 10, type: "image/svg+xml" })).toContain("neither");
});
