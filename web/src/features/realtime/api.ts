import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

export const realtimeQuery = queryOptions({
  queryKey: ["realtime"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/realtime", { signal })),
});
