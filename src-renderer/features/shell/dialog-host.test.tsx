import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, expect, it } from 'vitest';
import { FormDialog } from '../../components/form-dialog.tsx';
import { TextField } from '../../components/text-field.tsx';
import type { View } from '../../router.ts';
import { showDialog } from '../../stores/dialog-store.ts';
import { DialogHost } from './dialog-host.tsx';

afterEach(cleanup);

function NameDialog({ onClose, title }: { readonly onClose: () => void; readonly title: string }) {
  const [name, setName] = useState('');
  return (
    <FormDialog title={title} action="Save" isReady run={async () => onClose()} onClose={onClose}>
      <TextField label="Name" isLabelShown value={name} onChange={setName} />
    </FormDialog>
  );
}

/** A row whose button opens a dialog, and which goes as soon as it is read anew. */
function Row() {
  const open = () => showDialog((onClose) => <NameDialog title="Name it" onClose={onClose} />);
  return (
    <button type="button" onClick={open}>
      Rename
    </button>
  );
}

const window = (view: View, hasRow: boolean) => (
  <>
    {hasRow ? <Row /> : <p>Nothing is here any more</p>}
    <DialogHost view={view} />
  </>
);

it('keeps a dialog and what was entered while the row that opened it goes', async () => {
  const { rerender } = render(window('streams', true));
  fireEvent.click(screen.getByText('Rename'));
  fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'gate' } });
  rerender(window('streams', false));
  expect(screen.getByText('Nothing is here any more')).toBeTruthy();
  expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('gate');
  await act(async () => fireEvent.click(screen.getByText('Save')));
  expect(screen.queryByLabelText('Name')).toBeNull();
});

it('ends it with the view, and lets a late end of one dialog not end the next', async () => {
  const { rerender } = render(window('streams', true));
  let endFirst = () => {};
  act(() =>
    showDialog((onClose) => {
      endFirst = onClose;
      return <NameDialog title="First" onClose={onClose} />;
    }),
  );
  act(() => showDialog((onClose) => <NameDialog title="Second" onClose={onClose} />));
  act(() => endFirst());
  expect(screen.getByText('Second')).toBeTruthy();
  rerender(window('alerts', true));
  expect(screen.queryByText('Second')).toBeNull();
});
