import { SectionTitle } from '../../components/section-title.tsx';
import { useCascadesStore } from '../../stores/cascades-store.ts';
import { RelayList } from '../streams/relay-list.tsx';

/** The relays that come to a node or go out from it; nothing where there are none. */
export function NodeRelays({ alias }: { readonly alias: string }) {
  const cascades = useCascadesStore((state) => state.cascades);
  const relays = cascades.filter((each) => each.source === alias || each.target === alias);
  if (relays.length === 0) return null;
  return (
    <section aria-label="Relays of this node">
      <SectionTitle>Relays</SectionTitle>
      <RelayList relays={relays} showsStream />
    </section>
  );
}
