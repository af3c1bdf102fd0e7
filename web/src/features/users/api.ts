/** What the accounts of the installation ask of the API; for superusers. */
import { infiniteQueryOptions, useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";

const PAGE = 100;
const KEY = ["users"] as const;

export function userList(q?: string) {
  return infiniteQueryOptions({
    queryKey: [...KEY, { q }] as const,
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: PAGE, ...(q ? { q } : {}), ...(pageParam === null ? {} : { cursor: pageParam }) };
      return unwrap(api.GET("/api/v1/users", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
  });
}

export function useDeleteUser() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (userId: string) => unwrap(api.DELETE("/api/v1/users/{user_id}", { params: { path: { user_id: userId } } })),
    onSuccess: () => Promise.all([KEY, ["members"]].map((queryKey) => client.invalidateQueries({ queryKey }))),
  });
}
