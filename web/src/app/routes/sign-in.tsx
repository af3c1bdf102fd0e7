import { createFileRoute, redirect, useRouter } from "@tanstack/react-router";
import { sessionQuery } from "@/api/session";
import { SignInPage } from "@/features/session/sign-in-page";
import { safeNext } from "../safe-next";

export const Route = createFileRoute("/sign-in")({
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" ? { next: search.next } : {},
  beforeLoad: async ({ context, search }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery).catch(() => null);
    // Someone who was sent here to become someone else is not sent back.
    if (session !== null && !search.next?.startsWith("/invite")) throw redirect({ href: safeNext(search.next) });
  },
  component: SignIn,
});

function SignIn() {
  const router = useRouter();
  const { next } = Route.useSearch();
  return <SignInPage onSignedIn={() => router.history.push(safeNext(next))} />;
}
