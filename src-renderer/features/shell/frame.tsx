import { type ReactNode, useEffect, useState } from 'react';
import { Dialog } from '../../components/dialog.tsx';
import { ToastHost } from '../../components/toast-host.tsx';
import type { View } from '../../router.ts';
import { selectUnacknowledgedCount, useAlertsStore } from '../../stores/alerts-store.ts';
import { useClusterStore } from '../../stores/cluster-store.ts';
import { selectActiveExportCount, useExportsStore } from '../../stores/exports-store.ts';
import { dismissToast, useToastStore } from '../../stores/toast-store.ts';
import { CommandPalette } from './command-palette.tsx';
import { DialogHost } from './dialog-host.tsx';
import styles from './frame.module.css';
import { NoticeBar } from './notice-bar.tsx';
import { Rail } from './rail.tsx';
import { ShortcutList } from './shortcut-list.tsx';
import { StateBanner } from './state-banner.tsx';
import { StatusBar } from './status-bar.tsx';
import { TopBar } from './top-bar.tsx';
import { useGlobalKeys } from './use-global-keys.ts';
import { titleOf } from './view-list.ts';

export interface FrameProps {
  readonly view: View;
  readonly children: ReactNode;
}

/** Rail, top bar and status bar around a view, with what floats above them. */
export function Frame({ view, children }: FrameProps) {
  const [floating, setFloating] = useState<'palette' | 'shortcuts' | null>(null);
  const activeExports = useExportsStore(selectActiveExportCount);
  const newAlerts = useAlertsStore(selectUnacknowledgedCount);
  const status = useClusterStore((state) => state.status);
  const connection = useClusterStore((state) => state.connection);
  const toasts = useToastStore((state) => state.toasts);
  const title = titleOf(view);
  useGlobalKeys({
    onSearch: () => setFloating('palette'),
    onShortcuts: () => setFloating('shortcuts'),
  });
  useEffect(() => {
    document.title = `${title} · Liveman Desktop`;
  }, [title]);
  return (
    <div className={styles.frame}>
      <Rail current={view} activeExports={activeExports} newAlerts={newAlerts} />
      <TopBar title={title} onSearch={() => setFloating('palette')} />
      <StateBanner />
      <NoticeBar />
      <main className={styles.view} aria-label={title}>
        {children}
      </main>
      <StatusBar status={status} connection={connection} />
      <DialogHost view={view} />
      {floating === 'palette' && (
        <CommandPalette onClose={() => setFloating(null)} onShowShortcuts={() => setFloating('shortcuts')} />
      )}
      {floating === 'shortcuts' && (
        <Dialog title="Keyboard shortcuts" widthPx={760} onClose={() => setFloating(null)}>
          <ShortcutList />
        </Dialog>
      )}
      <ToastHost toasts={toasts} onDismiss={dismissToast} />
    </div>
  );
}
