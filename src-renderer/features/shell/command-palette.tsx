import { useRef, useState } from 'react';
import { OptionSearch } from '../../components/option-search.tsx';
import { useModal } from '../../components/use-modal.ts';
import { navigate } from '../../router.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { useZone } from '../../stores/settings-store.ts';
import styles from './command-palette.module.css';
import { fixedOptions } from './palette-commands.tsx';
import { type PaletteActions, paletteOptions } from './palette-options.ts';

export interface CommandPaletteProps {
  readonly onClose: () => void;
  readonly onShowShortcuts: () => void;
}

const ACTIONS: PaletteActions = {
  openNode: (alias) => navigate('cluster', { node: alias }),
  openStream: (id) => navigate('recordings', { stream: id }),
  openTime: (timeUs) => navigate('recordings', { at: timeUs }),
};

/** One field that reaches everything: views, streams, nodes, a typed time, commands. */
export function CommandPalette({ onClose, onShowShortcuts }: CommandPaletteProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const [query, setQuery] = useState('');
  const nodes = useClusterStore((state) => state.nodes);
  const streams = useClusterStore((state) => state.streams);
  const zone = useZone();
  useModal(ref);
  const fixed = fixedOptions({ showShortcuts: onShowShortcuts });
  const options = paletteOptions(query, { fixed, nodes, streams, zone, nowUs: Date.now() * 1000 }, ACTIONS);
  return (
    <dialog
      ref={ref}
      className={styles.palette}
      aria-label="Search and commands"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      // Keys pressed here are not meant for the view behind it.
      onKeyDown={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        if (event.target === ref.current) onClose();
      }}
    >
      <OptionSearch
        label="Search and commands"
        placeholder="Stream, node, time such as 14:04:31, or command"
        query={query}
        onQueryChange={setQuery}
        options={options}
        onChoose={(option) => {
          onClose();
          option.run();
        }}
        emptyText="Nothing of this name. A time can be typed as 14:04:31 or 2026-11-22 14:04."
      />
    </dialog>
  );
}
