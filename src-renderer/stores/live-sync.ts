import { api, errorMessage, isAborted } from '../api/client.ts';
import { liveEvents } from '../api/live-events.ts';
import { showAlertToasts } from './alert-toasts.ts';
import {
  applyAlerts,
  applyAlertsProblem,
  applyMutes,
  applyOpenAlerts,
  isMuted,
  readMutes,
} from './alerts-store.ts';
import { applyBookmarks, readBookmarks } from './bookmarks-store.ts';
import { applyCascades, readCascades } from './cascades-store.ts';
import {
  applyCluster,
  applyClusterProblem,
  applyConnection,
  applyNodes,
  applyStatus,
  applyStreams,
} from './cluster-store.ts';
import { applyExportList, applyExports, applyExportsProblem } from './exports-store.ts';
import { applyManagers, readManagers } from './managers-store.ts';
import { readProfiles } from './profiles-store.ts';

const RETRY_MS = 3000;

/** Reads all that the stores keep, once. Resolves to whether all of it worked. */
export async function readAll(signal?: AbortSignal): Promise<boolean> {
  const relays = readCascades(signal).then(
    () => true,
    () => false,
  );
  const managers = readManagers(signal).then(
    () => true,
    () => false,
  );
  const profiles = readProfiles(signal).then(
    () => true,
    () => false,
  );
  const results = await Promise.all([
    readCluster(signal),
    readExports(signal),
    readAlerts(signal),
    readBookmarks(signal),
    relays,
    managers,
    profiles,
  ]);
  return results.every(Boolean);
}

async function readCluster(signal?: AbortSignal): Promise<boolean> {
  try {
    const [cluster, status, load] = await Promise.all([
      api.call('getCluster', { signal }),
      api.call('getStatus', { signal }),
      api.call('getLoad', { signal }),
    ]);
    applyCluster(cluster, status, load.samples);
    return true;
  } catch (error) {
    if (!isAborted(error)) applyClusterProblem(errorMessage(error));
    return false;
  }
}

async function readExports(signal?: AbortSignal): Promise<boolean> {
  try {
    applyExportList((await api.call('listExports', { signal })).exports);
    return true;
  } catch (error) {
    if (!isAborted(error)) applyExportsProblem(errorMessage(error));
    return false;
  }
}

/** As many open alerts as the window keeps. */
const MAX_OPEN_ALERTS = 1000;

async function readAlerts(signal?: AbortSignal): Promise<boolean> {
  try {
    const query = { state: 'open', limit: MAX_OPEN_ALERTS } as const;
    const [{ alerts }] = await Promise.all([api.call('listAlerts', { query, signal }), readMutes(signal)]);
    applyOpenAlerts(alerts);
    return true;
  } catch (error) {
    if (!isAborted(error)) applyAlertsProblem(errorMessage(error));
    return false;
  }
}

/**
 * Keeps the stores right: reads all now and after each (re)connect, then follows the live events.
 *
 * Returns how to stop.
 */
export function startLiveSync(): () => void {
  let aborter = new AbortController();
  let retryTimer: ReturnType<typeof setTimeout> | undefined;

  function read(): void {
    aborter.abort();
    aborter = new AbortController();
    clearTimeout(retryTimer);
    const { signal } = aborter;
    void readAll(signal).then((isComplete) => {
      if (!isComplete && !signal.aborted) retryTimer = setTimeout(read, RETRY_MS);
    });
  }

  const stops = [
    liveEvents.onConnect(read),
    liveEvents.onConnectionChange((connection) => {
      applyConnection(connection);
      // An event source does not say why it failed; a call does (signed out, database away).
      if (connection === 'lost') read();
    }),
    liveEvents.on('nodes', applyNodes),
    liveEvents.on('streams', applyStreams),
    liveEvents.on('status', applyStatus),
    liveEvents.on('exports', applyExports),
    liveEvents.on('cascades', applyCascades),
    liveEvents.on('managers', applyManagers),
    liveEvents.on('alerts', (changed) => {
      showAlertToasts(applyAlerts(changed).filter((alert) => !isMuted(alert)));
    }),
    liveEvents.on('mutes', applyMutes),
    liveEvents.on('bookmarks', applyBookmarks),
  ];
  read();
  liveEvents.start();
  return () => {
    liveEvents.stop();
    for (const stop of stops) stop();
    aborter.abort();
    clearTimeout(retryTimer);
  };
}
