import { useState } from "react";
import { cx } from "@/lib/cx";
import { isOwnPath } from "@/lib/own-path";

const HUES = [200, 165, 130, 75, 40, 15, 330, 290, 255, 225];

function hueOf(text: string): number {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return HUES[sum % HUES.length] ?? 200;
}

function initialsOf(name: string): string {
  const words = name
    .trim()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const letters = words.length > 1 ? [words[0], words[1]] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toUpperCase()).join("");
}

export interface AvatarProps {
  name: string;
  imageUrl?: string | null | undefined;
  /** People are round, organizations and agents are square. */
  shape?: "round" | "square";
  className?: string;
}

/** A picture, or initials on a colour that follows from the name. Decoration: the name stands beside it. */
export function Avatar({ name, imageUrl, shape = "round", className = "size-6 text-2xs" }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const corners = shape === "round" ? "rounded-full" : "rounded-md";
  if (imageUrl && isOwnPath(imageUrl) && imageUrl !== broken) {
    return (
      <img
        src={imageUrl}
        alt=""
        onError={() => setBroken(imageUrl)}
        className={cx("shrink-0 object-cover", corners, className)}
      />
    );
  }
  return (
    <span
      aria-hidden
      style={{ background: `hsl(${hueOf(name)} 42% 34%)` }}
      className={cx(
        "inline-flex shrink-0 select-none items-center justify-center font-semibold text-white",
        corners,
        className,
      )}
    >
      {initialsOf(name)}
    </span>
  );
}
