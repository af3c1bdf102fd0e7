import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";

/** On a narrow window the list has no room beside the conversation: this goes there. */
export function ToList() {
  return (
    <Link
      to="/chat"
      search={{ list: true }}
      aria-label="All conversations"
      className="grid size-8 shrink-0 place-items-center rounded-md text-muted hover:bg-hover md:hidden"
    >
      <ArrowLeft aria-hidden="true" className="size-4" />
    </Link>
  );
}
