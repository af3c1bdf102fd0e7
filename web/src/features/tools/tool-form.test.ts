import { expect, test } from "vitest";
import type { Tool } from "@/api/types";
import { NO_SIGN_IN } from "./sign-in";
import { effectOf, formOf, newPair, placesIn, problemsIn, toolOf } from "./tool-form";

const STORED = {
  name: "look_up",
  description: "Looks something up.",
  tool_type: "api",
  configuration: {
    method: "POST",
    url: "https://api.example.com/{kind}",
    query: { limit: "{limit}" },
    headers: { "X-Region": "eu" },
    body: ["{items}"],
    body_type: "json",
    response: { select: "/data", max_chars: 500 },
    errors: { "404": "It is gone." },
    idempotency_header: null,
  },
  parameters_schema: { type: "object" },
  effect: "read_only",
  has_credentials: true,
} as unknown as Tool;

test("a stored tool that is saved as it was is the same, and its credentials are not touched", () => {
  const { configuration, effect, parameters_schema, ...rest } = toolOf(formOf(STORED), STORED);
  expect(configuration).toEqual(STORED.configuration);
  expect([effect, parameters_schema]).toEqual(["read_only", { type: "object" }]);
  expect("credentials" in rest).toBe(false);
});

test("an effect that is the method's own follows the method when that is changed", () => {
  const reading = { ...STORED, configuration: { ...STORED.configuration, method: "GET" } };
  expect(toolOf({ ...formOf(reading), method: "POST" }, reading).effect).toBeNull();
  expect(["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"].map(effectOf)).toEqual([
    "read_only",
    "read_only",
    "idempotent",
    "idempotent",
    "dangerous",
    "dangerous",
  ]);
});

test("each way of signing in is the document that the API takes", () => {
  const form = formOf(null);
  const credentials = (signIn: object) => toolOf({ ...form, signIn: { ...NO_SIGN_IN, ...signIn } }, null).credentials;
  expect(credentials({ kind: "none" })).toBeNull();
  expect(credentials({ kind: "bearer", token: "t" })).toEqual({ type: "bearer", token: "t" });
  expect(credentials({ kind: "api_key", place: "query", keyName: " key ", keyValue: "v" })).toEqual({
    type: "api_key",
    in: "query",
    name: "key",
    value: "v",
  });
  expect(credentials({ kind: "basic", username: "u", password: "p" })).toEqual({
    type: "basic",
    username: "u",
    password: "p",
  });
});

test("rows without a name are left out, and a method that reads has no body", () => {
  const form = { ...formOf(STORED), method: "GET", headers: [newPair("", "lost"), newPair(" X-A ", "1")] };
  expect(toolOf(form, STORED).configuration).toMatchObject({ headers: { "X-A": "1" }, body: null });
});

test("a body that is no JSON keeps the form, unless it is sent as plain text", () => {
  const form = { ...formOf(null), method: "POST", body: "hello {name}" };
  expect(problemsIn(form).body).toContain("Invalid JSON");
  expect(problemsIn({ ...form, bodyType: "text" })).toEqual({});
  expect(problemsIn({ ...form, body: "[1]" })).toEqual({});
  expect(problemsIn({ ...form, bodyType: "form", body: "[1]" }).body).toContain("object");
  expect(problemsIn({ ...form, method: "GET" })).toEqual({});
});

test("the server's problems have their places: a row by its name, credentials by their kind", () => {
  const places = placesIn({ ...formOf(STORED), signIn: { ...NO_SIGN_IN, kind: "api_key" } });
  expect(places.has("configuration.headers.X-Region.[key]")).toBe(true);
  expect(places.has("credentials.api_key.value")).toBe(true);
  expect(places.has("credentials.bearer.token")).toBe(false);
  expect(places.has("configuration.response.select")).toBe(true);
  expect(places.has("configuration.errors.404")).toBe(true);
  expect(places.has("configuration.builtin")).toBe(false);
});
