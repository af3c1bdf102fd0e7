import type { Tool } from "@/api/types";

/** What repeating a call of a tool would do, in words. */
export const EFFECTS: Record<Tool["effect"], { word: string; sentence: string }> = {
  read_only: { word: "Reads only", sentence: "A call changes nothing; after a crash it is simply made again." },
  idempotent: { word: "Safe to repeat", sentence: "A repeated call has the effect of one; it carries the same key." },
  dangerous: {
    word: "Never repeated",
    sentence: "A call is made once. If a crash hides what became of it, a person is asked.",
  },
};
