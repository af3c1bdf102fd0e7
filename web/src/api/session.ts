/** Who is signed in and what they may do. The session is server state like any other, read once and kept in the query cache. */
import { type QueryClient, queryOptions, useSuspenseQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { api, setCredentials, unwrap } from "./client";
import { isApiError } from "./problem";
import type { Session } from "./types";

export const sessionKey = ["session"] as const;
const TAB_ORGANIZATION = "retinue.organization";

/** A tab keeps its organization over a reload, so that two tabs can work in two organizations. */
export function adoptSession(session: Session): Session {
  const wanted = sessionStorage.getItem(TAB_ORGANIZATION);
  const isMember = session.organizations.some((organization) => organization.id === wanted);
  const organizationId = isMember ? wanted : session.organization_id;
  if (organizationId) sessionStorage.setItem(TAB_ORGANIZATION, organizationId);
  setCredentials(session.csrf_token, organizationId);
  return { ...session, organization_id: organizationId };
}

/** Takes up a session that has just begun, in the organization it begins in, whatever the tab worked in before. */
export function enterSession(session: Session): Session {
  if (session.organization_id) sessionStorage.setItem(TAB_ORGANIZATION, session.organization_id);
  return adoptSession(session);
}

export function forgetSession(): void {
  sessionStorage.removeItem(TAB_ORGANIZATION);
  setCredentials(null, null);
}

/** Shows the sign-in page: the server no longer knows the session. */
export function endSession(client: QueryClient): void {
  if (!client.getQueryData(sessionKey)) return;
  forgetSession();
  client.setQueryData(sessionKey, null);
}

/** The session, or null when no one is signed in. The permissions are those of the tab's organization. */
export async function readSession(): Promise<Session | null> {
  try {
    const session = (await unwrap(api.GET("/api/v1/auth/session"))) as Session;
    const adopted = adoptSession(session);
    const isNowhere = adopted.organization_id === null && session.organizations.length > 0;
    if (adopted.organization_id === session.organization_id && !isNowhere) return adopted;
    // The tab works in another organization than the cookie's, or its organization was closed: ask again under the right header.
    return adoptSession((await unwrap(api.GET("/api/v1/auth/session"))) as Session);
  } catch (error) {
    if (!isApiError(error)) throw error;
    const isOutside = error.status === 404 && sessionStorage.getItem(TAB_ORGANIZATION) !== null;
    if (error.status !== 401 && !isOutside) throw error;
    forgetSession();
    // The tab's organization was closed, or the reader is out of it.
    return isOutside ? readSession() : null;
  }
}

export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: readSession,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Reads the session again after the organization refused the tab: the reader may be out of it, and then goes to another. */
export async function recheckSession(client: QueryClient): Promise<void> {
  const before = client.getQueryData<Session | null>(sessionKey);
  const session = await readSession();
  if (session?.organization_id === before?.organization_id) return;
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
  client.setQueryData(sessionKey, session);
}

export async function switchOrganization(organizationId: string): Promise<Session> {
  const body = { organization_id: organizationId };
  const session = (await unwrap(api.POST("/api/v1/auth/organization", { body }))) as Session;
  return enterSession(session);
}

/** The session of a page that is only shown to people who are signed in. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  // A page may render once more between the end of the session and the way to the sign-in page: it keeps what it had.
  const last = useRef(data);
  if (data !== null) last.current = data;
  if (last.current === null) throw new Error("This page needs a session; its route guard let someone through without one.");
  return last.current;
}

/** Whether the reader may do something, by the name of the permission: "agents:write". */
export function useCan(): (permission: string) => boolean {
  const session = useSession();
  return (permission) => session.permissions.includes(permission);
}
