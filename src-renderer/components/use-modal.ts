import { type RefObject, useEffect } from 'react';

/**
 * Opens a dialog element as modal while its component is there, and gives the focus back afterwards.
 *
 * The focus goes to what is marked `data-autofocus` (React's own autoFocus comes before the dialog is open and is
 * lost), else to the first field, else to what the browser takes.
 */
export function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    const first =
      dialog?.querySelector<HTMLElement>('[data-autofocus]') ??
      dialog?.querySelector<HTMLElement>('form :is(input:not([hidden]), select, textarea)');
    first?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, [ref]);
}
