import { useState } from 'react';
import { filterByText } from '../../components/option-filter.ts';
import { OptionSearch, type SearchOption } from '../../components/option-search.tsx';
import { LOCAL_ZONE, listZones, resolveZone, UTC_ZONE } from '../../format/zone-choice.ts';
import { offsetName } from '../../format/zone-time.ts';
import { setTimeZone, useSettingsStore } from '../../stores/settings-store.ts';
import styles from './time-zone-picker.module.css';

const SHOWN = 60;

function allOptions(nowUs: number): SearchOption[] {
  const local = resolveZone(LOCAL_ZONE);
  return [
    { id: LOCAL_ZONE, label: `This computer: ${local}`, hint: offsetName(nowUs, local) },
    { id: UTC_ZONE, label: 'UTC' },
    ...listZones()
      .filter((name) => name !== 'UTC')
      .map((name) => ({ id: name, label: name.replaceAll('_', ' ') })),
  ];
}

/** All time zones, with a field to narrow them. */
export function TimeZonePicker({ onChosen }: { readonly onChosen: () => void }) {
  const chosen = useSettingsStore((state) => state.timeZone);
  const [query, setQuery] = useState('');
  const [nowUs] = useState(() => Date.now() * 1000);
  const [options] = useState(() => allOptions(nowUs));
  // The offset of a zone costs a formatter, so only what is shown gets one.
  const shown = filterByText(options, query, (option) => option.label, SHOWN).map((option) =>
    option.hint || option.id === UTC_ZONE ? option : { ...option, hint: offsetName(nowUs, option.id) },
  );
  return (
    <div className={styles.picker}>
      <OptionSearch
        label="Time zone"
        placeholder="City or zone"
        query={query}
        onQueryChange={setQuery}
        options={shown}
        selectedId={chosen}
        onChoose={(option) => {
          setTimeZone(option.id);
          onChosen();
        }}
        emptyText="No zone of this name. Try the largest city near you."
      />
    </div>
  );
}
