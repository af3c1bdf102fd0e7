import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** The models an agent may choose; the key begins as the providers' do, so that a change of them is seen here. */
export const modelChoices = queryOptions({
  queryKey: ["providers", "models"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/models", { signal })),
});
