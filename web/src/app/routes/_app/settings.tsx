import { createFileRoute, Link, Outlet, useRouterState } from "@tanstack/react-router";
import {
  Braces,
  Building2,
  FileCode,
  Globe,
  KeyRound,
  type LucideIcon,
  Plug,
  ScrollText,
  UserCog,
  UserRound,
  Users,
} from "lucide-react";
import { useEffect, useRef } from "react";
import { useCan, useSession } from "@/api/session";
import { Page } from "@/components/ui/page";

export const Route = createFileRoute("/_app/settings")({ staticData: { crumb: "Settings" }, component: Settings });

interface Place {
  to: string;
  label: string;
  icon: LucideIcon;
  permission?: string;
  isForSuperusers?: true;
}

const PLACES: readonly Place[] = [
  { to: "/settings", label: "General", icon: Building2 },
  { to: "/settings/members", label: "Members", icon: Users },
  { to: "/settings/models", label: "Models", icon: Plug },
  { to: "/settings/variables", label: "Variables", icon: Braces },
  { to: "/settings/web-search", label: "Web search", icon: Globe },
  { to: "/settings/files", label: "Files", icon: FileCode },
  { to: "/settings/api-keys", label: "API keys", icon: KeyRound },
  { to: "/settings/audit", label: "Audit log", icon: ScrollText, permission: "audit:read" },
  { to: "/settings/accounts", label: "Accounts", icon: UserCog, isForSuperusers: true },
  { to: "/settings/account", label: "My account", icon: UserRound },
];

function Settings() {
  const can = useCan();
  const { user } = useSession();
  const nav = useRef<HTMLElement>(null);
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place that is shown moves with the address
  useEffect(() => {
    // On a phone the places are a strip that scrolls; the one that is shown must be within it.
    nav.current?.querySelector('[data-status="active"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  const places = PLACES.filter(
    (place) => (!place.permission || can(place.permission)) && (!place.isForSuperusers || user.is_superuser),
  );
  return (
    <Page title="Settings">
      <div className="flex gap-6 max-md:flex-col max-md:gap-3">
        <nav ref={nav} aria-label="Settings" className="flex shrink-0 gap-0.5 max-md:overflow-x-auto md:w-44 md:flex-col">
          {places.map(({ to, label, icon: Icon }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: true }}
              className="flex h-8 shrink-0 items-center gap-2 rounded-md px-2.5 font-medium text-muted text-sm hover:bg-hover hover:text-fg data-[status=active]:bg-selected data-[status=active]:text-fg"
            >
              <Icon aria-hidden className="size-4" strokeWidth={1.9} />
              {label}
            </Link>
          ))}
        </nav>
        <div className="flex min-w-0 flex-1 flex-col gap-4">
          <Outlet />
        </div>
      </div>
    </Page>
  );
}
