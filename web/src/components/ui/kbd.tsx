import { cx } from "@/lib/cx";

/** Keys of a shortcut; several are separated by spaces: "g h". */
export function Kbd({ children, tone = "plain" }: { children: string; tone?: "plain" | "inverse" }) {
  return (
    <span className="inline-flex items-center gap-0.5">
      {children.split(" ").map((key, index) => (
        <kbd
          // The same key may come twice; its place is what tells it apart.
          // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list that never changes its order
          key={`${key}-${index}`}
          className={cx(
            "inline-flex h-4.5 min-w-4.5 items-center justify-center rounded border px-1 font-sans text-2xs",
            tone === "plain"
              ? "border-line-strong bg-sunken text-muted"
              : "border-white/25 bg-white/10 text-inherit dark:border-black/20",
          )}
        >
          {key}
        </kbd>
      ))}
    </span>
  );
}
