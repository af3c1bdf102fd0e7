import { createFileRoute } from "@tanstack/react-router";
import { ResetPasswordPage } from "@/features/session/reset-password-page";

export const Route = createFileRoute("/reset-password")({
  validateSearch: (search: Record<string, unknown>) => ({
    token: typeof search.token === "string" ? search.token : String(search.token ?? ""),
  }),
  component: ResetPassword,
});

function ResetPassword() {
  const { token } = Route.useSearch();
  return <ResetPasswordPage token={token} />;
}
