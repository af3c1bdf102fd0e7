import { Search } from "lucide-react";
import { useEffect, useState } from "react";
import { cx } from "@/lib/cx";
import { Input } from "./input";

const TYPING_MS = 250;

interface SearchBoxProps {
  value: string | undefined;
  label: string;
  onChange: (value: string | undefined) => void;
  className?: string;
}

/** A filter that waits until one stops typing. */
export function SearchBox({ value, label, onChange, className }: SearchBoxProps) {
  const [text, setText] = useState(value ?? "");
  useEffect(() => setText(value ?? ""), [value]);
  useEffect(() => {
    if (text === (value ?? "")) return;
    const timer = setTimeout(() => onChange(text.trim() || undefined), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, value, onChange]);
  return (
    <div className={cx("relative min-w-0", className)}>
      <Search aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 size-3.5 -translate-y-1/2 text-faint" />
      <Input
        type="search"
        aria-label={label}
        placeholder={label}
        data-filter
        value={text}
        onChange={(event) => setText(event.target.value)}
        className="pl-8"
      />
    </div>
  );
}
