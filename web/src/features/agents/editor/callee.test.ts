import { expect, test } from "vitest";
import { calleeName } from "./callee";

test("a name is made of letters, digits and _, and is unique", () => {
  expect(calleeName("Market research (EU)", new Set())).toBe("ask_market_research_eu");
  expect(calleeName("Desk", new Set(["ask_desk", "ask_desk_2"]))).toBe("ask_desk_3");
  expect(calleeName("研究", new Set())).toBe("ask_agent");
  expect(calleeName("x".repeat(200), new Set())).toHaveLength(60);
});
