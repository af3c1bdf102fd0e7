import { cx } from "@/lib/cx";

/** A dot that is never alone: give it a word beside it or a label. */
export function LiveDot({
  tone,
  isPulsing = false,
  className,
}: {
  tone: "success" | "warning" | "neutral" | "danger";
  isPulsing?: boolean;
  className?: string;
}) {
  const colour = { success: "bg-success", warning: "bg-warning", neutral: "bg-faint", danger: "bg-danger" }[tone];
  return (
    <span
      aria-hidden
      className={cx("inline-block size-2 shrink-0 rounded-full", colour, isPulsing && "animate-live", className)}
    />
  );
}
