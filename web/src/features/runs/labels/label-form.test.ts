import { describe, expect, test } from "vitest";
import { filterOf, readRunsSearch } from "../list/runs-search";
import { formOf, hasProblem, metadataOf, problemOf, withRow, withTags } from "./label-form";

describe("tags and metadata while they are edited", () => {
  test("several tags are typed at once, trimmed and unique", () => {
    expect(withTags(["a"], " b, a ,,c\nd ")).toEqual(["a", "b", "c", "d"]);
  });

  test("an empty row is left out; a value without a key and a repeated key are problems", () => {
    const rows = withRow(withRow(formOf([], { order: "17" }).rows));
    expect(metadataOf({ tags: [], rows })).toEqual({ order: "17" });
    expect(hasProblem({ tags: [], rows })).toBe(false);
    const filled = rows.map((row, index) => ({ ...row, ...[{}, { key: " order" }, { value: "x" }][index] }));
    expect(filled.map((row) => problemOf(row, filled))).toEqual([
      undefined,
      "“order” is there twice.",
      "Enter a key for this value.",
    ]);
  });
});

describe("filters in the address", () => {
  test("one tag or several; an entry becomes key:value; what is not an entry is left out", () => {
    const search = readRunsSearch({ tag: "billing", metadata: ["order=17=a", "nothing"], outcome: "warning" });
    expect(search).toEqual({ tag: ["billing"], metadata: ["order=17=a"], outcome: "warning" });
    expect(filterOf(search, "")).toEqual({ tag: ["billing"], metadata: ["order:17=a"], outcome: "warning" });
    expect(readRunsSearch({ tag: [17, 17, ""], outcome: "fine" })).toEqual({ tag: ["17"] });
  });
});
