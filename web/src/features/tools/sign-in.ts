/** How a tool signs in, as it is typed, and the document the API takes of it. */
import type { JsonObject } from "@/api/types";

export type SignInKind = "kept" | "none" | "bearer" | "api_key" | "basic";

export interface SignIn {
  readonly kind: SignInKind;
  readonly token: string;
  readonly place: "header" | "query" | "cookie";
  readonly keyName: string;
  readonly keyValue: string;
  readonly username: string;
  readonly password: string;
}

export const NO_SIGN_IN: SignIn = {
  kind: "none",
  token: "",
  place: "header",
  keyName: "",
  keyValue: "",
  username: "",
  password: "",
};

/** The credentials: null are none, undefined leaves those that are stored. */
export function credentialsOf(signIn: SignIn): JsonObject | null | undefined {
  switch (signIn.kind) {
    case "kept":
      return undefined;
    case "none":
      return null;
    case "bearer":
      return { type: "bearer", token: signIn.token };
    case "api_key":
      return { type: "api_key", in: signIn.place, name: signIn.keyName.trim(), value: signIn.keyValue };
    case "basic":
      return { type: "basic", username: signIn.username, password: signIn.password };
  }
}

const FIELDS: Partial<Record<SignInKind, readonly string[]>> = {
  bearer: ["token"],
  api_key: ["name", "value"],
  basic: ["username", "password"],
};

/** The names under which the server tells what is wrong with what is shown. */
export function signInPlaces(kind: SignInKind): string[] {
  return ["credentials", ...(FIELDS[kind] ?? []).map((field) => `credentials.${kind}.${field}`)];
}

/** What to begin with, of the ways that a document offers: the first of them, without its secret. */
export function suggestedSignIn(offered: readonly JsonObject[]): SignIn {
  const first = offered[0];
  if (first?.type === "bearer" || first?.type === "basic") return { ...NO_SIGN_IN, kind: first.type };
  if (first?.type !== "api_key") return NO_SIGN_IN;
  const place = first.in === "query" || first.in === "cookie" ? first.in : "header";
  return { ...NO_SIGN_IN, kind: "api_key", place, keyName: String(first.name ?? "") };
}
