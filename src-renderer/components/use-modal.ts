import { type RefObject, useEffect } from 'react';

/** Opens a dialog element as modal while its component is there, and gives the focus back afterwards. */
export function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, [ref]);
}
