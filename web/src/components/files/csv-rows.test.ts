import fc from "fast-check";
import { expect, test } from "vitest";
import { parseCsv } from "./csv-rows";

test("quotes, doubled quotes, line ends inside quotes and of both kinds", () => {
  expect(parseCsv('a,b\r\n"x, y","say ""hi""\nthere"\nlast,', 10)).toEqual([
    ["a", "b"],
    ["x, y", 'say "hi"\nthere'],
    ["last", ""],
  ]);
});

test("semicolons and tabs are found by themselves", () => {
  expect(parseCsv("a;b;c\n1;2,5;3", 10)[1]).toEqual(["1", "2,5", "3"]);
  expect(parseCsv("a\tb\n1\t2", 10)[1]).toEqual(["1", "2"]);
});

test("no more rows than are shown", () => {
  expect(parseCsv("a\n".repeat(1000), 5)).toHaveLength(5);
  expect(parseCsv("", 5)).toEqual([]);
});

test("whatever the text, there is an end, and no more rows than asked for", () => {
  const text = fc.array(fc.constantFrom('"', ",", ";", "\t", "\r", "\n", "a")).map((characters) => characters.join(""));
  fc.assert(
    fc.property(text, (given) => {
      expect(parseCsv(given, 7).length).toBeLessThanOrEqual(7);
    }),
  );
});
