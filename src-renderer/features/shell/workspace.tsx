import { lazy, Suspense, useEffect } from 'react';
import { useRoute, type View } from '../../router.ts';
import { startLiveSync } from '../../stores/live-sync.ts';
import { lastPlaceOf, setLastPlace, useSettingsStore } from '../../stores/settings-store.ts';
import { AlertsView } from '../alerts/alerts-view.tsx';
import { AuditView } from '../audit/audit-view.tsx';
import { ClusterView } from '../cluster/cluster-view.tsx';
import { ExportsView } from '../exports/exports-view.tsx';
import { LiveView } from '../live/live-view.tsx';
import { SettingsView } from '../settings/settings-view.tsx';
import { StorageView } from '../storage/storage-view.tsx';
import { StreamsView } from '../streams/streams-view.tsx';
import { Frame } from './frame.tsx';
import { ViewBoundary } from './view-boundary.tsx';

// The player and its HLS library are most of the program; they are fetched when they are wanted.
const RecordingsView = lazy(async () => ({
  default: (await import('../recordings/recordings-view.tsx')).RecordingsView,
}));

/** Everything behind the login: live data, the frame and the current view. */
export function Workspace() {
  const route = useRoute();
  useEffect(startLiveSync, []);
  const view = route?.view;
  useEffect(() => {
    // Without a view in the address the last one is shown again.
    if (view) return;
    const settings = useSettingsStore.getState();
    window.location.replace(lastPlaceOf(settings, settings.lastView));
  }, [view]);
  const query = route?.query.toString() ?? '';
  useEffect(() => {
    if (view) setLastPlace(view, query);
  }, [view, query]);
  if (!view) return null;
  return (
    <Frame view={view}>
      <ViewBoundary key={view}>
        <Suspense fallback={null}>
          <CurrentView view={view} />
        </Suspense>
      </ViewBoundary>
    </Frame>
  );
}

function CurrentView({ view }: { readonly view: View }) {
  switch (view) {
    case 'cluster':
      return <ClusterView />;
    case 'streams':
      return <StreamsView />;
    case 'live':
      return <LiveView />;
    case 'recordings':
      return <RecordingsView />;
    case 'storage':
      return <StorageView />;
    case 'exports':
      return <ExportsView />;
    case 'alerts':
      return <AlertsView />;
    case 'audit':
      return <AuditView />;
    case 'settings':
      return <SettingsView />;
  }
}
