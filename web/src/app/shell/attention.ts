import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** How many notifications are unread, for the bell. A change of an agent's status notifies too. */
export const notificationCount = queryOptions({
  queryKey: ["notifications", "count"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/notifications/count", { signal })),
  meta: { live: ["notification", "agent"] },
});

/** The approvals that wait, for the count in the rail and for Home. */
export const pendingApprovals = queryOptions({
  queryKey: ["approvals", "pending"],
  queryFn: ({ signal }) =>
    unwrap(api.GET("/api/v1/approvals", { params: { query: { status: "pending", limit: 100 } }, signal })),
  meta: { live: ["approval", "run"] },
});
