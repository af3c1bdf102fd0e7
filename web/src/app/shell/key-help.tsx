import { Dialog } from "@/components/ui/dialog";
import { Kbd } from "@/components/ui/kbd";
import { MODIFIER } from "@/lib/keys";
import { NAVIGATION, SETTINGS } from "./navigation";

const GROUPS: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  ["Go to", [...NAVIGATION, SETTINGS].map((item) => [`g ${item.key}`, item.label] as const)],
  [
    "Anywhere",
    [
      [`${MODIFIER} K`, "Command palette"],
      ["/", "Focus the filter"],
      [".", "Pause or resume live updates"],
      ["?", "Keyboard shortcuts"],
      ["Esc", "Close the panel"],
    ],
  ],
  [
    "Lists",
    [
      ["j", "Next row"],
      ["k", "Previous row"],
      ["Enter", "Open"],
      ["o", "Preview"],
      ["x", "Select"],
      ["n", "New"],
    ],
  ],
  [
    "Notifications",
    [
      ["m", "Mark as read or unread"],
      ["Shift M", "Mark all as read"],
      ["s", "Snooze or mute"],
    ],
  ],
  [
    "An agent",
    [
      [`${MODIFIER} S`, "Save"],
      [`${MODIFIER} Enter`, "Focus the playground"],
    ],
  ],
];

export default function KeyHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onOpenChange={onClose} title="Keyboard shortcuts">
      <div className="grid gap-x-8 gap-y-5 sm:grid-cols-2">
        {GROUPS.map(([title, keys]) => (
          <section key={title} aria-label={title}>
            <h3 className="mb-1.5 font-medium text-faint text-xs">{title}</h3>
            <dl className="flex flex-col gap-1">
              {keys.map(([key, what]) => (
                <div key={key} className="flex items-center justify-between gap-3">
                  <dt className="text-fg text-sm">{what}</dt>
                  <dd>
                    <Kbd>{key}</Kbd>
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
