import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { changed, DEPTH, type History, historyOf, redone, undone } from "./history";

function made(count: number, key: string | null = null, step = 1000): History<number> {
  let history = historyOf(0);
  for (let value = 1; value <= count; value++) history = changed(history, value, key, value * step);
  return history;
}

const ACTS = {
  do: (history: History<number>, at: number) => changed(history, at + 1, null, at),
  undo: undone<number>,
  redo: redone<number>,
};

describe("the history of a draft", () => {
  it("undoes and redoes one change after the other", () => {
    const history = undone(undone(made(3)));

    expect(history.present).toBe(1);
    expect(redone(redone(history)).present).toBe(3);
    expect(redone(made(1))).toEqual(made(1));
  });

  it("is 500 deep", () => {
    let history = made(DEPTH + 20);
    for (let count = 0; count < DEPTH + 50; count++) history = undone(history);

    expect(history.present).toBe(20);
  });

  it("takes typing in one field for one change, until it rests", () => {
    expect(undone(made(5, "name", 100)).present).toBe(0);
    expect(undone(made(5, "name", 600)).present).toBe(4);
    expect(undone(changed(made(1, "name"), 2, "other", 1001)).present).toBe(1);
  });

  it("forgets what was undone when something else is done", () => {
    const history = changed(undone(made(2)), 9, null, 5000);

    expect(redone(history).present).toBe(9);
    expect(undone(history).present).toBe(1);
  });

  it("comes back to where it was, whatever was done", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("do", "undo", "redo"), { maxLength: 60 }), (acts) => {
        const history = acts.reduce((before, act, at) => ACTS[act](before, at), historyOf(0));
        if (history.past.length > 0) expect(redone(undone(history)).present).toBe(history.present);
        if (history.future.length > 0) expect(undone(redone(history)).present).toBe(history.present);
      }),
    );
  });
});
