import type { ReactNode } from "react";
import { Wordmark } from "@/components/brand";

interface Props {
  title: string;
  description?: ReactNode;
  children: ReactNode;
}

/** The frame of the pages that come before one is signed in. */
export function AuthCard({ title, description, children }: Props) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-6 p-4">
      <Wordmark />
      <section className="w-full max-w-sm rounded-2xl border border-line bg-surface p-6 shadow-card">
        <h1 className="font-semibold text-fg text-xl tracking-tight">{title}</h1>
        {description && <p className="mt-1 text-muted text-sm">{description}</p>}
        <div className="mt-5">{children}</div>
      </section>
    </main>
  );
}
