import { UNFINISHED } from './export-rows.ts';
import type { ExportChange } from './export-service.ts';

/** Makes of changes of exports what is told of each that ends, or is taken off the list, once: what it needed. */
export function endTeller(tell: (stream: string, startUs: number) => void): (change: ExportChange) => void {
  /** Those that are known to wait or run. */
  const open = new Map<string, { stream: string; startUs: number }>();
  return ({ id, job }) => {
    if (job && UNFINISHED.includes(job.state)) {
      open.set(id, job);
      return;
    }
    const ended = open.get(id);
    if (!ended) return;
    open.delete(id);
    tell(ended.stream, ended.startUs);
  };
}
