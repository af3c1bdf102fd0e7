import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { numberOf, parseJson, stringifyJson, withExactJson } from "./exact-json";
import { readValues } from "./schema-fields";

const LONG = `-${"9".repeat(1000)}`;

describe("JSON whose integers stay what they are", () => {
  test("integers of up to a thousand digits are read and written digit by digit", () => {
    for (const digits of ["9007199254740993", "2512292042121000001", "1180591620717411303424", LONG]) {
      const text = `{"id":${digits},"list":[${digits},1,"${digits}"],"deep":{"n":-0.5}}`;
      expect(stringifyJson(parseJson(text))).toBe(text);
    }
  });

  test("a safe integer, a float and a text of digits are what JSON.parse makes of them", () => {
    for (const text of ["9007199254740991", "1e30", "0.1", '"25122920421210000011"', '{"a":12345678901234567.5}', "null"]) {
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }
  });

  test("what is not JSON is refused, and of two values of a key the last one counts", () => {
    expect(() => parseJson('{"n": 01234567890123456789}')).toThrow(SyntaxError);
    expect(() => parseJson("")).toThrow(SyntaxError);
    expect(parseJson('{"n":1,"n":12345678901234567890}')).toEqual({ n: 12345678901234567890n });
    expect(stringifyJson(undefined)).toBe("undefined");
  });

  test("any JSON value survives, `__proto__` too, with integers of any size in it", () => {
    const leaf = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true }));
    const integer = fc.bigInt().map((value) => numberOf(String(value)));
    const any = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        integer,
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value")),
      ),
    })).value;
    fc.assert(
      fc.property(any, (value) => {
        const text = stringifyJson(value);
        expect(stringifyJson(parseJson(text))).toBe(text);
      }),
    );
  });

  test("the body of a reply is exact", async () => {
    const reply = new Response(`{"n":${LONG}}`, { headers: { "Content-Type": "application/json" } });
    expect(await (await withExactJson(reply)).json()).toEqual({ n: BigInt(LONG) });
    const refusal = new Response("no", { status: 500 });
    expect(await withExactJson(refusal)).toBe(refusal);
    const empty = new Response(null, { status: 204, headers: { "Content-Type": "application/json" } });
    expect(await withExactJson(empty)).toBe(empty);
  });

  test("an integer that is typed into a form is exact", () => {
    const schema = { properties: { id: { type: "integer" } } };
    expect(readValues(schema, { id: "2512292042121000001" }).values).toEqual({ id: 2512292042121000001n });
    expect(readValues(schema, { id: "1.5" }).errors).toHaveProperty("id");
  });
});
