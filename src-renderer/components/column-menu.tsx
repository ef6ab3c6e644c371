import { Columns3 } from 'lucide-react';
import { Button } from './button.tsx';
import { Menu, MenuCheckItem } from './menu.tsx';

export interface ColumnMenuProps {
  /** The first one always stays. */
  readonly columns: readonly { readonly id: string; readonly title: string }[];
  readonly hidden: readonly string[];
  readonly onChange: (hidden: readonly string[]) => void;
}

/** Chooses which columns of a table are shown. */
export function ColumnMenu({ columns, hidden, onChange }: ColumnMenuProps) {
  return (
    <Menu
      label="Columns"
      trigger={
        <Button tone="plain" icon={<Columns3 size={16} strokeWidth={1.75} aria-hidden />}>
          Columns
        </Button>
      }
    >
      {columns.slice(1).map(({ id, title }) => (
        <MenuCheckItem
          key={id}
          isChecked={!hidden.includes(id)}
          onChange={(isShown) => onChange(isShown ? hidden.filter((other) => other !== id) : [...hidden, id])}
        >
          {title}
        </MenuCheckItem>
      ))}
    </Menu>
  );
}
