import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { api, unwrap } from "@/api/client";
import { connectionKeys } from "@/api/connections";
import { buttonClass } from "@/components/ui/button";
import { ErrorState } from "@/components/ui/error-state";
import { Page } from "@/components/ui/page";
import { SkeletonRows } from "@/components/ui/skeleton";

/** Where authorization servers send the browser back to: finishes once, and goes on to where the person began. */
export function CallbackPage({ onDone }: { readonly onDone: (page: string) => void }) {
  const client = useQueryClient();
  const finish = useMutation({
    mutationFn: (told: URLSearchParams) => unwrap(api.POST("/api/v1/connections/callback", { body: answerOf(told) })),
    onSuccess: async ({ return_to }) => {
      await client.invalidateQueries({ queryKey: connectionKeys.all });
      onDone(return_to);
    },
  });
  const isBegun = useRef(false);
  const { mutate } = finish;
  useEffect(() => {
    if (isBegun.current) return;
    isBegun.current = true;
    const told = new URLSearchParams(window.location.search);
    // The code belongs into no history and no referrer.
    window.history.replaceState(window.history.state, "", window.location.pathname);
    mutate(told);
  }, [mutate]);
  return (
    <Page title="Connect">
      {finish.isError ? (
        <div className="flex flex-col items-center">
          <ErrorState error={finish.error} />
          <Link to="/tools" className={buttonClass("secondary", "md")}>
            Open tools
          </Link>
        </div>
      ) : (
        <SkeletonRows label="Connecting" />
      )}
    </Page>
  );
}

function answerOf(told: URLSearchParams) {
  return {
    state: told.get("state") ?? "",
    code: told.get("code"),
    error: told.get("error"),
    error_description: told.get("error_description"),
    iss: told.get("iss"),
  };
}
