import { useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { LogOut, Monitor, Moon, Sun, UserRound } from "lucide-react";
import { api, unwrap } from "@/api/client";
import { forgetSession, sessionKey, useSession } from "@/api/session";
import { Avatar } from "@/components/ui/avatar";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "@/components/ui/menu";
import { useToast } from "@/components/ui/toast";
import { cx } from "@/lib/cx";
import { chooseTheme, useTheme } from "@/lib/theme";

export function UserMenu({ isCollapsed }: { isCollapsed: boolean }) {
  const { user, instance } = useSession();
  const theme = useTheme();
  const signOut = useSignOut();
  const name = user.full_name || user.email;
  return (
    <Menu
      align="start"
      side="top"
      className="w-60"
      trigger={
        <button
          type="button"
          {...(isCollapsed ? { "aria-label": `You: ${name}` } : {})}
          className={cx(
            "flex h-10 items-center gap-2.5 rounded-lg text-left transition-colors hover:bg-hover",
            isCollapsed ? "justify-center" : "px-1.5",
          )}
        >
          <Avatar name={name} imageUrl={user.avatar_url} className="size-7 text-xs" />
          {!isCollapsed && (
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium text-fg text-sm leading-4">
                <span className="sr-only">You: </span>
                {name}
              </span>
              <span className="block truncate text-2xs text-faint">{user.email}</span>
            </span>
          )}
        </button>
      }
    >
      <MenuItem asChild>
        <Link to="/settings/account">
          <UserRound aria-hidden className="size-3.5 text-faint" /> My account
        </Link>
      </MenuItem>
      <MenuSeparator />
      <MenuLabel>Theme</MenuLabel>
      <MenuItem icon={Monitor} checked={theme === "system"} onSelect={() => chooseTheme("system")}>
        System
      </MenuItem>
      <MenuItem icon={Sun} checked={theme === "light"} onSelect={() => chooseTheme("light")}>
        Light
      </MenuItem>
      <MenuItem icon={Moon} checked={theme === "dark"} onSelect={() => chooseTheme("dark")}>
        Dark
      </MenuItem>
      <MenuSeparator />
      <MenuItem icon={LogOut} onSelect={() => void signOut()}>
        Sign out
      </MenuItem>
      <p className="px-2 pt-1 pb-0.5 text-2xs text-faint">Retinue {instance.version}</p>
    </Menu>
  );
}

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  const toast = useToast();
  return async () => {
    try {
      await unwrap(api.POST("/api/v1/auth/sign-out"));
    } catch (error) {
      toast.danger(error);
      return;
    }
    forgetSession();
    client.clear();
    client.setQueryData(sessionKey, null);
    await navigate({ to: "/sign-in" });
  };
}
