import { create } from 'zustand';
import type { LiveEvents } from '../../src-shared/contract/events.ts';
import type { ExportJob, ExportState } from '../../src-shared/model/export-job.ts';

export interface ExportsState {
  readonly phase: 'loading' | 'ready' | 'failed';
  readonly problem: string | null;
  /** Newest first. */
  readonly exports: readonly ExportJob[];
}

export const INITIAL_EXPORTS: ExportsState = { phase: 'loading', problem: null, exports: [] };

export const useExportsStore = create<ExportsState>()(() => INITIAL_EXPORTS);

/** Takes the complete list. */
export function applyExportList(exports: readonly ExportJob[]): void {
  useExportsStore.setState({ phase: 'ready', problem: null, exports: newestFirst(exports) });
}

export function applyExportsProblem(problem: string): void {
  useExportsStore.setState((state) => ({ problem, phase: state.phase === 'ready' ? 'ready' : 'failed' }));
}

/** Takes changed and removed jobs, from live events or from the reply to an action. */
export function applyExports({ changed, removed }: LiveEvents['exports']): void {
  useExportsStore.setState((state) => {
    const byId = new Map(state.exports.map((job) => [job.id, job]));
    for (const id of removed) byId.delete(id);
    for (const job of changed) byId.set(job.id, job);
    return { exports: newestFirst([...byId.values()]) };
  });
}

function newestFirst(exports: readonly ExportJob[]): readonly ExportJob[] {
  return [...exports].sort((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1));
}

/** Whether work is still to be done on it. */
export function isActiveExport(state: ExportState): boolean {
  return state === 'waiting' || state === 'running' || state === 'checking';
}

/** How many exports are waiting or running. */
export function selectActiveExportCount(state: ExportsState): number {
  return state.exports.reduce((count, job) => count + (isActiveExport(job.state) ? 1 : 0), 0);
}
