import { Link } from "@tanstack/react-router";
import { Compass } from "lucide-react";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";

export function NotFound() {
  return (
    <EmptyState
      icon={Compass}
      title="Page not found"
      action={
        <Link to="/" className={buttonClass("primary")}>
          Go home
        </Link>
      }
    >
      It was moved, or the URL is wrong.
    </EmptyState>
  );
}
