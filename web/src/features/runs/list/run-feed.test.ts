import { expect, test } from "vitest";
import type { Run } from "@/api/types";
import { newIds, patchPages } from "./run-feed";

const run = (id: string, status = "running") => ({ id, status, agent_id: "a", trigger: "manual" }) as Run;
const pages = [
  { items: [run("9"), run("8")], next_cursor: "x" },
  { items: [run("7")], next_cursor: null },
];

test("a shown run changes in place, and other pages stay the same objects", () => {
  const next = patchPages(pages, [{ id: "7", status: "completed" }]);
  expect(next[1]?.items[0]?.status).toBe("completed");
  expect(next[0]).toBe(pages[0]);
});

test("news of runs that are not shown changes no row", () => {
  expect(patchPages(pages, [{ id: "5", status: "failed" }])).toBe(pages);
});

test("only newer runs that could match are counted, each once", () => {
  const news = [
    { id: "A1", status: "pending" as const },
    { id: "A1", status: "running" as const },
    { id: "5", status: "running" as const },
    { id: "A2", status: "failed" as const },
  ];
  expect(newIds(pages, news, { status: "running" })).toEqual(["A1"]);
  expect(newIds(pages, [{ id: "A3", agent_id: "b" }], { agent_id: "a" })).toEqual([]);
});
