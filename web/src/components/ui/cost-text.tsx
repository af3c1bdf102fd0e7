import { type Cost, cost, costMeaning } from "@/lib/cost";

/** A cost in US dollars, with what it means as its title. */
export function CostText({ value, className }: { value: Cost; className?: string }) {
  const isFigure = value.cost_state === "known" || value.cost_state === "partial";
  return (
    <span
      title={costMeaning(value)}
      className={className ?? `whitespace-nowrap tabular-nums ${isFigure ? "" : "text-faint"}`}
    >
      {cost(value)}
    </span>
  );
}
