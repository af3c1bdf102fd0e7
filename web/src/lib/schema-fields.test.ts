import { expect, test } from "vitest";
import { fieldsOf, initialTexts, readValues } from "./schema-fields";

const SCHEMA = {
  type: "object",
  properties: {
    price_list: { type: "string", title: "Price list", maxLength: 20_000 },
    currency: { type: "string", default: "EUR" },
    tax_percent: { type: "number", default: 19 },
    count: { type: ["integer", "null"] },
    unit: { type: "string", enum: ["day", "hour"] },
    is_final: { type: "boolean" },
    extra: { type: "object" },
  },
  required: ["price_list", "unit"],
};

test("each property becomes a field of its kind", () => {
  expect(fieldsOf(SCHEMA).map((field) => [field.name, field.label, field.kind, field.isRequired])).toEqual([
    ["price_list", "Price list", "long", true],
    ["currency", "Currency", "text", false],
    ["tax_percent", "Tax percent", "number", false],
    ["count", "Count", "integer", false],
    ["unit", "Unit", "text", true],
    ["is_final", "Is final", "boolean", false],
    ["extra", "Extra", "json", false],
  ]);
});

test("defaults are filled in beforehand", () => {
  expect(initialTexts(SCHEMA)).toMatchObject({ currency: "EUR", tax_percent: "19", price_list: "" });
});

test("what was typed is read as JSON, and what is empty is left out", () => {
  const texts = {
    price_list: "apple 1",
    tax_percent: "7.5",
    unit: "day",
    is_final: "true",
    extra: '{"a":1}',
    currency: " ",
  };

  expect(readValues(SCHEMA, texts)).toEqual({
    values: { price_list: "apple 1", tax_percent: 7.5, unit: "day", is_final: true, extra: { a: 1 } },
    errors: {},
  });
});

test("what is missing or malformed is told at its field", () => {
  expect(readValues(SCHEMA, { tax_percent: "many", count: "1.5", extra: "{" }).errors).toEqual({
    price_list: "Required.",
    unit: "Required.",
    tax_percent: "Must be a number.",
    count: "Must be an integer.",
    extra: "Must be valid JSON.",
  });
});
