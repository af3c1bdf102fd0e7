/**
 * JSON whose integers stay what they are. An integer that a number of JavaScript cannot hold is a bigint; everything else is
 * as `JSON` has it, and `JSON` does the work: such integers pass through it as texts with a mark that no other text has.
 * The rest of the console uses these functions and never `JSON` itself.
 */
import { newKey } from "./new-key";

/** A number of sixteen digits or more where a value may stand: only a text with one needs more than `JSON.parse`. */
const LONG_NUMBER = /(?:^|[\s:,[])-?\d{16}/;
const INTEGER = /^-?\d+$/;
const NUMBER = /-?\d[\d.eE+-]*/y;

/** The value of a text. Throws a `SyntaxError` when it is not JSON. */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!LONG_NUMBER.test(text)) return value;
  const mark = newKey();
  return JSON.parse(markLongIntegers(text, mark), (_, each: unknown) =>
    typeof each === "string" && each.startsWith(mark) ? BigInt(each.slice(mark.length)) : each,
  );
}

/** The text with its long integers written as marked texts. */
function markLongIntegers(text: string, mark: string): string {
  const parts: string[] = [];
  let written = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === MINUS || (char >= ZERO && char <= NINE)) {
      const digits = numberAt(text, at);
      if (typeof numberOf(digits) === "bigint") {
        parts.push(text.slice(written, at), `"${mark}${digits}"`);
        written = at + digits.length;
      }
      at += digits.length - 1;
    }
  }
  return [...parts, text.slice(written)].join("");
}

const [QUOTE, MINUS, ZERO, NINE, BACKSLASH] = [0x22, 0x2d, 0x30, 0x39, 0x5c] as const;

/** Where the string ends that begins at this quote. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === BACKSLASH) at++;
    else if (char === QUOTE) return at;
  }
  return text.length;
}

function numberAt(text: string, at: number): string {
  NUMBER.lastIndex = at;
  return NUMBER.exec(text)?.[0] ?? "-";
}

/** The number that is written so: a bigint for an integer that a double would change. */
export function numberOf(text: string): number | bigint {
  const value = Number(text);
  return INTEGER.test(text) && !Number.isSafeInteger(value) ? BigInt(text) : value;
}

/** The text of a value, integers with all their digits; "undefined" for a value that JSON does not have. */
export function stringifyJson(value: unknown, indent = 0): string {
  const mark = newKey();
  let isMarked = false;
  const text = JSON.stringify(
    value,
    (_, each: unknown) => {
      if (typeof each !== "bigint") return each;
      isMarked = true;
      return `${mark}${each}`;
    },
    indent,
  );
  if (text === undefined) return "undefined";
  return isMarked ? text.replaceAll(new RegExp(`"${mark}(-?\\d+)"`, "g"), "$1") : text;
}

/** A response of this status has no body, whatever its headers say, and none may be made with one. */
const NO_CONTENT = 204;

/** The response with an exact `json`; others, such as streams and refusals, as they are. */
export async function withExactJson(response: Response): Promise<Response> {
  const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
  if (!response.ok || !isJson || response.status === NO_CONTENT) return response;
  const text = await response.text();
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  // openapi-fetch takes `json` only when it knows the length, and the length of what was compressed is another.
  headers.set("Content-Length", String(text.length));
  const exact = new Response(text, { status, statusText, headers });
  exact.json = async () => parseJson(text);
  return exact;
}
