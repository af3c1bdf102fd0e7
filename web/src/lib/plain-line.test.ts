import { expect, test } from "vitest";
import { plainLine } from "./plain-line";

test("marks of Markdown are left out of a preview", () => {
  expect(plainLine("**Queue: orders.** The parcel left")).toBe("Queue: orders. The parcel left");
  expect(plainLine("# Tides - high, `low` ## Winds")).toBe("Tides - high, low Winds");
  expect(plainLine("See [the table](https://example.com/tides) of ~~May~~ June")).toBe("See the table of May June");
});

test("what only looks like a mark stays", () => {
  expect(plainLine("3*4 in snake_case_name")).toBe("3*4 in snake_case_name");
  expect(plainLine("cut ** off at the en**")).toBe("cut ** off at the en**");
});
