import { EmptyState } from '../../components/empty-state.tsx';

/** In place of what only administrators of all streams may see; `what` as it stands after "see". */
export function AdminState({ what }: { readonly what: string }) {
  return (
    <EmptyState title={`Only administrators of all streams see ${what}`}>
      Ask one of them what you want to know.
    </EmptyState>
  );
}
