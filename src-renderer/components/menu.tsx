import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import {
  createContext,
  type ReactElement,
  type ReactNode,
  type RefObject,
  use,
  useEffect,
  useRef,
} from 'react';
import { floatingLayer } from './floating-layer.ts';
import styles from './menu.module.css';

export interface MenuProps {
  /** The button that opens it. */
  readonly trigger: ReactElement;
  readonly children: ReactNode;
  readonly align?: 'start' | 'center' | 'end';
  readonly label?: string;
  /** For a menu that is made when its trigger is pressed. By key, its first entry gets the focus. */
  readonly isOpenAtFirst?: 'by-key' | 'by-pointer';
}

/** What was chosen, to be done once the menu is closed and its button has the focus again: a dialog gives it back there. */
const ChosenContext = createContext<RefObject<(() => void) | null>>({ current: null });

const FIRST_ENTRY = '[role^="menuitem"]:not([data-disabled])';

/** A menu under a button. Not modal: a modal one puts a style element into the page, which the policy forbids. */
export function Menu({ trigger, children, align = 'end', label, isOpenAtFirst }: MenuProps) {
  const contentRef = useRef<HTMLDivElement>(null);
  const chosen = useRef<(() => void) | null>(null);
  const doChosen = () => {
    const act = chosen.current;
    chosen.current = null;
    if (act) queueMicrotask(act);
  };
  useEffect(() => {
    // The kit looks for keys only from when it is there.
    if (isOpenAtFirst === 'by-key') contentRef.current?.querySelector<HTMLElement>(FIRST_ENTRY)?.focus();
  }, [isOpenAtFirst]);
  return (
    <DropdownMenu.Root modal={false} defaultOpen={isOpenAtFirst !== undefined}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal container={floatingLayer()}>
        <DropdownMenu.Content
          ref={contentRef}
          className={styles.menu}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          aria-label={label}
          onCloseAutoFocus={doChosen}
        >
          <ChosenContext value={chosen}>{children}</ChosenContext>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

export interface MenuItemProps {
  readonly children: ReactNode;
  readonly onSelect: () => void;
  readonly icon?: ReactNode;
  readonly hint?: string;
  readonly isDanger?: boolean;
  readonly isDisabled?: boolean;
}

export function MenuItem({ children, onSelect, icon, hint, isDanger, isDisabled }: MenuItemProps) {
  const chosen = use(ChosenContext);
  return (
    <DropdownMenu.Item
      className={styles.item}
      data-danger={isDanger || undefined}
      disabled={isDisabled}
      onSelect={() => {
        chosen.current = onSelect;
      }}
    >
      {icon}
      <span className={styles.text}>{children}</span>
      {hint && <span className={styles.hint}>{hint}</span>}
    </DropdownMenu.Item>
  );
}

export interface MenuCheckItemProps {
  readonly children: ReactNode;
  readonly isChecked: boolean;
  readonly onChange: (isChecked: boolean) => void;
  readonly isDisabled?: boolean;
}

/** An entry that is on or off; the menu stays open. */
export function MenuCheckItem({ children, isChecked, onChange, isDisabled }: MenuCheckItemProps) {
  return (
    <DropdownMenu.CheckboxItem
      className={styles.item}
      checked={isChecked}
      disabled={isDisabled}
      onCheckedChange={onChange}
      onSelect={(event) => event.preventDefault()}
    >
      <MenuMark />
      <span className={styles.text}>{children}</span>
    </DropdownMenu.CheckboxItem>
  );
}

export interface MenuChoiceProps<T extends string> {
  readonly value: T;
  readonly options: readonly { readonly value: T; readonly label: string; readonly hint?: string }[];
  readonly onChange: (value: T) => void;
}

/** Entries of which one is chosen. */
export function MenuChoice<T extends string>({ value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} className={styles.item} value={option.value}>
          <MenuMark />
          <span className={styles.text}>{option.label}</span>
          {option.hint && <span className={styles.hint}>{option.hint}</span>}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

function MenuMark() {
  return (
    <span className={styles.mark}>
      <DropdownMenu.ItemIndicator>
        <Check size={14} strokeWidth={2} aria-hidden />
      </DropdownMenu.ItemIndicator>
    </span>
  );
}

export function MenuLabel({ children }: { readonly children: ReactNode }) {
  return <DropdownMenu.Label className={styles.label}>{children}</DropdownMenu.Label>;
}

export function MenuSeparator() {
  return <DropdownMenu.Separator className={styles.separator} />;
}
