import { useQuery } from "@tanstack/react-query";
import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { sessionQuery } from "@/api/session";
import { Shell } from "../shell/shell";
import { ShellSkeleton } from "../shell/shell-skeleton";

/** Everything below is shown to people who are signed in and belong to an organization. */
export const Route = createFileRoute("/_app")({
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session === null) throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
  },
  component: Guarded,
  pendingComponent: ShellSkeleton,
  pendingMs: 0,
  pendingMinMs: 0,
});

/** A session can end while a page is open, here or elsewhere: then the guard is asked again, and leads to signing in. */
function Guarded() {
  const { data: session } = useQuery(sessionQuery);
  const router = useRouter();
  const hasEnded = session === null;
  useEffect(() => {
    if (hasEnded) void router.invalidate();
  }, [hasEnded, router]);
  return session ? <Shell /> : <ShellSkeleton />;
}
