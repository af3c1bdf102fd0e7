import { useQuery } from "@tanstack/react-query";
import { Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { Menu as MenuIcon, PanelLeft, Search, X } from "lucide-react";
import { Dialog } from "radix-ui";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { LiveProvider, useLive } from "@/api/live";
import { useSession } from "@/api/session";
import { Mark } from "@/components/brand";
import { IconButton } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";

import { cx } from "@/lib/cx";
import { MODIFIER } from "@/lib/keys";
import { useShortcuts } from "@/lib/shortcuts";
import { useNotUnderstood } from "../understood";
import { pendingApprovals } from "./attention";
import { Bell } from "./bell";
import { Breadcrumb } from "./breadcrumb";
import { LiveIndicator } from "./live-indicator";
import { NAVIGATION, SETTINGS } from "./navigation";
import { usePreloadedPages } from "./preload-pages";
import { Rail } from "./rail";
import { isRailNarrow, rememberRail } from "./rail-width";
import { TwoFactorBanner, TwoFactorRequired } from "./two-factor-required";

const Palette = lazy(() => import("./palette"));
const KeyHelp = lazy(() => import("./key-help"));
const PausedBar = lazy(() => import("./paused-bar"));
const AddressBar = lazy(() => import("./address-bar"));
const NoOrganization = lazy(() => import("./no-organization"));

export function Shell() {
  const session = useSession();
  return (
    <LiveProvider organizationId={session.organization_id}>
      <Frame key={session.organization_id} />
    </LiveProvider>
  );
}

function Frame() {
  const [isCollapsed, setIsCollapsed] = useState(isRailNarrow);
  const [isMenuOpen, setIsMenuOpen] = useState(false);
  const [isPaletteOpen, setIsPaletteOpen] = useState(false);
  const [isHelpOpen, setIsHelpOpen] = useState(false);
  const { organization_id } = useSession();
  const pending = useQuery({ ...pendingApprovals, enabled: organization_id !== null });
  const pendingCount = pending.data?.items.length ?? 0;
  const main = useRef<HTMLElement>(null);
  useFocusOnNavigation(main);
  usePreloadedPages();
  useKeys(() => setIsHelpOpen(true));
  usePaletteKey(() => setIsPaletteOpen((wasOpen) => !wasOpen));

  function toggleRail(): void {
    rememberRail(!isCollapsed);
    setIsCollapsed(!isCollapsed);
  }

  return (
    <div className="flex h-dvh overflow-hidden">
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-16 rounded-md bg-accent px-3 py-1.5 font-medium text-accent-fg focus:translate-y-0"
      >
        Skip to content
      </a>
      <div
        className={cx(
          "shrink-0 border-line border-r bg-surface transition-[width] max-md:hidden",
          isCollapsed ? "w-14" : "w-58",
        )}
      >
        <Rail isCollapsed={isCollapsed} pendingCount={pendingCount} />
      </div>
      <NarrowMenu open={isMenuOpen} onOpenChange={setIsMenuOpen} pendingCount={pendingCount} />
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="flex h-12 shrink-0 items-center gap-2 border-line border-b bg-surface px-3">
          <IconButton label="Menu" icon={MenuIcon} className="md:hidden" onClick={() => setIsMenuOpen(true)} />
          <IconButton
            label={isCollapsed ? "Expand sidebar" : "Collapse sidebar"}
            icon={PanelLeft}
            className="max-md:hidden"
            aria-expanded={!isCollapsed}
            onClick={toggleRail}
          />
          <Breadcrumb />
          <button
            type="button"
            onClick={() => setIsPaletteOpen(true)}
            className="flex h-8 items-center gap-2 rounded-md border border-line-strong bg-canvas px-2 text-faint text-sm transition-colors hover:border-faint hover:text-fg sm:w-56"
          >
            <Search aria-hidden className="size-3.5" />
            <span className="flex-1 truncate text-left max-sm:sr-only">
              Search<span className="sr-only"> and commands</span>
            </span>
            <span aria-hidden className="max-sm:hidden">
              <Kbd>{`${MODIFIER} K`}</Kbd>
            </span>
          </button>
          {organization_id !== null && <Bell />}
          {organization_id !== null && <LiveIndicator />}
        </header>
        <Paused />
        <Address />
        <main ref={main} id="main" tabIndex={-1} className="min-h-0 flex-1 overflow-y-auto outline-none">
          <Place />
        </main>
      </div>
      {isPaletteOpen && (
        <Suspense fallback={null}>
          <Palette onClose={() => setIsPaletteOpen(false)} onHelp={() => setIsHelpOpen(true)} />
        </Suspense>
      )}
      {isHelpOpen && (
        <Suspense fallback={null}>
          <KeyHelp onClose={() => setIsHelpOpen(false)} />
        </Suspense>
      )}
    </div>
  );
}

/** Tells on every page that what it shows does not change. */
function Paused() {
  const { state, toggle } = useLive();
  if (state.kind !== "paused") return null;
  return (
    <Suspense fallback={null}>
      <PausedBar onResume={toggle} />
    </Suspense>
  );
}

/** Tells what of its address a page does not know. */
function Address() {
  const { parameters, search } = useNotUnderstood();
  if (parameters.length === 0) return null;
  return (
    <Suspense fallback={null}>
      <AddressBar parameters={parameters} search={search} />
    </Suspense>
  );
}

/** The page; without a second factor that the organization requires, only your own account. */
function Place() {
  const { needs_two_factor: isMissing, organization_id } = useSession();
  const pathname = useRouterState({ select: (state) => state.location.pathname });
  if (organization_id === null && pathname !== "/settings/account") {
    return (
      <Suspense fallback={null}>
        <NoOrganization />
      </Suspense>
    );
  }
  if (!isMissing) return <Outlet />;
  if (pathname !== "/settings/account") return <TwoFactorRequired />;
  return (
    <>
      <TwoFactorBanner />
      <Outlet />
    </>
  );
}

interface NarrowMenuProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  pendingCount: number;
}

/** The rail of a narrow screen: a sheet from the left. */
function NarrowMenu({ open, onOpenChange, pendingCount }: NarrowMenuProps) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 animate-fade-in bg-overlay md:hidden" />
        <Dialog.Content
          aria-describedby={undefined}
          className="fixed inset-y-0 left-0 z-30 flex w-72 max-w-[85vw] animate-fade-in flex-col border-line border-r bg-surface shadow-pop md:hidden"
        >
          <div className="flex items-center gap-2 px-3 pt-3">
            <Mark className="size-6" />
            <Dialog.Title className="flex-1 font-semibold text-base text-fg">Retinue</Dialog.Title>
            <Dialog.Close asChild>
              <IconButton label="Close" icon={X} size="sm" />
            </Dialog.Close>
          </div>
          <div className="min-h-0 flex-1">
            <Rail isCollapsed={false} pendingCount={pendingCount} onNavigate={() => onOpenChange(false)} />
          </div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** A new page begins at its top and, for keyboard and screen reader, with the focus on it. */
function useFocusOnNavigation(main: { current: HTMLElement | null }): void {
  const pathname = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const previous = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (previous.current !== undefined && previous.current !== pathname) {
      main.current?.focus({ preventScroll: true });
      main.current?.scrollTo({ top: 0 });
    }
    previous.current = pathname;
  }, [pathname, main]);
}

function useKeys(onHelp: () => void): void {
  const navigate = useNavigate();
  const { toggle } = useLive();
  const goTo = Object.fromEntries(
    [...NAVIGATION, SETTINGS].map((item) => [`g ${item.key}`, () => void navigate({ to: item.to })]),
  );
  useShortcuts({
    ...goTo,
    "?": onHelp,
    ".": toggle,
    "/": () => document.querySelector<HTMLElement>("[data-filter]")?.focus(),
    n: () => document.querySelector<HTMLElement>("[data-new]")?.click(),
  });
}

function usePaletteKey(onPress: () => void): void {
  const latest = useRef(onPress);
  latest.current = onPress;
  useEffect(() => {
    function onKey(event: KeyboardEvent): void {
      if (event.key.toLowerCase() !== "k" || !(event.metaKey || event.ctrlKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      latest.current();
    }
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
