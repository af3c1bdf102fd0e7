import type { DragEvent } from "react";
import { cx } from "@/lib/cx";
import { DRAGGED_TYPE } from "../canvas/dragged-type";
import { groupsOf, lookOf } from "../canvas/node-look";
import type { NodeType } from "../graph/schema";

interface Props {
  readonly types: readonly NodeType[];
  readonly onAdd: (type: NodeType) => void;
}

/** The types of nodes: a press adds one after the chosen node, dragging puts it where it is dropped. */
export function Palette({ types, onAdd }: Props) {
  return (
    <section aria-label="Node types" className="flex flex-col gap-3">
      {groupsOf(types).map((group) => (
        <div key={group.name}>
          <h2 className="px-1.5 pb-1 font-medium text-2xs text-muted uppercase tracking-wide">{group.name}</h2>
          <ul className="flex flex-col">
            {group.types.map((type) => {
              const { icon: Icon, ink } = lookOf(type.type);
              return (
                <li key={type.type}>
                  <button
                    type="button"
                    draggable
                    title={type.hint}
                    aria-label={`Add ${type.label.toLowerCase()}`}
                    onClick={() => onAdd(type)}
                    onDragStart={(event: DragEvent) => {
                      event.dataTransfer.setData(DRAGGED_TYPE, type.type);
                      event.dataTransfer.effectAllowed = "copy";
                    }}
                    className="flex w-full items-center gap-2 rounded-md px-1.5 py-1 text-left text-fg text-sm hover:bg-hover"
                  >
                    <span className={cx("inline-flex size-6 shrink-0 items-center justify-center rounded", ink)}>
                      <Icon aria-hidden className="size-3.5" />
                    </span>
                    <span className="truncate">{type.label}</span>
                  </button>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </section>
  );
}
