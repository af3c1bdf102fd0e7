import { queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

/** The tools an agent may use. */
export const toolChoices = queryOptions({
  queryKey: ["tools", "choices"],
  queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tools", { params: { query: { limit: 200 } }, signal })),
});
