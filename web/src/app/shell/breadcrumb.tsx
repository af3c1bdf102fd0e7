import { Link, useMatches } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { useEffect } from "react";
import { remember } from "./recent";

declare module "@tanstack/react-router" {
  interface StaticDataRouteOption {
    /** The name of the page in the breadcrumb; a page of one object gives `crumb` from its loader instead. */
    crumb?: string;
  }
}

interface Crumb {
  to: string;
  name: string;
  isObject: boolean;
}

function useCrumbs(): Crumb[] {
  return useMatches({
    select: (matches) =>
      matches.flatMap((match): Crumb[] => {
        const data: unknown = match.loaderData;
        const told = typeof data === "object" && data !== null && "crumb" in data ? data.crumb : undefined;
        const name = typeof told === "string" ? told : match.staticData.crumb;
        return name ? [{ to: match.pathname, name, isObject: typeof told === "string" }] : [];
      }),
    structuralSharing: true,
  });
}

/** Where one is; it also names the document and remembers the objects one looked at, for the palette. */
export function Breadcrumb() {
  const crumbs = useCrumbs();
  const last = crumbs.at(-1);
  const title = last?.name ?? "Home";
  useEffect(() => {
    document.title = `${title} · Retinue`;
  }, [title]);
  const object = last?.isObject ? last : undefined;
  const objectTo = object?.to;
  const objectName = object?.name;
  useEffect(() => {
    if (objectTo && objectName) remember({ to: objectTo, name: objectName });
  }, [objectTo, objectName]);
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center gap-1 text-sm">
        {crumbs.length === 0 && <li className="font-medium text-fg">Home</li>}
        {crumbs.map((crumb, index) => (
          <li key={crumb.to} className="flex min-w-0 items-center gap-1">
            {index > 0 && <ChevronRight aria-hidden className="size-3.5 shrink-0 text-faint" />}
            {index === crumbs.length - 1 ? (
              <span aria-current="page" className="truncate font-medium text-fg">
                {crumb.name}
              </span>
            ) : (
              <Link to={crumb.to} className="truncate rounded text-muted hover:text-fg hover:underline">
                {crumb.name}
              </Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
