import { useNavigate } from "@tanstack/react-router";
import { FilterX, TriangleAlert } from "lucide-react";
import { Button } from "@/components/ui/button";
import type { Parameter } from "@/lib/search";

interface Props {
  readonly parameters: readonly Parameter[];
  /** What the page understands of its address. */
  readonly search: Record<string, unknown>;
}

/** Stands above a page whose address has a parameter or a value that the page does not know. */
export default function AddressBar({ parameters, search }: Props) {
  const navigate = useNavigate();
  return (
    <div
      role="status"
      aria-label="Address"
      className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b bg-warning-soft px-4 py-1 text-sm text-warning sm:px-6"
    >
      <TriangleAlert aria-hidden className="size-3.5 shrink-0" />
      <p className="wrap-anywhere min-w-0 flex-1">
        This page does not know part of its address and ignores it:{" "}
        {parameters.map(({ name, value }, index) => (
          <span key={name}>
            {index > 0 && ", "}
            <code>
              {name}={value}
            </code>
          </span>
        ))}
      </p>
      <Button
        size="sm"
        icon={FilterX}
        onClick={() => void navigate({ to: window.location.pathname, search, hash: true, replace: true })}
      >
        Remove from address
      </Button>
    </div>
  );
}
