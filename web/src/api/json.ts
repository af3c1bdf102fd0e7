/** A JSON value, and an object of them. An integer that a number cannot hold is a bigint; see lib/exact-json.ts. */
export type Json = string | number | bigint | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };
