import { createFileRoute, useRouter } from "@tanstack/react-router";
import { CallbackPage } from "@/features/connections/callback-page";

export const Route = createFileRoute("/_app/connect/callback")({
  staticData: { crumb: "Connect" },
  component: Callback,
});

function Callback() {
  const router = useRouter();
  return <CallbackPage onDone={(page) => router.history.replace(page)} />;
}
