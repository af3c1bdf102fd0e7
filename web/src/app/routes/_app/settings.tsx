import { createFileRoute, Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { Page } from "@/components/ui/page";
import { SETTINGS_GROUPS, useSettingsPlaces } from "../../shell/settings-places";

export const Route = createFileRoute("/_app/settings")({ staticData: { crumb: "Settings" }, component: Settings });

function Settings() {
  const places = useSettingsPlaces();
  const nav = useRef<HTMLElement>(null);
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place that is shown moves with the address
  useEffect(() => {
    // On a phone the places are a strip that scrolls; the one that is shown must be within it.
    nav.current?.querySelector('[data-status="active"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [pathname]);
  return (
    <Page title="Settings">
      <div className="flex gap-6 max-md:flex-col max-md:gap-3">
        <nav ref={nav} aria-label="Settings" className="flex shrink-0 gap-0.5 max-md:overflow-x-auto md:w-44 md:flex-col">
          {SETTINGS_GROUPS.map((group) => {
            const ofGroup = places.filter((place) => place.group === group);
            if (ofGroup.length === 0) return null;
            return (
              <div key={group} className="flex shrink-0 gap-0.5 md:flex-col md:not-first:mt-3">
                <span className="px-2.5 pb-0.5 font-medium text-2xs text-faint max-md:hidden">{group}</span>
                {ofGroup.map(({ to, label, icon: Icon }) => (
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
              </div>
            );
          })}
        </nav>
        <div className="flex min-w-0 flex-1 flex-col gap-4">
          <Outlet />
        </div>
      </div>
    </Page>
  );
}
