import fc from "fast-check";
import { expect, test } from "vitest";
import { diffTexts } from "./text-diff";

test("what was changed is told word by word", () => {
  expect(diffTexts("You check invoices.\nBe brief.", "You check orders.\nBe brief.")).toEqual([
    { kind: "same", text: "You check " },
    { kind: "removed", text: "invoices." },
    { kind: "added", text: "orders." },
    { kind: "same", text: "\nBe brief." },
  ]);
});

test("equal texts have no changes", () => {
  expect(diffTexts("same", "same")).toEqual([{ kind: "same", text: "same" }]);
  expect(diffTexts("", "")).toEqual([]);
});

test("both texts can be made again from their difference", () => {
  const text = fc
    .array(fc.constantFrom("a", "b", "c", " ", "\n", "word "), { maxLength: 40 })
    .map((words) => words.join(""));

  fc.assert(
    fc.property(text, text, (before, after) => {
      const parts = diffTexts(before, after);
      const without = (kind: string) =>
        parts
          .filter((part) => part.kind !== kind)
          .map((part) => part.text)
          .join("");
      expect(without("added")).toBe(before);
      expect(without("removed")).toBe(after);
    }),
  );
});
