import { cx } from "@/lib/cx";

/** The mark: one, and those who attend. */
export function Mark({ className = "size-7" }: { className?: string }) {
  return (
    <svg aria-hidden="true" viewBox="0 0 32 32" className={cx("shrink-0", className)}>
      <rect width="32" height="32" rx="8" fill="#123f4d" />
      <circle cx="12.5" cy="12.5" r="5.5" fill="#fff" />
      <circle cx="23.2" cy="11" r="2.5" fill="#6fd3d8" />
      <circle cx="20.6" cy="20.6" r="2.5" fill="#6fd3d8" />
      <circle cx="11" cy="23.2" r="2.5" fill="#6fd3d8" />
    </svg>
  );
}

export function Wordmark() {
  return (
    <span className="flex items-center gap-2.5">
      <Mark />
      <span className="font-semibold text-fg text-lg tracking-tight">Retinue</span>
    </span>
  );
}
