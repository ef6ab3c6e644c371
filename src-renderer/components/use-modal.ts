import { type RefObject, useEffect } from 'react';

/**
 * Opens a dialog element as modal while its component is there, and gives the focus back afterwards.
 *
 * The focus goes to what is marked `data-autofocus`: React's own autoFocus comes before the dialog is open and is lost.
 */
export function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>('[data-autofocus]')?.focus();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, [ref]);
}
