/** What an address asks for: how a page reads one parameter, and what of an address it did not understand. */
import { stringifyJson } from "./exact-json";

/** A word; one that looks like a number to the router's parser is a word as well. */
export function text(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

/** Parameters that other programs add to a link in order to follow it; no page is meant. */
const TRACKING = /^(utm_\w+|gclid|fbclid|msclkid|mc_[ce]id)$/;
const SHOWN = 60;

/** The parameters of an address, and of those that are lists the entries, that a page did not take over. */
export function notUnderstood(raw: Record<string, unknown>, understood: Record<string, unknown>): Parameter[] {
  return Object.entries(raw)
    .filter(([name]) => !TRACKING.test(name))
    .map(([name, value]) => ({ name, left: leftOf(value, understood[name]) }))
    .filter(({ left }) => left.length > 0)
    .map(({ name, left }) => ({ name, value: shortened(left.join(", ")) }));
}

/** What is empty or false asks for nothing. */
function leftOf(given: unknown, read: unknown): string[] {
  if (given === "" || given === false || given === null || given === undefined) return [];
  const taken = new Set(listOf(read).map(written));
  return listOf(given)
    .map(written)
    .filter((each) => !taken.has(each));
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined ? [] : [value];
}

function written(value: unknown): string {
  return typeof value === "object" ? stringifyJson(value) : String(value);
}

function shortened(value: string): string {
  return value.length <= SHOWN ? value : `${value.slice(0, SHOWN)}…`;
}
