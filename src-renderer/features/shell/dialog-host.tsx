import { Fragment, useEffect } from 'react';
import type { View } from '../../router.ts';
import { closeDialog, useDialogStore } from '../../stores/dialog-store.ts';

/** Holds the dialog that was opened in a view until it is closed or the view is left. */
export function DialogHost({ view }: { readonly view: View }) {
  const shown = useDialogStore((state) => state.shown);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was opened in a view goes with it.
  useEffect(() => () => closeDialog(), [view]);
  if (!shown) return null;
  return <Fragment key={shown.id}>{shown.draw(() => closeDialog(shown.id))}</Fragment>;
}
