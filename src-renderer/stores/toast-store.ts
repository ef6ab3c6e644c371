import { create } from 'zustand';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'info' | 'ok' | 'bad';
  /** A way back or on, such as Undo. */
  readonly action?: { readonly label: string; readonly run: () => void };
  /** Called once when it goes without the action having been taken. */
  readonly onExpire?: () => void;
}

export const useToastStore = create<{ readonly toasts: readonly Toast[] }>()(() => ({ toasts: [] }));

let nextId = 1;

/** Shows a short message; it is also read aloud. */
export function showToast(toast: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }): void {
  const entry: Toast = { tone: 'info', ...toast, id: nextId++ };
  useToastStore.setState(({ toasts }) => ({ toasts: [...toasts, entry] }));
}

/** Takes a message away; without its action having been taken, what it held back is done now. */
export function dismissToast(id: number, isActionTaken: boolean): void {
  const toast = useToastStore.getState().toasts.find((candidate) => candidate.id === id);
  if (!toast) return;
  useToastStore.setState(({ toasts }) => ({ toasts: toasts.filter((candidate) => candidate.id !== id) }));
  if (!isActionTaken) toast.onExpire?.();
}
