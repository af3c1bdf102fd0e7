import { SearchX } from "lucide-react";
import { Button } from "./button";
import { EmptyState } from "./empty-state";

interface Props {
  readonly title: string;
  readonly onClear: () => void;
}

/** What a list shows when its filters leave nothing of it. */
export function NothingFits({ title, onClear }: Props) {
  return <EmptyState icon={SearchX} title={title} action={<Button onClick={onClear}>Clear filters</Button>} />;
}
