import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownBlocks } from "./markdown-blocks";

test("nothing is lost by cutting", () => {
  const line = fc.constantFrom("", "text", "- item", "  more", "```", "```js", "# title", "| a | b |", "1. one", "> quote");
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      const text = lines.join("\n");
      expect(markdownBlocks(text).join("\n")).toBe(text);
    }),
  );
});

test("paragraphs are cut; fences, lists and texts with references are not", () => {
  expect(markdownBlocks("one\n\ntwo")).toHaveLength(2);
  expect(markdownBlocks("```\none\n\ntwo\n```")).toHaveLength(1);
  expect(markdownBlocks("- one\n\n- two\n\n  more")).toHaveLength(1);
  expect(markdownBlocks("one [a][1]\n\ntwo\n\n[1]: https://example.test")).toHaveLength(1);
});

test("earlier blocks stay the same while the text grows", () => {
  const before = markdownBlocks("one\n\ntwo\n\nthr");
  const after = markdownBlocks("one\n\ntwo\n\nthree");
  expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
});
