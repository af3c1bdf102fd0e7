/** How a tool signs in, as it is typed, and the document the API takes of it. */
import type { JsonObject } from "@/api/types";

export type SignInKind = "kept" | "none" | "bearer" | "api_key" | "basic" | "oauth2";

export interface SignIn {
  readonly kind: SignInKind;
  readonly token: string;
  readonly place: "header" | "query" | "cookie";
  readonly keyName: string;
  readonly keyValue: string;
  readonly username: string;
  readonly password: string;
  readonly grant: "authorization_code" | "client_credentials";
  readonly owner: "organization" | "user";
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: string;
}

export const NO_SIGN_IN: SignIn = {
  kind: "none",
  token: "",
  place: "header",
  keyName: "",
  keyValue: "",
  username: "",
  password: "",
  grant: "authorization_code",
  owner: "organization",
  authorizeUrl: "",
  tokenUrl: "",
  clientId: "",
  clientSecret: "",
  scopes: "",
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
    case "oauth2":
      return oauthOf(signIn);
  }
}

function oauthOf(signIn: SignIn): JsonObject {
  const scopes = signIn.scopes.split(/[\s,]+/).filter((scope) => scope !== "");
  return {
    type: "oauth2",
    grant: signIn.grant,
    token_url: signIn.tokenUrl.trim(),
    client_id: signIn.clientId.trim(),
    ...(signIn.clientSecret === "" ? {} : { client_secret: signIn.clientSecret }),
    ...(scopes.length === 0 ? {} : { scopes }),
    ...(signIn.grant === "authorization_code" ? { authorize_url: signIn.authorizeUrl.trim(), owner: signIn.owner } : {}),
  };
}

const FIELDS: Partial<Record<SignInKind, readonly string[]>> = {
  bearer: ["token"],
  api_key: ["name", "value"],
  basic: ["username", "password"],
  oauth2: ["grant", "owner", "authorize_url", "token_url", "client_id", "client_secret", "scopes"],
};

/** The names under which the server tells what is wrong with what is shown. */
export function signInPlaces(kind: SignInKind): string[] {
  return ["credentials", `credentials.${kind}`, ...(FIELDS[kind] ?? []).map((field) => `credentials.${kind}.${field}`)];
}

/** OAuth 2 as a document's flows name it; null for flows that are not supported. */
function oauthSignIn(flows: Record<string, JsonObject>): SignIn | null {
  const byPerson = flows.authorizationCode ?? flows.accessCode;
  const flow = byPerson ?? flows.clientCredentials ?? flows.application;
  if (!flow) return null;
  return {
    ...NO_SIGN_IN,
    kind: "oauth2",
    grant: byPerson ? "authorization_code" : "client_credentials",
    authorizeUrl: String(flow.authorizationUrl ?? ""),
    tokenUrl: String(flow.tokenUrl ?? ""),
    scopes: Array.isArray(flow.scopes) ? flow.scopes.map(String).join(" ") : "",
  };
}

/** What to begin with, of the ways that a document offers: the first of them, without its secret. */
export function suggestedSignIn(offered: readonly JsonObject[]): SignIn {
  const first = offered[0];
  const oauth = first?.oauth2 ? oauthSignIn(first.oauth2 as Record<string, JsonObject>) : null;
  if (oauth) return oauth;
  if (first?.type === "bearer" || first?.type === "basic") return { ...NO_SIGN_IN, kind: first.type };
  if (first?.type !== "api_key") return NO_SIGN_IN;
  const place = first.in === "query" || first.in === "cookie" ? first.in : "header";
  return { ...NO_SIGN_IN, kind: "api_key", place, keyName: String(first.name ?? "") };
}
