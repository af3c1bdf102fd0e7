import { expect, test } from "vitest";
import { parseCsv } from "./csv";

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
