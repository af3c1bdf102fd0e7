import { Columns3 } from "lucide-react";
import { IconButton } from "@/components/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/components/ui/menu";
import { type ColumnId, OPTIONAL } from "./run-columns";

interface Props {
  readonly hidden: readonly ColumnId[];
  readonly onToggle: (id: ColumnId) => void;
}

export function ColumnsMenu({ hidden, onToggle }: Props) {
  return (
    <Menu trigger={<IconButton label="Columns" icon={Columns3} className="max-md:hidden" />}>
      <MenuLabel>Columns</MenuLabel>
      {OPTIONAL.map((column) => (
        <MenuItem key={column.id} checked={!hidden.includes(column.id)} onSelect={() => onToggle(column.id)}>
          {column.label}
        </MenuItem>
      ))}
    </Menu>
  );
}
