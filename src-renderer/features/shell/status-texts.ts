import type { SystemStatus } from '../../../src-shared/model/system-status.ts';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatSpanMs } from '../../format/durations.ts';
import { formatBytes, formatPercent } from '../../format/numbers.ts';

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

export function storageText(storage: SystemStatus['storage']): string {
  if (!storage.isUp) return 'Storage cannot be reached';
  const { usedBytes, totalBytes } = storage;
  if (usedBytes === null || !totalBytes) return `Storage ${storage.name}`;
  return `Storage ${formatPercent(usedBytes / totalBytes)} · ${formatBytes(totalBytes - usedBytes)} free`;
}

export function databaseText(database: SystemStatus['database']): string {
  const name = database.serverVersion ? `PostgreSQL ${database.serverVersion}` : 'PostgreSQL';
  if (!database.isUp) return `${name} cannot be reached`;
  return database.isEmbedded ? `${name} embedded` : name;
}
