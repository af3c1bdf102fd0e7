import { describe, expect, it } from "vitest";
import { notUnderstood, text } from "./search";

describe("notUnderstood", () => {
  it("names a parameter with an unknown name or value", () => {
    expect(notUnderstood({ status: "nonsense", page: "abc", q: "x" }, { q: "x" })).toEqual([
      { name: "status", value: "nonsense" },
      { name: "page", value: "abc" },
    ]);
  });

  it("names the entries of a list that were left out", () => {
    expect(notUnderstood({ types: ["tool", "magic"] }, { types: ["tool"] })).toEqual([{ name: "types", value: "magic" }]);
  });

  it("takes a word for the same as the number or the list that was read from it", () => {
    expect(notUnderstood({ q: 123, tag: "a" }, { q: "123", tag: ["a"] })).toEqual([]);
  });

  it("passes over what asks for nothing, and over what follows links", () => {
    expect(notUnderstood({ q: "", versions: false, utm_source: "mail", gclid: "x" }, {})).toEqual([]);
  });

  it("shortens a long value", () => {
    expect(notUnderstood({ x: "y".repeat(100) }, {})[0]?.value).toHaveLength(61);
  });
});

describe("text", () => {
  it("reads words, and numbers as words", () => {
    expect([text("a"), text(5), text(true), text(""), text({}), text(undefined)]).toEqual([
      "a",
      "5",
      "true",
      undefined,
      undefined,
      undefined,
    ]);
  });
});
