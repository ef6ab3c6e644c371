import type { ReactNode } from 'react';
import { create } from 'zustand';

/** Draws a dialog, which calls `onClose` when it is done. */
export type DrawDialog = (onClose: () => void) => ReactNode;

export interface ShownDialog {
  /** Another one for each dialog. */
  readonly id: number;
  readonly draw: DrawDialog;
}

/**
 * The dialog above the view.
 *
 * It is kept here and not beside the button that opened it: rows, empty states and details come and go as what they
 * show is read anew, and what somebody is entering or about to confirm must not go with them.
 */
export const useDialogStore = create<{ readonly shown: ShownDialog | null }>()(() => ({ shown: null }));

let lastId = 0;

/** Shows a dialog in place of any other. What `draw` refers to is of this moment: what changes, the dialog reads itself. */
export function showDialog(draw: DrawDialog): void {
  lastId += 1;
  useDialogStore.setState({ shown: { id: lastId, draw } });
}

/** Ends the dialog; with `id` only that one, as another may have taken its place. */
export function closeDialog(id?: number): void {
  const { shown } = useDialogStore.getState();
  if (shown && (id === undefined || shown.id === id)) useDialogStore.setState({ shown: null });
}
