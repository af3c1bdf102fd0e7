import { Link } from "@tanstack/react-router";
import { ShieldAlert } from "lucide-react";
import { buttonClass } from "@/components/ui/button";
import { EmptyState } from "@/components/ui/empty-state";
import { Notice } from "@/components/ui/notice";

const WHY = "This organization requires two-factor authentication.";

/** Replaces every page but the account while the organization requires a second factor that is missing. */
export function TwoFactorRequired() {
  return (
    <EmptyState
      icon={ShieldAlert}
      title={WHY}
      action={
        <Link to="/settings/account" className={buttonClass("primary")}>
          Set up two-factor authentication
        </Link>
      }
    >
      Set it up for your account to continue. You need an authenticator app.
    </EmptyState>
  );
}

/** The same as a line above the account page, where it is set up. */
export function TwoFactorBanner() {
  return (
    <Notice tone="warning" className="rounded-none border-line border-b">
      {WHY} Set it up below to continue.
    </Notice>
  );
}
