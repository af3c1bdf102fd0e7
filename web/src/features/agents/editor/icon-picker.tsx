import { Popover } from "radix-ui";
import { useState } from "react";
import { AGENT_ICONS, AgentIcon } from "@/components/agent-icon";
import { cx } from "@/lib/cx";

interface Props {
  icon: string;
  seed: string;
  onChange: (icon: string) => void;
}

export function IconPicker({ icon, seed, onChange }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Popover.Root open={isOpen} onOpenChange={setIsOpen}>
      <Popover.Trigger
        aria-label={`Icon: ${icon.replaceAll("-", " ")}`}
        className="rounded-lg transition-opacity hover:opacity-80"
      >
        <AgentIcon icon={icon} seed={seed} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          collisionPadding={8}
          aria-label="Choose an icon"
          className="z-40 grid animate-pop grid-cols-8 gap-1 rounded-lg border border-line bg-raised p-2 shadow-pop"
        >
          {Object.entries(AGENT_ICONS).map(([name, Icon]) => (
            <button
              key={name}
              type="button"
              aria-label={name.replaceAll("-", " ")}
              aria-pressed={name === icon}
              onClick={() => {
                onChange(name);
                setIsOpen(false);
              }}
              className={cx(
                "inline-flex size-8 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-fg",
                name === icon && "bg-selected text-fg",
              )}
            >
              <Icon aria-hidden className="size-4" strokeWidth={1.8} />
            </button>
          ))}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
