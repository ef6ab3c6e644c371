import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatBytes, formatCounted, formatPercent } from '../../format/numbers.ts';

export function nodesTone(up: number, total: number): DotTone {
  if (total === 0) return 'idle';
  if (up === total) return 'ok';
  return up === 0 ? 'bad' : 'warn';
}

export function ingestText(perSecond: number): string {
  return `Ingest ${perSecond.toFixed(1)} segments/s`;
}

export function lagText(lagMs: number | null): string {
  return lagMs === null ? 'Nothing recorded now' : `Index lag ${formatSpanMs(lagMs)}`;
}

/** Of several storages the one to know of first: that cannot be used, else the fullest. */
export function storageToWatch({
  otherStorages,
  storage,
}: Pick<SystemStatus, 'otherStorages' | 'storage'>): SystemStatus['storage'] {
  const fill = ({ isUp, totalBytes, usedBytes }: SystemStatus['storage']) =>
    isUp ? (usedBytes ?? 0) / (totalBytes || 1) : Number.POSITIVE_INFINITY;
  return otherStorages.reduce((worst, each) => (fill(each) > fill(worst) ? each : worst), storage);
}

/** In the status bar, of the storage to watch; how many cannot be used where there are several. */
export function storageText(status: Pick<SystemStatus, 'otherStorages' | 'storage'>): string {
  const storage = storageToWatch(status);
  const all = [status.storage, ...status.otherStorages];
  const away = all.filter(({ isUp }) => !isUp).length;
  if (away > 0 && all.length > 1) return `${away} of ${all.length} storages cannot be used`;
  if (away > 0) return 'Storage cannot be used';
  const { usedBytes, totalBytes } = storage;
  if (usedBytes === null || !totalBytes) return `Storage ${storage.name}`;
  return `Storage ${formatPercent(usedBytes / totalBytes)} · ${formatBytes(totalBytes - usedBytes)} free`;
}

/** Null while nothing waits in the journal and nothing is wrong with it. */
export function journalText(journal: SystemStatus['journal']): string | null {
  if (journal.entryCount > 0)
    return `Journal ${formatCounted(journal.entryCount, 'report')} · ${formatBytes(journal.usedBytes)}`;
  if (journal.setAsideCount > 0) return `Journal ${formatCounted(journal.setAsideCount, 'report')} set aside`;
  return journal.problem === null ? null : 'Journal trouble';
}

/** What the journal's fill means, in a sentence. */
export function journalHint(journal: SystemStatus['journal']): string {
  if (journal.problem !== null) return journal.problem;
  if (journal.entryCount > 0) {
    const segments = formatCounted(journal.segmentCount, 'segment');
    const share = formatPercent(journal.maxBytes === 0 ? 1 : journal.usedBytes / journal.maxBytes);
    return `${segments} are safe on disk and indexed once the database takes them; the journal is ${share} full`;
  }
  return journal.setAsideReason ?? 'Nothing waits for the database';
}

export function journalTone({ maxBytes, problem, usedBytes }: SystemStatus['journal']): DotTone {
  return problem !== null || usedBytes > 0.8 * maxBytes ? 'bad' : 'warn';
}

export function databaseText(database: SystemStatus['database']): string {
  const name = database.serverVersion ? `PostgreSQL ${database.serverVersion}` : 'PostgreSQL';
  if (!database.isUp) return `${name} cannot be reached`;
  return database.isEmbedded ? `${name} built-in` : name;
}
