import { createFileRoute, useRouter } from "@tanstack/react-router";
import { CallbackPage } from "@/features/connections/callback-page";

export const Route = createFileRoute("/_app/connect/callback")({
  staticData: { crumb: "Connect" },
  // The page itself reads what the authorization server answered, and takes it out of the address.
  validateSearch: (search: Record<string, unknown>) => search,
  component: Callback,
});

function Callback() {
  const router = useRouter();
  return <CallbackPage onDone={(page) => router.history.replace(page)} />;
}
