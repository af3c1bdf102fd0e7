import { expect, test } from "vitest";
import { csvOf } from "./csv";

test("quotes, commas and line breaks stay in their cell", () => {
  expect(
    csvOf(
      ["a", "b"],
      [
        ['say "hi"', "1,5"],
        ["two\nlines", null],
      ],
    ),
  ).toBe('a,b\r\n"say ""hi""","1,5"\r\n"two\nlines",');
});

test("a text that begins like a formula is none, a number stays one", () => {
  expect(csvOf(["a", "b"], [["=1+1", -3]])).toBe("a,b\r\n'=1+1,-3");
});
