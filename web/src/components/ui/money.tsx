import { money } from "@/lib/format";

/** A cost in US dollars. An unknown price is said to be unknown, never shown as nothing. */
export function Money({ usd, className }: { usd: number | null | undefined; className?: string }) {
  const isUnknown = usd === null || usd === undefined;
  return (
    <span
      title={isUnknown ? "The price of a model in this is not known." : `Estimated from list prices: ${usd} US dollars`}
      className={className ?? `whitespace-nowrap tabular-nums ${isUnknown ? "text-faint" : ""}`}
    >
      {money(usd)}
    </span>
  );
}
