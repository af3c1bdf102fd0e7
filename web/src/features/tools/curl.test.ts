import { expect, test } from "vitest";
import { readCurl, wordsOf } from "./curl";
import { toolOf } from "./tool-form";

function toolIn(command: string) {
  const { form, problem } = readCurl(command);
  if (!form) throw new Error(problem);
  return toolOf(form, null);
}

test("a command is split as a shell splits it", () => {
  expect(wordsOf(`curl -H 'a: b c' "x \\"y\\"" z\\ w $'line\\nnext' ''`)).toEqual([
    "curl",
    "-H",
    "a: b c",
    'x "y"',
    "z w",
    "line\nnext",
    "",
  ]);
  expect(wordsOf("curl \\\n  https://a.example")).toEqual(["curl", "https://a.example"]);
  expect(wordsOf("curl 'https://a.example")).toBeNull();
});

test("a JSON request becomes a tool whose token is a credential", () => {
  const tool = toolIn(`curl -sS -X POST 'https://api.example.com/v1/orders?dry=1' \\
    -H 'Authorization: Bearer t-1' -H 'Content-Type: application/json' -H 'X-Region: eu' -H 'Sec-Fetch-Mode: cors' \\
    --data-raw '{"customer": "{customer}"}' --compressed`);
  expect(tool.configuration).toMatchObject({
    method: "POST",
    url: "https://api.example.com/v1/orders",
    query: { dry: "1" },
    headers: { "X-Region": "eu" },
    body: { customer: "{customer}" },
    body_type: "json",
  });
  expect(tool.credentials).toEqual({ type: "bearer", token: "t-1" });
  expect(tool.name).toBe("create_orders");
});

test("data makes a POST of a form, and with -G a query", () => {
  expect(toolIn("curl https://a.example/f -d a=1 -d 'b=x y'").configuration).toMatchObject({
    method: "POST",
    body_type: "form",
    body: { a: "1", b: "x y" },
  });
  expect(toolIn("curl -G https://a.example/f --data-urlencode 'q=a&b'").configuration).toMatchObject({
    method: "GET",
    query: { q: "a&b" },
    body: null,
  });
});

test("users, keys and attached values are read", () => {
  expect(toolIn("curl -uolga:p:1 https://a.example").credentials).toEqual({
    type: "basic",
    username: "olga",
    password: "p:1",
  });
  const keyed = toolIn("curl --request=DELETE https://a.example/items/{id} -HX-Api-Key:k");
  expect(keyed.configuration).toMatchObject({ method: "DELETE", url: "https://a.example/items/{id}", headers: {} });
  expect(keyed.credentials).toEqual({ type: "api_key", in: "header", name: "X-Api-Key", value: "k" });
});

test("what is no command, and what a tool does not have, is told", () => {
  expect(readCurl("wget https://a.example").problem).toContain("begin with curl");
  expect(readCurl("curl -s").problem).toContain("no URL");
  expect(readCurl("curl -o out.txt https://a.example").ignored).toEqual(["-o"]);
});
