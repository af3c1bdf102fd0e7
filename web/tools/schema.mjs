// Writes src/api/schema.d.ts from the API's OpenAPI document. JSON values refer to themselves, which TypeScript cannot follow
// through an indexed access: they are taken from src/api/json.ts.
import { writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const JSON_TYPES = {
  JsonInput: "Json",
  Json: "Json",
  JsonObjectInput: "JsonObject",
  JsonObject: "JsonObject",
};
const source = new URL("../../docs/reference/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);

const ast = await openapiTS(source, {
  defaultNonNullable: false,
  inject: 'import type { Json, JsonObject } from "./json";\n',
  transform(_, { path }) {
    const name = JSON_TYPES[/^#\/components\/schemas\/([^/]+)$/.exec(path ?? "")?.[1] ?? ""];
    return name ? ts.factory.createTypeReferenceNode(name) : undefined;
  },
});
writeFileSync(target, astToString(ast));
