/**
 * The one door to the API: openapi-fetch with the session's CSRF token, the organization this tab works in, and refusals
 * turned into `ApiError`. `unwrap` gives the body or throws.
 */
import createClient, { type Middleware } from "openapi-fetch";
import { stringifyJson, withExactJson } from "@/lib/exact-json";
import { ApiError, errorOf, offlineError } from "./problem";
import type { paths } from "./schema";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/** What the headers of a request are made of: the tab's own, set when the session is read. */
const tab: { csrfToken: string | null; organizationId: string | null } = { csrfToken: null, organizationId: null };

export function setCredentials(csrfToken: string | null, organizationId: string | null): void {
  tab.csrfToken = csrfToken;
  tab.organizationId = organizationId;
}

/** The headers that every request carries; streams and uploads that do not go through the client add them themselves. */
export function requestHeaders(method: string): Record<string, string> {
  const headers: Record<string, string> = {};
  if (tab.organizationId) headers["X-Retinue-Organization"] = tab.organizationId;
  if (tab.csrfToken && !SAFE.has(method)) headers["X-CSRF-Token"] = tab.csrfToken;
  return headers;
}

const carry: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(requestHeaders(request.method))) request.headers.set(name, value);
    return request;
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return error;
    return offlineError();
  },
};

export const api = createClient<paths>({
  // An absolute base, because a Request in a test environment refuses a relative one; looked up late so that tests can replace fetch.
  baseUrl: globalThis.location?.origin ?? "",
  fetch: async (request) => withExactJson(await globalThis.fetch(request)),
  bodySerializer: (body) => stringifyJson(body),
  credentials: "same-origin",
});
api.use(carry);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a reply; throws `ApiError` when it is a refusal. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer;
  if (!response.ok) throw error instanceof ApiError ? error : errorOf(error, response);
  return data as T;
}

/** Uploads one file as multipart; for endpoints whose body is not JSON. */
export async function upload<T>(method: "POST" | "PUT", path: string, file: Blob): Promise<T> {
  const body = new FormData();
  body.set("file", file);
  let response: Response;
  try {
    response = await fetch(path, { method, body, headers: requestHeaders(method) });
  } catch {
    throw offlineError();
  }
  const reply: unknown = await response.json().catch(() => null);
  if (!response.ok) throw errorOf(reply, response);
  return reply as T;
}
