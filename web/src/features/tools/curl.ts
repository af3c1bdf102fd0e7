/** A curl command, as terminals and browsers copy it, read into the form of a tool. Secrets go under Authentication. */
import { readJson } from "@/lib/read-json";
import { NO_SIGN_IN, type SignIn } from "./sign-in";
import { formOf, newPair, type Pair, type ToolForm } from "./tool-form";

export interface ReadCommand {
  readonly form?: ToolForm;
  /** Options that a tool does not have. */
  readonly ignored: readonly string[];
  readonly problem?: string;
}

interface Command {
  url: string;
  method: string;
  headers: [name: string, value: string][];
  data: string[];
  isJson: boolean;
  isQuery: boolean;
  user: string;
  ignored: string[];
}

const QUIET = new Set("s S L i v f g k # compressed silent show-error location include verbose fail insecure".split(" "));
const WITH_VALUE = new Set(
  "o output m max-time connect-timeout retry w write-out x proxy cacert cert key c cookie-jar max-redirs".split(" "),
);
const LONG: Readonly<Record<string, string>> = {
  request: "X",
  header: "H",
  data: "d",
  "data-raw": "d",
  "data-binary": "d",
  "data-ascii": "d",
  user: "u",
  get: "G",
  head: "I",
  "user-agent": "A",
  referer: "e",
  cookie: "b",
};
const OF_A_BROWSER = /^(sec-|accept-encoding$|accept-language$|connection$|content-length$|host$|origin$|priority$)/i;
const SECRET = /(^|-)(api-?key|token|secret|auth)(-|$)/i;

/** Splits a command as a shell does: quotes, escapes, and lines that go on. Null where a quote is not closed. */
export function wordsOf(command: string): string[] | null {
  const text = command.replace(/\\\r?\n/g, " ");
  const part = /\s+|'([^']*)'|\$'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\])/gsy;
  const words: string[] = [];
  let word: string | null = null;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (found === null) return null;
    const [, single, ansi, double, escaped, plain] = found;
    const piece =
      single ??
      (ansi === undefined ? undefined : unescaped(ansi)) ??
      double?.replace(/\\(["\\$`])/g, "$1") ??
      escaped ??
      plain;
    if (piece !== undefined) word = (word ?? "") + piece;
    else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})|\\(.)/gs, (_, code: string | undefined, char: string) =>
    code === undefined ? (ESCAPES[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

export function readCurl(text: string): ReadCommand {
  const words = wordsOf(text.trim());
  if (words === null) return { ignored: [], problem: "A quote is not closed." };
  if (words[0] !== "curl" && words[0] !== "curl.exe") return { ignored: [], problem: "The command must begin with curl." };
  const command = commandOf(words.slice(1));
  if (!/^(https?:\/\/|\{\{)/.test(command.url)) {
    return { ignored: [], problem: "The command has no URL that begins with http:// or https://." };
  }
  return { form: formOfCommand(command), ignored: command.ignored };
}

function commandOf(words: readonly string[]): Command {
  const command: Command = {
    url: "",
    method: "",
    headers: [],
    data: [],
    isJson: false,
    isQuery: false,
    user: "",
    ignored: [],
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    if (!word.startsWith("-") || word === "-") {
      command.url ||= word;
      continue;
    }
    const { option, value } = optionOf(word);
    if (QUIET.has(option) || (/^[sSLivfgk]+$/.test(option) && value === undefined)) continue;
    if (option === "G") command.isQuery = true;
    else if (option === "I") command.method ||= "HEAD";
    else {
      const given = value ?? words[++at] ?? "";
      take(command, option, given, word);
    }
  }
  return command;
}

/** An option with the value that is written to it: `-XPOST`, `--request=POST`. */
function optionOf(word: string): { option: string; value?: string } {
  if (word.startsWith("--")) {
    const [name = "", ...rest] = word.slice(2).split("=");
    const option = LONG[name] ?? name;
    return rest.length > 0 ? { option, value: rest.join("=") } : { option };
  }
  if (word.length > 2 && "XHduAeb".includes(word[1] ?? "")) return { option: word[1] ?? "", value: word.slice(2) };
  return { option: word.slice(1) };
}

function take(command: Command, option: string, value: string, word: string): void {
  if (option === "X") command.method = value.toUpperCase();
  else if (option === "url") command.url ||= value;
  else if (option === "H") addHeader(command, value);
  else if (option === "A") command.headers.push(["User-Agent", value]);
  else if (option === "e") command.headers.push(["Referer", value]);
  else if (option === "b") command.headers.push(["Cookie", value]);
  else if (option === "u") command.user = value;
  else if (option === "json") {
    command.isJson = true;
    command.data.push(value);
  } else if (option === "d") command.data.push(value);
  else if (option === "data-urlencode") command.data.push(encoded(value));
  else {
    command.ignored.push(word);
    // An option that is not known: what follows it is taken for its value unless it looks like the URL.
    if (!WITH_VALUE.has(option) && /^https?:\/\//.test(value)) command.url ||= value;
  }
}

function encoded(value: string): string {
  const at = value.indexOf("=");
  return at < 0 ? encodeURIComponent(value) : `${value.slice(0, at)}=${encodeURIComponent(value.slice(at + 1))}`;
}

function addHeader(command: Command, line: string): void {
  const at = line.indexOf(":");
  if (at > 0) command.headers.push([line.slice(0, at).trim(), line.slice(at + 1).trim()]);
}

function formOfCommand(command: Command): ToolForm {
  const { url, query } = splitUrl(command.url);
  const data = command.data.join("&");
  const sent = command.headers.find(([name]) => name.toLowerCase() === "content-type")?.[1] ?? "";
  const signIn = signInOf(command);
  const headers = command.headers.filter(
    ([name]) => !OF_A_BROWSER.test(name) && !/^(authorization|content-type)$/i.test(name) && name !== signIn.keyName,
  );
  const method = command.method || (data !== "" && !command.isQuery ? "POST" : "GET");
  const isBody = data !== "" && !command.isQuery;
  return {
    ...formOf(null),
    name: nameOf(method, url),
    method,
    url,
    query: [...query, ...(command.isQuery ? pairsIn(data) : [])],
    headers: headers.map(([name, value]) => newPair(name, value)),
    ...(isBody ? bodyOf(command.isJson ? "application/json" : sent, data) : {}),
    signIn,
  };
}

function splitUrl(whole: string): { url: string; query: Pair[] } {
  const [url = "", query = ""] = whole.split("#")[0]?.split(/\?(.*)/s) ?? [];
  return { url, query: pairsIn(query) };
}

function pairsIn(text: string): Pair[] {
  return [...new URLSearchParams(text)].map(([name, value]) => newPair(name, value));
}

function bodyOf(type: string, data: string): Pick<ToolForm, "bodyType" | "body"> {
  const { value } = readJson(data);
  if (value !== undefined && (type.includes("json") || typeof value === "object")) return { bodyType: "json", body: data };
  if (type === "" || type.includes("x-www-form-urlencoded")) return { bodyType: "form", body: objectIn(data) };
  return { bodyType: "text", body: data };
}

/** The fields of a form as the JSON object that the tool's body is. */
function objectIn(data: string): string {
  const lines = [...new URLSearchParams(data)].map(([name, value]) => `  ${quoted(name)}: ${quoted(value)}`);
  return `{\n${lines.join(",\n")}\n}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}

function signInOf({ headers, user }: Command): SignIn {
  const authorization = headers.find(([name]) => name.toLowerCase() === "authorization")?.[1] ?? "";
  const [scheme = "", ...rest] = authorization.split(" ");
  const secret = rest.join(" ").trim();
  if (scheme.toLowerCase() === "bearer") return { ...NO_SIGN_IN, kind: "bearer", token: secret };
  const basic = user || (scheme.toLowerCase() === "basic" ? decoded(secret) : "");
  if (basic !== "") {
    const [username = "", ...password] = basic.split(":");
    return { ...NO_SIGN_IN, kind: "basic", username, password: password.join(":") };
  }
  const key =
    authorization === "" ? headers.find(([name]) => SECRET.test(name)) : (["Authorization", authorization] as const);
  return key ? { ...NO_SIGN_IN, kind: "api_key", place: "header", keyName: key[0], keyValue: key[1] } : NO_SIGN_IN;
}

function decoded(text: string): string {
  try {
    return atob(text);
  } catch {
    return "";
  }
}

/** A name to begin with: what the call does, and to what. */
function nameOf(method: string, url: string): string {
  const path = url.replace(/^https?:\/\/[^/]*/, "").split("/");
  const nouns = path.filter((part) => /^[A-Za-z][A-Za-z_-]*$/.test(part)).slice(-2);
  const verb =
    { GET: "get", HEAD: "check", POST: "create", PUT: "put", PATCH: "update", DELETE: "delete" }[method] ?? "call";
  return [verb, ...nouns].join("_").replace(/-/g, "_").slice(0, 64);
}
